/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by zoneinfo_show_print() of mm/vmstat.c. */
#include "wire/procfs.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "wire/procfs_fields.h"
#include "wire/procfs_scan.h"

void zones_free(struct zones *z)
{
	for (size_t i = 0; i < z->n; i++)
		counters_free(&z->v[i].stats);
	free(z->v);
	*z = (struct zones){ 0 };
}

const struct zone *zones_get(const struct zones *z, unsigned nid, const char *name)
{
	for (size_t i = 0; i < z->n; i++)
		if (z->v[i].nid == nid && !strcmp(z->v[i].name, name))
			return &z->v[i];
	return NULL;
}

/* "Node 0, zone   Normal" opens a zone. */
static bool zone_head(struct scan *s, struct zones *out)
{
	struct zone z = { 0 };

	if (!scan_zone(s, ' ', &z.nid, z.name, sizeof(z.name)))
		return false;
	if (zones_get(out, z.nid, z.name)) {
		s->why = "the zone stands here twice";
		return false;
	}
	out->v = scan_grow(out->v, out->n, sizeof(*out->v));
	out->v[out->n++] = z;
	return true;
}

/* A zone's lines come in this order; an empty zone stops after its pages. */
enum zone_part { ZONE_NONE, ZONE_HEAD, ZONE_NODE_STATS, ZONE_PAGES, ZONE_STATS, ZONE_PAGESETS, ZONE_TAIL };

#define WANT_HEAD "want \"Node 0, zone Normal\""
#define WANT_NODE_STATS "want \"  per-node stats\" or \"  pages free 123\""
#define WANT_PAGES "want \"        name 123\" or \"        protection: (0, 0)\""
#define WANT_STATS "want \"      name 123\" or \"  pagesets\""
#define WANT_SETS "want \"    cpu: 0\", \"              name: 123\" or \"  name: 123\""

struct zone_state {
	enum zone_part part;
	unsigned seen;	/* bits of zone_pages' rows */
	bool protected; /* "protection:" has closed the pages */
	bool started;	/* "start_pfn:" was there */
};

/* "name   123" to the line's end, the indentation being read. */
static bool zone_pair(struct scan *s, struct counter *one)
{
	return scan_name(s, ' ', one->name, sizeof(one->name)) && scan_blanks(s) &&
	       scan_u64(s, &one->value) && scan_end(s);
}

/* "name:   123" to the line's end. */
static bool zone_pair_colon(struct scan *s, struct counter *one)
{
	return scan_name(s, ':', one->name, sizeof(one->name)) && scan_text(s, ":") && scan_blanks(s) &&
	       scan_u64(s, &one->value) && scan_end(s);
}

/* "(0, 487, 487)": lowmem_reserve, longs that are never negative. */
static bool zone_protection(struct scan *s)
{
	uint64_t pages;

	if (!scan_text(s, "("))
		return false;
	do {
		if (!scan_u64(s, &pages))
			return false;
	} while (scan_text(s, ", "));
	return scan_text(s, ")") && scan_end(s);
}

/* A name of the first part ("free", "min", ...): its own member, or among the stats ("boost", "cma"). */
static bool zone_pages(struct scan *s, struct zone *z, struct zone_state *st, const struct counter *one)
{
	struct {
		const char *name;
		uint64_t *to;
	} known[] = {
		{ "free", &z->free },	    { "min", &z->min },		{ "low", &z->low },
		{ "high", &z->high },	    { "spanned", &z->spanned }, { "present", &z->present },
		{ "managed", &z->managed },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(known[i].name, one->name) != 0)
			continue;
		s->why = st->seen >> i & 1 ? "the name stands here twice" : NULL;
		st->seen |= 1u << i;
		*known[i].to = one->value;
		return !s->why;
	}
	return counters_put(s, &z->stats, one);
}

#define ZONE_SEEN_ALL 0x7fu /* every row above */

/* NULL, or what the zone that ends here lacks. */
static const char *zone_lacks(const struct zone *z, const struct zone_state *st)
{
	if (st->part == ZONE_NONE)
		return NULL;
	if (st->seen != ZONE_SEEN_ALL || !st->protected)
		return "the zone before ends early, want its pages free, min, low, high, spanned, present, managed "
		       "and protection";
	if (z->present && !st->started)
		return "the zone before ends early, want its start_pfn";
	return NULL;
}

static const char *zone_line_head(struct scan *s, struct zones *out, struct zone_state *st)
{
	const char *lacks = out->n ? zone_lacks(&out->v[out->n - 1], st) : NULL;

	if (lacks)
		return lacks;
	*st = (struct zone_state){ .part = ZONE_HEAD };
	return zone_head(s, out) && scan_end(s) ? NULL : WANT_HEAD;
}

static const char *zone_line_early(struct scan *s, struct zone *z, struct zone_state *st)
{
	struct counter one = { .name = "free" };

	if (st->part == ZONE_HEAD && scan_text(s, "  per-node stats")) {
		st->part = ZONE_NODE_STATS;
		return scan_end(s) ? NULL : WANT_NODE_STATS;
	}
	if (scan_text(s, "  pages free ")) {
		st->part = ZONE_PAGES;
		scan_blanks(s);
		return scan_u64(s, &one.value) && scan_end(s) && zone_pages(s, z, st, &one) ? NULL
											    : WANT_NODE_STATS;
	}
	/* the node's own numbers stand in nodeN/vmstat as well: looked at, not kept */
	if (st->part == ZONE_NODE_STATS && scan_text(s, "      ") && zone_pair(s, &one))
		return NULL;
	return WANT_NODE_STATS;
}

static const char *zone_line_pages(struct scan *s, struct zone *z, struct zone_state *st)
{
	struct counter one;

	if (!scan_text(s, "        "))
		return WANT_PAGES;
	if (scan_text(s, "protection: ")) {
		st->protected = true;
		st->part = ZONE_STATS;
		z->populated = z->present > 0;
		return zone_protection(s) ? NULL : WANT_PAGES;
	}
	return zone_pair(s, &one) && zone_pages(s, z, st, &one) ? NULL : WANT_PAGES;
}

static const char *zone_line_stats(struct scan *s, struct zone *z, struct zone_state *st)
{
	struct counter one;

	if (!z->populated)
		return "the zone is empty, want the next one: \"Node 0, zone Normal\"";
	if (scan_text(s, "  pagesets")) {
		st->part = ZONE_PAGESETS;
		return scan_end(s) ? NULL : WANT_STATS;
	}
	return scan_text(s, "      ") && zone_pair(s, &one) && counters_put(s, &z->stats, &one) ? NULL
												: WANT_STATS;
}

/* The per-CPU lists, then "  node_unreclaimable: 0" and "  start_pfn: 1". */
static const char *zone_line_late(struct scan *s, struct zone *z, struct zone_state *st)
{
	struct counter one;
	bool ok;

	if (st->part == ZONE_PAGESETS && scan_text(s, "              "))
		return zone_pair_colon(s, &one) ? NULL : WANT_SETS;
	if (st->part == ZONE_PAGESETS && scan_text(s, "    cpu: "))
		return scan_u64(s, &one.value) && scan_end(s) ? NULL : WANT_SETS;
	if (st->part == ZONE_PAGESETS && scan_text(s, "  vm stats threshold: "))
		return scan_u64(s, &one.value) && scan_end(s) ? NULL : WANT_SETS;
	ok = scan_text(s, "  ") && zone_pair_colon(s, &one);
	st->part = ZONE_TAIL;
	if (ok && !strcmp(one.name, "start_pfn")) {
		ok = !st->started;
		z->start_pfn = one.value;
		st->started = true;
	}
	return ok ? NULL : WANT_SETS;
}

/* NULL, or what was wanted instead of the line. */
static const char *zone_line(struct scan *s, struct zones *out, struct zone_state *st)
{
	struct zone *z = out->n ? &out->v[out->n - 1] : NULL;

	if (!z || scan_peek(s, "Node"))
		return zone_line_head(s, out, st);
	switch (st->part) {
	case ZONE_NONE:
	case ZONE_HEAD:
	case ZONE_NODE_STATS:
		return zone_line_early(s, z, st);
	case ZONE_PAGES:
		return zone_line_pages(s, z, st);
	case ZONE_STATS:
		return zone_line_stats(s, z, st);
	case ZONE_PAGESETS:
	case ZONE_TAIL:
		break;
	}
	return zone_line_late(s, z, st);
}

static int zoneinfo_lines(const char *text, struct zones *out, struct err *err)
{
	struct zone_state st = { .part = ZONE_NONE };
	const char *want;
	struct scan s;
	int r;

	scan_init(&s, "zoneinfo", text);
	while ((r = scan_line_some(&s, err)) > 0) {
		want = zone_line(&s, out, &st);
		if (want)
			return scan_fail(&s, err, want);
	}
	want = r ? NULL : zone_lacks(&out->v[out->n - 1], &st);
	return want ? scan_fail(&s, err, want) : r;
}

int zoneinfo_parse(const char *text, struct zones *out, struct err *err)
{
	*out = (struct zones){ 0 };
	int r = zoneinfo_lines(text, out, err);

	if (r)
		zones_free(out);
	return r;
}
