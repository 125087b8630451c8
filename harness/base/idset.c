/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/idset.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned idset_count(const struct idset *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < IDSET_MAX / 64; i++)
		n += (unsigned)__builtin_popcountll(s->bits[i]);
	return n;
}

bool idset_equal(const struct idset *a, const struct idset *b)
{
	return !memcmp(a, b, sizeof(*a));
}

unsigned idset_next(const struct idset *s, unsigned from)
{
	while (from < IDSET_MAX && !idset_has(s, from))
		from++;
	return from;
}

static int id_parse(const char **p, unsigned *id)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return -EINVAL;
	unsigned long v = strtoul(*p, &end, 10);
	if (v >= IDSET_MAX)
		return -ERANGE;
	*p = end;
	*id = (unsigned)v;
	return 0;
}

int idset_parse(struct idset *s, const char *text, struct err *err)
{
	const char *p = text;
	unsigned from, to;

	memset(s, 0, sizeof(*s));
	if (!*p || !strcmp(p, "\n"))
		return 0;
	for (;;) {
		int r = id_parse(&p, &from);

		to = from;
		if (!r && *p == '-') {
			p++;
			r = id_parse(&p, &to);
		}
		if (r == -ERANGE)
			return err_set(err, r, "list \"%.60s\": an id is %u or more", text, IDSET_MAX);
		if (r || to < from)
			return err_set(err, -EINVAL, "list \"%.60s\": want ids like 0-3,8 (at \"%.20s\")",
				       text, p);
		for (unsigned id = from; id <= to; id++)
			idset_add(s, id);
		if (*p != ',')
			break;
		p++;
	}
	if (*p && strcmp(p, "\n") != 0)
		return err_set(err, -EINVAL, "list \"%.60s\": want ids like 0-3,8 (at \"%.20s\")", text, p);
	return 0;
}

/* The next word of a mask; an empty one is 0. */
static int word_parse(const char **p, uint32_t *word)
{
	const char *digits = *p += !strncmp(*p, "0x", 2) ? 2 : 0;
	uint64_t v = 0;

	for (; isxdigit((unsigned char)**p) && v <= UINT32_MAX; (*p)++) {
		const char digit[2] = { **p, 0 };

		v = v << 4 | strtoul(digit, NULL, 16);
	}
	*word = (uint32_t)v;
	return v > UINT32_MAX || *p - digits > 8 ? -EINVAL : 0;
}

int idset_parse_mask(struct idset *s, const char *text, struct err *err)
{
	size_t words = 1;
	const char *p = text;
	uint32_t word = 0;

	memset(s, 0, sizeof(*s));
	for (; *p; p++)
		words += *p == ',';
	for (p = text; words--; p++) {
		int r = word_parse(&p, &word);

		if (r || (words ? *p != ',' : *p && strcmp(p, "\n") != 0))
			return err_set(
				err, -EINVAL,
				"mask \"%.60s\": want hexadecimal words of 32 bits, like 0000000f,ffffffff",
				text);
		if (word && words >= IDSET_MAX / 32)
			return err_set(err, -ERANGE, "mask \"%.60s\": an id is %u or more", text, IDSET_MAX);
		if (word)
			s->bits[words / 2] |= (uint64_t)word << (words % 2 * 32);
	}
	return 0;
}

const char *idset_format(const struct idset *s, char *buf, size_t size)
{
	size_t used = 0;

	if (size)
		buf[0] = 0;
	for (unsigned id = idset_next(s, 0); id < IDSET_MAX && used < size;) {
		unsigned last = id;
		int n;

		while (idset_has(s, last + 1))
			last++;
		if (last > id)
			n = snprintf(buf + used, size - used, "%s%u-%u", used ? "," : "", id, last);
		else
			n = snprintf(buf + used, size - used, "%s%u", used ? "," : "", id);
		used += (size_t)n;
		id = idset_next(s, last + 1);
	}
	return buf;
}
