/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/size.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

static const char units[] = "KMGT";

int topo_size_parse(const char *s, uint64_t *bytes, struct err *err)
{
	const char *unit;
	char *end;

	if (!strcmp(s, "0")) {
		*bytes = 0;
		return 0;
	}
	errno = 0;
	unsigned long long n = isdigit((unsigned char)*s) ? strtoull(s, &end, 10) : 0;
	if (!isdigit((unsigned char)*s) || !*end || end[1] || !(unit = strchr(units, *end)))
		return err_set(err, -EINVAL, "\"%.*s\": want a size such as \"256M\" or \"1G\"", PARSE_SHOW,
			       s);
	unsigned shift = 10 * (unsigned)(unit - units + 1);
	/* Far above any machine: what is left fits a sum of all nodes. */
	if (errno || n > (1ull << 56 >> shift))
		return err_set(err, -EINVAL, "\"%.*s\": want at most \"1T\"", PARSE_SHOW, s);
	*bytes = (uint64_t)n << shift;
	return 0;
}

const char *topo_size_format(uint64_t bytes, char buf[24])
{
	int unit = -1;

	while (bytes && bytes % 1024 == 0 && unit < 3) {
		bytes /= 1024;
		unit++;
	}
	if (unit < 0)
		snprintf(buf, 24, "%llu", (unsigned long long)bytes);
	else
		snprintf(buf, 24, "%llu%c", (unsigned long long)bytes, units[unit]);
	return buf;
}

int topo_size_get(json_t *object, const char *key, uint64_t step, uint64_t *out, struct err *err)
{
	json_t *value = json_object_get(object, key);
	char buf[24];

	if (!value)
		return 0;
	if (!json_is_string(value))
		return err_set(err, -EINVAL, "%s: want a size such as \"256M\", this is %s", key,
			       parse_kind(value));
	if (topo_size_parse(json_string_value(value), out, err))
		return err_prefix(err, "%s", key);
	if (*out % step)
		return err_set(err, -EINVAL, "%s \"%s\": want a multiple of %s", key,
			       json_string_value(value), topo_size_format(step, buf));
	return 0;
}
