/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Written by pagetypeinfo_show() of mm/vmstat.c, once for each node that has memory: two lines about page
 * blocks, the table of free blocks, the table of page blocks, and with page_owner=on a third of mixed blocks.
 */
#include "wire/procfs.h"

#include <stdlib.h>
#include <string.h>

#include "wire/procfs_scan.h"

#define TYPES 16 /* columns of the second table; 6.12 has at most 6 migrate types */

/* The part that the next line must belong to, or may close. */
enum pagetype_part {
	PT_ORDER,
	PT_PAGES,
	PT_GAP,
	PT_FREE_HEAD,
	PT_FREE,
	PT_BLOCKS_HEAD,
	PT_BLOCKS,
	PT_MIXED_HEAD,
	PT_MIXED
};

struct pagetype_state {
	enum pagetype_part part;
	unsigned orders;      /* columns of the first table */
	char type[TYPES][24]; /* columns of the others */
	unsigned types;
	size_t first; /* where this node's rows begin */
};

#define WANT_ORDER "want \"Page block order: 9\""
#define WANT_PAGES "want \"Pages per block:  512\""
#define WANT_FREE_HEAD "want \"Free pages count per migrate type at order 0 1 2 ...\""
#define WANT_FREE "want \"Node 0, zone Normal, type Movable\" and a number for each order"
#define WANT_BLOCKS_HEAD "want \"Number of blocks type Unmovable Movable ...\""
#define WANT_BLOCKS "want \"Node 0, zone Normal\" and a number for each type, of a zone in the table above"

void pagetypes_free(struct pagetypes *p)
{
	free(p->v);
	*p = (struct pagetypes){ 0 };
}

/* The row of this node; NULL when the first table has none. */
static struct pagetype *row_find(struct pagetypes *out, const struct pagetype_state *st,
				 const struct pagetype *like)
{
	for (size_t i = st->first; i < out->n; i++)
		if (out->v[i].nid == like->nid && !strcmp(out->v[i].zone, like->zone) &&
		    !strcmp(out->v[i].type, like->type))
			return &out->v[i];
	return NULL;
}

/* "Page block order: 9" */
static bool pt_fact(struct scan *s, const char *label)
{
	uint64_t v;

	return scan_text(s, label) && scan_blanks(s) && scan_u64(s, &v) && scan_end(s);
}

/* The orders, counted: "... at order   0   1   2 " */
static bool pt_free_head(struct scan *s, struct pagetype_state *st)
{
	uint64_t order;

	st->orders = 0;
	if (!scan_text(s, "Free pages count per migrate type at order"))
		return false;
	while (!scan_end_blank(s))
		if (!scan_u64(s, &order) || order != st->orders++ || !scan_peek(s, " ") ||
		    st->orders > PROCFS_ORDERS)
			return false;
	return st->orders > 0;
}

/* "Node    0, zone   Normal, type  Movable  1 2 >100000 " */
static bool pt_free(struct scan *s, struct pagetypes *out, const struct pagetype_state *st)
{
	struct pagetype row = { 0 };

	if (!scan_zone(s, ',', &row.nid, row.zone, sizeof(row.zone)) || !scan_text(s, ", type") ||
	    !scan_blanks(s) || !scan_name(s, ' ', row.type, sizeof(row.type)))
		return false;
	while (!scan_end_blank(s)) {
		if (row.orders == st->orders)
			return false;
		/* the kernel counts no farther: it holds the zone's lock (6.1 and later) */
		row.at_least[row.orders] = scan_text(s, ">");
		if (!scan_u64(s, &row.blocks[row.orders++]) || !scan_peek(s, " "))
			return false;
	}
	if (row.orders != st->orders || (out->n > st->first && out->v[st->first].nid != row.nid))
		return false;
	if (row_find(out, &(struct pagetype_state){ .first = 0 }, &row)) {
		s->why = "the row stands here twice";
		return false;
	}
	out->v = scan_grow(out->v, out->n, sizeof(*out->v));
	out->v[out->n++] = row;
	return true;
}

static bool pt_blocks_head(struct scan *s, struct pagetype_state *st, const char *label)
{
	st->types = 0;
	if (!scan_text(s, label))
		return false;
	while (!scan_end_blank(s))
		if (st->types == TYPES || !scan_name(s, ' ', st->type[st->types], sizeof(st->type[0])) ||
		    !scan_peek(s, " ") || !st->type[st->types++][0])
			return false;
	return st->types > 0;
}

/* "Node 0, zone   Normal   6   248   2 ": a number for each type, kept from the second table only. */
static bool pt_blocks(struct scan *s, struct pagetypes *out, const struct pagetype_state *st)
{
	struct pagetype like = { 0 };
	unsigned n = 0;

	if (!scan_zone(s, ' ', &like.nid, like.zone, sizeof(like.zone)))
		return false;
	while (!scan_end_blank(s)) {
		struct pagetype *row;
		uint64_t blocks;

		if (n == st->types || !scan_u64(s, &blocks) || !scan_peek(s, " "))
			return false;
		memcpy(like.type, st->type[n++], sizeof(like.type));
		row = row_find(out, st, &like);
		if (!row || (st->part == PT_BLOCKS && row->pageblocks_shown))
			return false;
		if (st->part == PT_BLOCKS) {
			row->pageblocks = blocks;
			row->pageblocks_shown = true;
		}
	}
	return n == st->types;
}

/* Every row of the first table has its number in the second. */
static bool node_complete(const struct pagetypes *out, const struct pagetype_state *st)
{
	for (size_t i = st->first; i < out->n; i++)
		if (!out->v[i].pageblocks_shown)
			return false;
	return out->n > st->first;
}

/* A line that opens the next part, after a table. True when it was one; `want` then says what is wrong, or
 * NULL. */
static bool pt_turn(struct scan *s, struct pagetypes *out, struct pagetype_state *st, const char **want)
{
	*want = NULL;
	if (st->part == PT_FREE && out->n > st->first && scan_end(s)) {
		st->part = PT_BLOCKS_HEAD;
		return true;
	}
	if (st->part != PT_BLOCKS && st->part != PT_MIXED)
		return false;
	if (st->part == PT_BLOCKS && scan_end(s)) {
		st->part = PT_MIXED_HEAD;
	} else if (scan_peek(s, "Page block order")) {
		*want = pt_fact(s, "Page block order:") ? NULL : WANT_ORDER;
		if (!node_complete(out, st))
			*want = "the node before ends early, want its \"Number of blocks\" for each zone";
		st->first = out->n;
		st->part = PT_PAGES;
	} else {
		return false;
	}
	return true;
}

static const char *pt_line(struct scan *s, struct pagetypes *out, struct pagetype_state *st)
{
	const char *want;

	if (pt_turn(s, out, st, &want))
		return want;
	switch (st->part) {
	case PT_ORDER:
		st->part = PT_PAGES;
		return pt_fact(s, "Page block order:") ? NULL : WANT_ORDER;
	case PT_PAGES:
		st->part = PT_GAP;
		return pt_fact(s, "Pages per block:") ? NULL : WANT_PAGES;
	case PT_GAP:
		st->part = PT_FREE_HEAD;
		return scan_end(s) ? NULL : "want an empty line";
	case PT_FREE_HEAD:
		st->part = PT_FREE;
		return pt_free_head(s, st) ? NULL : WANT_FREE_HEAD;
	case PT_FREE:
		return pt_free(s, out, st) ? NULL : WANT_FREE;
	case PT_BLOCKS_HEAD:
		st->part = PT_BLOCKS;
		return pt_blocks_head(s, st, "Number of blocks type ") ? NULL : WANT_BLOCKS_HEAD;
	case PT_MIXED_HEAD:
		st->part = PT_MIXED;
		return pt_blocks_head(s, st, "Number of mixed blocks ") ? NULL : WANT_BLOCKS_HEAD;
	case PT_BLOCKS:
	case PT_MIXED:
		break;
	}
	return pt_blocks(s, out, st) ? NULL : WANT_BLOCKS;
}

static int pagetypeinfo_lines(const char *text, struct pagetypes *out, struct err *err)
{
	struct pagetype_state st = { .part = PT_ORDER };
	struct scan s;
	int r;

	scan_init(&s, "pagetypeinfo", text);
	while ((r = scan_line_some(&s, err)) > 0) {
		const char *want = pt_line(&s, out, &st);

		if (want)
			return scan_fail(&s, err, want);
	}
	if (!r && ((st.part != PT_BLOCKS && st.part != PT_MIXED) || !node_complete(out, &st)))
		return scan_fail(&s, err,
				 "the text ends early, want \"Number of blocks\" for each zone of the node");
	return r;
}

int pagetypeinfo_parse(const char *text, struct pagetypes *out, struct err *err)
{
	*out = (struct pagetypes){ 0 };
	int r = pagetypeinfo_lines(text, out, err);

	if (r)
		pagetypes_free(out);
	return r;
}
