/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by show_numa_map() of fs/proc/task_mmu.c: the order of what follows is its order. */
#include "wire/procfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "wire/procfs_fields.h"
#include "wire/procfs_scan.h"

void numa_maps_free(struct numa_maps *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->v[i].policy);
		free(m->v[i].file);
		counters_free(&m->v[i].other);
	}
	free(m->v);
	*m = (struct numa_maps){ 0 };
}

uint64_t numa_map_on(const struct numa_map *m, unsigned nid)
{
	for (unsigned i = 0; i < m->nodes; i++)
		if (m->node[i].nid == nid)
			return m->node[i].pages;
	return 0;
}

/* Past anything but a space; false when there is nothing. Paths may hold any other byte above it. */
static bool scan_token(struct scan *s, const char **from, size_t *n)
{
	*from = s->p;
	while (s->p < s->end && (unsigned char)*s->p > ' ' && *s->p != 0x7f)
		s->p++;
	*n = (size_t)(s->p - *from);
	return *n > 0;
}

/*
 * mpol_to_str(): MODE[=FLAGS][:LIST]; two modes have a name of two words. The kernel's buffer holds 63 bytes,
 * so a long list may be cut anywhere: it is kept as shown.
 */
static bool map_policy(struct scan *s, struct numa_map *m)
{
	static const char *const two_words[] = { "prefer (many)", "weighted interleave" };
	const char *from = s->p, *rest;
	size_t n;

	for (size_t i = 0; i < ARRAY_SIZE(two_words); i++)
		if (scan_text(s, two_words[i]))
			break;
	if (s->p == from)
		while (s->p < s->end && *s->p >= 'a' && *s->p <= 'z')
			s->p++;
	if (s->p == from)
		return false;
	if ((scan_peek(s, "=") || scan_peek(s, ":")) && !scan_token(s, &rest, &n))
		return false;
	m->policy = scan_copy(from, (size_t)(s->p - from));
	return true;
}

/* " file=PATH", " heap" or " stack", then " huge". */
static bool map_kind(struct scan *s, struct numa_map *m)
{
	const char *path;
	size_t n;

	if (scan_text(s, " file=")) {
		if (!scan_token(s, &path, &n))
			return false;
		m->file = scan_copy(path, n);
	} else if (scan_text(s, " heap")) {
		m->heap = true;
	} else if (scan_text(s, " stack")) {
		m->stack = true;
	}
	m->huge = scan_text(s, " huge");
	return true;
}

/* "N0=123", ascending. */
static bool map_node(struct scan *s, struct numa_map *m)
{
	unsigned nid;

	if (m->nodes == NUMA_MAP_NODES) {
		s->why = "more than 128 nodes";
		return false;
	}
	if (!scan_text(s, "N") || !scan_nid(s, &nid) || !scan_text(s, "=") ||
	    !scan_u64(s, &m->node[m->nodes].pages))
		return false;
	if (m->nodes && m->node[m->nodes - 1].nid >= nid) {
		s->why = "nodes do not ascend";
		return false;
	}
	m->node[m->nodes++].nid = nid;
	return true;
}

/* "anon=123": its own member, or kept among the others when the name is not known here. */
static bool map_count(struct scan *s, struct numa_map *m, unsigned *seen)
{
	struct {
		const char *name;
		uint64_t *to;
	} known[] = {
		{ "anon", &m->anon },		{ "dirty", &m->dirty },	  { "mapped", &m->mapped },
		{ "mapmax", &m->mapmax },	{ "active", &m->active }, { "swapcache", &m->swapcache },
		{ "writeback", &m->writeback },
	};
	struct counter one;

	if (!scan_name(s, '=', one.name, sizeof(one.name)) || !scan_text(s, "=") || !scan_u64(s, &one.value))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(known[i].name, one.name) != 0)
			continue;
		s->why = *seen >> i & 1 ? "the name stands here twice" : NULL;
		*seen |= 1u << i;
		*known[i].to = one.value;
		m->active_shown |= known[i].to == &m->active;
		return !s->why;
	}
	return counters_put(s, &m->other, &one);
}

static bool is_node(const struct scan *s)
{
	return scan_peek(s, "N") && s->p + 1 < s->end && s->p[1] >= '0' && s->p[1] <= '9';
}

/* The counters, the nodes, kernelpagesize_kB: all or none. */
static bool map_counts(struct scan *s, struct numa_map *m)
{
	unsigned seen = 0;

	if (scan_end(s))
		return true;
	while (scan_text(s, " ")) {
		if (scan_text(s, "kernelpagesize_kB="))
			return m->nodes && scan_u64(s, &m->page_kb) && m->page_kb && scan_end(s);
		if (is_node(s) ? !map_node(s, m) : m->nodes || !map_count(s, m, &seen))
			return false;
	}
	return false;
}

static int numa_maps_lines(const char *text, struct numa_maps *out, struct err *err)
{
	struct scan s;
	int r;

	scan_init(&s, "numa_maps", text);
	while ((r = scan_line(&s, err)) > 0) {
		struct numa_map *m;

		out->v = scan_grow(out->v, out->n, sizeof(*out->v));
		m = &out->v[out->n++];
		*m = (struct numa_map){ 0 };
		if (!scan_hex(&s, &m->start) || !scan_text(&s, " ") || !map_policy(&s, m) ||
		    !map_kind(&s, m) || !map_counts(&s, m))
			return scan_fail(&s, err,
					 "want \"ADDRESS POLICY [file=PATH|heap|stack] [huge] [NAME=123...] "
					 "[N0=123... kernelpagesize_kB=4]\"");
	}
	return r;
}

int numa_maps_parse(const char *text, struct numa_maps *out, struct err *err)
{
	*out = (struct numa_maps){ 0 };
	int r = numa_maps_lines(text, out, err);

	if (r)
		numa_maps_free(out);
	return r;
}
