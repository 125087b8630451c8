/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/params.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int size_parse(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	char *end;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	*bytes = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	if (!*end)
		return 0;
	const char *unit = strchr(units, *end);
	if (!unit || end[1])
		return -EINVAL;
	unsigned shift = 10 * (unsigned)(unit - units + 1);
	if (*bytes >> (64 - shift))
		return -ERANGE;
	*bytes <<= shift;
	return 0;
}

static int value_parse(const struct wl_param *p, const char *text, void *params)
{
	char *at = (char *)params + p->offset;
	uint64_t v;
	char *end;

	if (p->type == WL_NODE) {
		long nid = strtol(text, &end, 10);
		int node = (int)nid;

		if (end == text || *end || nid < -1 || nid >= IDSET_MAX)
			return -EINVAL;
		memcpy(at, &node, sizeof(node));
		return 0;
	}
	if (p->type == WL_U64 && text[strspn(text, "0123456789")])
		return -EINVAL;
	int r = size_parse(text, &v);
	if (r)
		return r;
	if (v < p->min || v > p->max)
		return -ERANGE;
	memcpy(at, &v, sizeof(v));
	return 0;
}

void params_default(const struct workload *w, void *params)
{
	wl_foreach (p, &w->params)
		value_parse(p, p->def, params);
}

int params_set(const struct workload *w, void *params, const char *name, const char *value, struct err *err)
{
	const struct wl_param *p = NULL;

	wl_foreach (q, &w->params)
		p = strcmp(q->name, name) ? p : q;
	if (!p)
		return err_set(err, -ENOENT, "has no parameter \"%s\"", name);
	int r = value_parse(p, value, params);
	if (r == -ERANGE)
		return err_set(err, r, "parameter %s: %s is out of range (%" PRIu64 " to %" PRIu64 ")", name,
			       value, p->min, p->max);
	if (r)
		return err_set(err, r, "parameter %s: \"%s\" is no %s", name, value,
			       p->type == WL_NODE   ? "node id (-1: the workload chooses)"
			       : p->type == WL_SIZE ? "size (like 64M)"
						    : "number");
	return 0;
}

int params_sabotage(const struct workload *w, const char *name, const char **out, struct err *err)
{
	char names[200] = "";
	size_t len = 0;

	wl_foreach (s, &w->sabotage) {
		bool again = !s->name; /* rows may share a name */

		if (s->name && !strcmp(s->name, name)) {
			*out = s->name;
			return 0;
		}
		for (const struct wl_sabotage *b = w->sabotage.v; b < s && !again; b++)
			again = b->name && !strcmp(b->name, s->name);
		if (!again && len < sizeof(names))
			len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%s", len ? ", " : "",
						s->name);
	}
	return err_set(err, -EINVAL, "has no sabotage \"%s\" (it has: %s)", name, len ? names : "none");
}

const char *params_show(const struct wl_param *p, const void *params, char *buf, size_t size)
{
	const char *at = (const char *)params + p->offset;
	uint64_t v;
	int nid;

	if (p->type == WL_NODE) {
		memcpy(&nid, at, sizeof(nid));
		snprintf(buf, size, "%d", nid);
		return buf;
	}
	memcpy(&v, at, sizeof(v));
	if (p->type == WL_SIZE && v && !(v & ((1u << 20) - 1)))
		snprintf(buf, size, "%" PRIu64 "M", v >> 20);
	else
		snprintf(buf, size, "%" PRIu64, v);
	return buf;
}
