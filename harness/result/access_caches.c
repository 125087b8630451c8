/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result/access_caches.h"

#include <stdlib.h>
#include <string.h>

static bool numbers(struct scan *s, uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!scan_blanks(s) || !scan_u64(s, &v[i]))
			return false;
	return scan_end(s);
}

static bool line_level(struct scan *s, struct access_caches *c)
{
	uint64_t level, v[2];

	if (!scan_u64(s, &level) || level >= ACCESS_LEVELS || !numbers(s, v, 2) || v[1] > v[0])
		return false;
	c->lines[level] = v[0];
	c->misses[level] = v[1];
	return true;
}

static bool line_lines(struct scan *s, struct access_caches *c)
{
	struct access_lines l;
	unsigned of, with;

	if (!scan_nid(s, &of) || !scan_blanks(s) || !scan_nid(s, &with) || !numbers(s, l.n, ACCESS_LINES))
		return false;
	l.of = (int)of;
	l.with = (int)with;
	if (!(c->pairs & (c->pairs - 1)))
		c->pair = scan_grow(c->pair, c->pairs, sizeof(*c->pair));
	c->pair[c->pairs++] = l;
	return true;
}

bool access_caches_line(struct scan *s, struct access_caches modes[2])
{
	bool user = scan_text(s, "u ");
	struct access_caches *c = &modes[user];

	if (!user && !scan_text(s, "k "))
		return false;
	if (scan_text(s, "level "))
		return line_level(s, c);
	if (scan_text(s, "lines "))
		return line_lines(s, c);
	return scan_text(s, "dropped") && numbers(s, &c->dropped, 1);
}

void access_caches_free(struct access_caches *c)
{
	free(c->pair);
	*c = (struct access_caches){ 0 };
}

uint64_t access_caches_weigh(const struct access_caches *c, const uint32_t *weight, unsigned stride)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < c->pairs; i++) {
		const struct access_lines *l = &c->pair[i];

		sum += (l->n[ACCESS_FILL_FETCH] + l->n[ACCESS_FILL_LOAD] + l->n[ACCESS_FILL_STORE]) *
		       weight[(unsigned)l->of * stride + (unsigned)l->with];
	}
	return sum;
}
