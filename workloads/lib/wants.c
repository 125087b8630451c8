/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/wants.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "workloads/lib/expression.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/wants_read.h"

#define ROWS_MOST 128

/* What a row looks at, with these values. */
struct look {
	struct expression x;
	struct want want;
	struct idset named;
	struct err err;
};

/* What a row came to, for the words of a check that holds. */
struct span {
	int64_t least, most, lo, hi; /* values; the condition's numbers */
	unsigned n;
	bool alike, named; /* the condition's numbers were the same everywhere; are more than numbers */
};

/* As much of it as there is room for; what is cut off ends in dots. */
__attribute__((format(printf, 2, 3))) static void append(char words[WL_WORDS], const char *fmt, ...)
{
	size_t len = strlen(words);
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(words + len, WL_WORDS - len, fmt, ap);
	va_end(ap);
	if (n >= (int)(WL_WORDS - len))
		memcpy(words + WL_WORDS - 4, "...", 4);
}

static bool holds(enum condition_op op, int64_t x, int64_t lo, int64_t hi)
{
	switch (op) {
	case CONDITION_IS:
		return x == lo;
	case CONDITION_NOT:
		return x != lo;
	case CONDITION_LESS:
		return x < lo;
	case CONDITION_MOST:
		return x <= lo;
	case CONDITION_MORE:
		return x > lo;
	case CONDITION_LEAST:
		return x >= lo;
	case CONDITION_WITHIN:
		return x >= lo && x <= hi;
	case CONDITION_LIKE:
		break;
	}
	return false;
}

/* ">= 7", "8 (2 * pages)": numbers, and what they are of where that says more. */
static void condition_words(const struct condition *c, const char *is, bool named, int64_t lo, int64_t hi,
			    char words[WL_WORDS])
{
	static const char *const signs[] = { "", "!= ", "< ", "<= ", "> ", ">= ", "" };

	append(words, "%s%" PRId64, signs[c->op], lo);
	if (c->op == CONDITION_WITHIN)
		append(words, "..%" PRId64, hi);
	if (!named)
		return;
	if (c->op == CONDITION_WITHIN)
		append(words, " (%s)", is);
	else
		append(words, " (%.*s)", (int)c->lo.len, c->lo.s);
}

/* The operands on this node; false: not known. */
static bool operands(struct look *l, int nid, int64_t *lo, int64_t *hi, bool *any_name)
{
	const struct condition *c = &l->want.is;

	l->x.nid = nid;
	*hi = 0;
	if (expression_value(&l->x, c->lo, lo, &l->err))
		return false;
	*any_name = l->x.named;
	if (c->op == CONDITION_WITHIN && expression_value(&l->x, c->hi, hi, &l->err))
		return false;
	*any_name |= l->x.named;
	return true;
}

/* FAIL with the words of it, where the value is not so; the first of them stays in `expected` and `actual`. */
static void compare(struct look *l, int nid, int64_t value, const struct condition *c, bool named, int64_t lo,
		    int64_t hi)
{
	struct wl_verdict *out = l->x.out;
	char want[WL_WORDS] = "", where[32] = "";

	if (out->outcome > OUTCOME_FAIL || holds(c->op, value, lo, hi))
		return;
	condition_words(c, l->want.row->is, named, lo, hi, want);
	if (nid >= 0)
		snprintf(where, sizeof(where), " on node %d", nid);
	else if (l->want.nodes == IN_ALL)
		snprintf(where, sizeof(where), " in all");
	if (out->outcome < OUTCOME_FAIL) {
		out->expected[0] = out->actual[0] = 0;
		append(out->expected, "%s%s: %s", l->want.row->metric, where, want);
		append(out->actual, "%" PRId64, value);
	}
	wl_worse(out, OUTCOME_FAIL, "%s%s is %" PRId64 ", expected %s", l->want.row->metric, where, value,
		 want);
}

/* The value is as the row says. */
static void one_value(struct look *l, int nid, int64_t value, struct span *s)
{
	int64_t lo, hi;
	bool named;

	if (!operands(l, nid, &lo, &hi, &named))
		return;
	s->alike = !s->n || (s->alike && lo == s->lo && hi == s->hi);
	s->lo = lo;
	s->hi = hi;
	s->named = named;
	s->least = !s->n || value < s->least ? value : s->least;
	s->most = !s->n || value > s->most ? value : s->most;
	s->n++;
	compare(l, nid, value, &l->want.is, named, lo, hi);
}

static void one_node(struct look *l, int nid, struct span *s)
{
	const char *metric = l->want.row->metric;

	if (wl_has(l->x.v, metric, nid))
		one_value(l, nid, wl_get(l->x.v, l->x.out, metric, nid), s);
	else
		expression_missing(&l->x, metric, nid);
}

static void zero_on(struct look *l, int nid)
{
	static const struct condition zero = { .op = CONDITION_IS };
	const char *metric = l->want.row->metric;

	if (wl_has(l->x.v, metric, nid))
		compare(l, nid, wl_get(l->x.v, l->x.out, metric, nid), &zero, false, 0, 0);
	else
		expression_missing(&l->x, metric, nid);
}

static void look_sum(struct look *l, struct span *s)
{
	const struct wl_view *v = l->x.v;
	struct wl_verdict none = { 0 };
	int64_t sum = wl_sum(v, &none, l->want.row->metric);

	if (none.outcome == OUTCOME_PASS)
		one_value(l, -1, sum, s);
	else
		expression_missing(&l->x, l->want.row->metric, wl_nth(&v->mem_nodes, 0));
}

static void look_at_nodes(struct look *l, struct span *s)
{
	const struct wl_view *v = l->x.v;
	const struct idset *all = l->want.nodes == EACH_CPU ? &v->cpu_nodes : &v->mem_nodes;
	enum nodes nodes = l->want.nodes;

	if (nodes == ON || nodes == ONLY_ON)
		idset_foreach (nid, &l->named) {
			one_node(l, (int)nid, s);
		}
	if (nodes == ON)
		return;
	idset_foreach (nid, all) {
		if (idset_has(&l->named, nid))
			continue;
		if (nodes == ONLY_ON)
			zero_on(l, (int)nid);
		else
			one_node(l, (int)nid, s);
	}
}

/* "area: 128 (pages) on each node" and "128", behind what the rows before came to. */
static void row_words(const struct look *l, const struct span *s, struct wl_verdict *out)
{
	const struct wl_want *row = l->want.row;
	const char *semicolon = *out->expected ? "; " : "";

	append(out->expected, "%s%s: ", semicolon, row->metric);
	if (s->alike)
		condition_words(&l->want.is, row->is, s->named, s->lo, s->hi, out->expected);
	else
		append(out->expected, "%s", row->is);
	if (row->where)
		append(out->expected, " %s%s",
		       l->want.nodes == EACH || l->want.nodes == EACH_CPU ? "on " : "", row->where);
	if (l->want.names) {
		char ids[64] = "";

		idset_foreach (nid, &l->named) {
			size_t len = strlen(ids);

			snprintf(ids + len, sizeof(ids) - len, "%s%u", len ? ", " : "", nid);
		}
		append(out->expected, " (node %s)", ids);
	}
	append(out->actual, "%s%" PRId64, semicolon, s->least);
	if (s->most != s->least)
		append(out->actual, " to %" PRId64, s->most);
}

/* Whether it has looked at anything. */
static bool row_judge(const struct wl_view *v, const struct wl_want *row, struct wl_verdict *out)
{
	struct look l = { .x = { .w = v->w, .v = v, .out = out, .nid = -1 }, .err = ERR_INIT };
	struct span s = { 0 };
	int nid;

	if (!want_read(row, &l.want, &l.err)) {
		for (unsigned i = 0; i < l.want.names; i++)
			if (!expression_node(&l.x, l.want.name[i], &nid, &l.err))
				idset_add(&l.named, (unsigned)nid);
		if (l.want.nodes == MACHINE)
			one_node(&l, -1, &s);
		else if (l.want.nodes == IN_ALL)
			look_sum(&l, &s);
		else
			look_at_nodes(&l, &s);
	}
	if (l.err.code)
		wl_worse(out, OUTCOME_BROKEN, "%s: %.200s", row->metric, l.err.msg);
	if (s.n && out->outcome == OUTCOME_PASS)
		row_words(&l, &s, out);
	return s.n;
}

/* Whether another row that looked at something has the same metric: then this one's nodes being none hides nothing. */
static bool looked_elsewhere(const struct wl_wants *rows, const bool looked[], const struct wl_want *row)
{
	for (size_t i = 0; i < rows->n; i++)
		if (looked[i] && !strcmp(rows->v[i].metric, row->metric))
			return true;
	return false;
}

static struct wl_verdict rows_judge(const struct wl_view *v, const struct wl_wants *rows)
{
	struct wl_verdict out = { 0 };
	bool looked[ROWS_MOST] = { false };

	if (rows->n > ROWS_MOST)
		wl_worse(&out, OUTCOME_BROKEN, "has %zu rows, of which %d are looked at", rows->n, ROWS_MOST);
	for (size_t i = 0; i < rows->n && i < ROWS_MOST; i++)
		looked[i] = row_judge(v, &rows->v[i], &out);
	for (size_t i = 0; i < rows->n && i < ROWS_MOST; i++)
		if (!looked[i] && !looked_elsewhere(rows, looked, &rows->v[i]))
			wl_worse(&out, OUTCOME_SKIP, "%s: there is no node to look at: %s", rows->v[i].metric,
				 rows->v[i].where ? rows->v[i].where : "");
	if (out.outcome == OUTCOME_SKIP || out.outcome == OUTCOME_BROKEN)
		out.expected[0] = out.actual[0] = 0; /* of rows before, which hold */
	return out;
}

void wl_judge(const struct wl_view *v, const struct wl_expect *e, struct wl_verdict *out)
{
	if (e->timed && v->shift < 0) {
		wl_worse(out, OUTCOME_SKIP,
			 "rests on time, which passes by the host's clock; engine exact tells");
		return;
	}
	if (e->judge) {
		e->judge(v, out);
		return;
	}
	*out = rows_judge(v, &e->wants);
	if (out->outcome != OUTCOME_PASS || !e->documented.n)
		return;
	struct wl_verdict is = rows_judge(v, &e->documented), should = rows_judge(v, &e->wished);
	const struct wl_verdict *unknown =
		is.outcome == OUTCOME_PASS || is.outcome == OUTCOME_FAIL ? &should : &is;

	if (unknown->outcome == OUTCOME_SKIP || unknown->outcome == OUTCOME_BROKEN) {
		*out = *unknown;
		return;
	}
	*out = (struct wl_verdict){ 0 };
	wl_documented(out, is.outcome == OUTCOME_PASS, e->wished.n && should.outcome == OUTCOME_PASS, "%s",
		      e->why);
	memcpy(out->expected, is.expected, sizeof(out->expected));
	memcpy(out->actual, is.actual, sizeof(out->actual));
}
