/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/procfs_fields.h"

#include <stdlib.h>
#include <string.h>

void counters_free(struct counters *c)
{
	free(c->v);
	*c = (struct counters){ 0 };
}

const uint64_t *counters_get(const struct counters *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i].name, name))
			return &c->v[i].value;
	return NULL;
}

bool counters_put(struct scan *s, struct counters *c, const struct counter *one)
{
	if (counters_get(c, one->name)) {
		s->why = "the name stands here twice";
		return false;
	}
	c->v = scan_grow(c->v, c->n, sizeof(*c->v));
	c->v[c->n++] = *one;
	return true;
}

bool scan_field(struct scan *s, struct counters *c)
{
	struct counter one;

	if (!scan_name(s, ':', one.name, sizeof(one.name)) || !scan_text(s, ":") || !scan_blanks(s) ||
	    !scan_u64(s, &one.value))
		return false;
	if (!scan_end(s) && (!scan_text(s, " kB") || !scan_end(s)))
		return false;
	return counters_put(s, c, &one);
}

/* "r-xp" */
static bool scan_perms(struct scan *s, char perms[5])
{
	static const char *const letter[4] = { "r-", "w-", "x-", "ps" };

	for (int i = 0; i < 4; i++, s->p++) {
		if (scan_end(s) || (*s->p != letter[i][0] && *s->p != letter[i][1]))
			return false;
		perms[i] = *s->p;
	}
	perms[4] = 0;
	return true;
}

bool scan_mapping(struct scan *s, struct map *m, const char **name, size_t *name_len)
{
	uint64_t offset, major, minor, inode;

	if (!scan_hex(s, &m->start) || !scan_text(s, "-") || !scan_hex(s, &m->end) || !scan_text(s, " ") ||
	    !scan_perms(s, m->perms) || !scan_text(s, " ") || !scan_hex(s, &offset) || !scan_text(s, " ") ||
	    !scan_hex(s, &major) || !scan_text(s, ":") || !scan_hex(s, &minor) || !scan_text(s, " ") ||
	    !scan_u64(s, &inode) || !scan_blanks(s))
		return false;
	if (m->start >= m->end) {
		s->why = "the mapping ends where it begins or before";
		return false;
	}
	*name = s->p;
	*name_len = (size_t)(s->end - s->p);
	s->p = s->end;
	return true;
}
