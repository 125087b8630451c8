/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/expression.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/lib/judge.h"

#define ERRNO_MOST 140

static const struct {
	const char *name;
	int64_t value;
} sizes[] = { { "PAGE", PAGE }, { "HUGE", HUGE }, { "HUGE_PAGES", HUGE_PAGES } };

struct reader {
	struct expression *x;
	const char *at, *end;
	struct condition_part all;
	struct err *err;
};

static bool is(struct condition_part p, const char *word)
{
	return p.len == strlen(word) && !memcmp(p.s, word, p.len);
}

const struct wl_metric *expression_metric(const struct workload *w, struct condition_part name)
{
	wl_foreach (m, &w->metrics)
		if (is(name, m->name))
			return m;
	wl_foreach (m, &w->trace_metrics)
		if (is(name, m->name))
			return m;
	return NULL;
}

void expression_missing(const struct expression *x, const char *metric, int nid)
{
	const struct wl_metric *m =
		expression_metric(x->w, (struct condition_part){ metric, strlen(metric) });

	if (m && m->from == WL_CLOCKED && !wl_clocked(x->v, x->out))
		return;
	wl_get(x->v, x->out, metric, nid);
}

static int wrong(struct reader *r, const char *what)
{
	return err_set(r->err, -EINVAL, "\"%.*s\": %s", (int)r->all.len, r->all.s, what);
}

static void blanks(struct reader *r)
{
	while (r->at < r->end && isspace((unsigned char)*r->at))
		r->at++;
}

static bool next_is(struct reader *r, char c)
{
	blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static struct condition_part word(struct reader *r)
{
	struct condition_part p = { r->at, 0 };

	while (r->at < r->end && (isalnum((unsigned char)*r->at) || *r->at == '_'))
		r->at++;
	p.len = (size_t)(r->at - p.s);
	return p;
}

static int64_t param_value(const struct wl_param *p, const void *params)
{
	const char *at = (const char *)params + p->offset;
	uint64_t u;
	int nid;

	if (p->type == WL_NODE) {
		memcpy(&nid, at, sizeof(nid));
		return nid;
	}
	memcpy(&u, at, sizeof(u));
	return (int64_t)u;
}

/* Numbers of other things than metrics: true when the name is of one. */
static bool known(const struct expression *x, struct condition_part name, int64_t *value)
{
	wl_foreach (p, &x->w->params)
		if (is(name, p->name)) {
			*value = x->v ? param_value(p, x->v->params) : 1;
			return true;
		}
	if (is(name, "mem_nodes") || is(name, "cpu_nodes")) {
		*value = !x->v ? 1 : idset_count(is(name, "mem_nodes") ? &x->v->mem_nodes : &x->v->cpu_nodes);
		return true;
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (is(name, sizes[i].name)) {
			*value = sizes[i].value;
			return true;
		}
	for (int e = 1; e < ERRNO_MOST; e++)
		if (strerrorname_np(e) && is(name, strerrorname_np(e))) {
			*value = e;
			return true;
		}
	return false;
}

static int metric_value(struct reader *r, struct condition_part name, bool at_node, int nid, int64_t *value)
{
	const struct expression *x = r->x;
	const struct wl_metric *m = expression_metric(x->w, name);

	*value = 1;
	if (!m)
		return err_set(r->err, -EINVAL, "\"%.*s\": \"%.*s\" is no parameter, metric or error",
			       (int)r->all.len, r->all.s, (int)name.len, name.s);
	if (!x->v)
		return 0;
	if (!at_node && !wl_has(x->v, m->name, nid))
		nid = -1;
	if (wl_has(x->v, m->name, nid))
		*value = wl_get(x->v, x->out, m->name, nid);
	else
		expression_missing(x, m->name, nid);
	return 0;
}

static int named(struct reader *r, int64_t *value)
{
	struct condition_part name = word(r);
	int nid = r->x->nid;

	r->x->named = true;
	if (next_is(r, '@')) {
		blanks(r);
		struct condition_part node = word(r);

		return expression_node(r->x, node, &nid, r->err) ? r->err->code
								 : metric_value(r, name, true, nid, value);
	}
	if (r->x->node && expression_metric(r->x->w, name))
		return metric_value(r, name, false, nid, value);
	return known(r->x, name, value) ? 0 : metric_value(r, name, false, nid, value);
}

static int sum(struct reader *r, int64_t *value);

static int factor(struct reader *r, int64_t *value)
{
	if (next_is(r, '-')) {
		int bad = factor(r, value);

		*value = -*value;
		return bad;
	}
	if (next_is(r, '(')) {
		if (sum(r, value))
			return r->err->code;
		return next_is(r, ')') ? 0 : wrong(r, "a parenthesis is not closed");
	}
	if (r->at == r->end)
		return wrong(r, "want a number, or the name of a parameter or metric");
	if (isdigit((unsigned char)*r->at)) {
		struct condition_part p = word(r);
		char *end, digits[24];

		snprintf(digits, sizeof(digits), "%.*s", (int)p.len, p.s);
		errno = 0;
		*value = strtoll(digits, &end, 10);
		return *end || errno || p.len >= sizeof(digits) ? wrong(r, "is no number") : 0;
	}
	if (!isalpha((unsigned char)*r->at))
		return wrong(r, "want a number, or the name of a parameter or metric");
	return named(r, value);
}

static int product(struct reader *r, int64_t *value)
{
	int64_t by;

	if (factor(r, value))
		return r->err->code;
	for (;;) {
		bool times = next_is(r, '*');

		if (!times && !next_is(r, '/'))
			return 0;
		if (factor(r, &by))
			return r->err->code;
		if (times && __builtin_mul_overflow(*value, by, value))
			return wrong(r, "is beyond 2^63");
		if (times)
			continue;
		if (!by && r->x->v)
			wl_worse(r->x->out, OUTCOME_BROKEN, "%.*s: divides by 0", (int)r->all.len, r->all.s);
		if (!by && !r->x->v)
			return wrong(r, "divides by 0");
		*value = by ? *value / by : 0;
	}
}

static int sum(struct reader *r, int64_t *value)
{
	int64_t more;

	if (product(r, value))
		return r->err->code;
	for (;;) {
		bool plus = next_is(r, '+');

		if (!plus && !next_is(r, '-'))
			return 0;
		if (product(r, &more))
			return r->err->code;
		if (plus ? __builtin_add_overflow(*value, more, value)
			 : __builtin_sub_overflow(*value, more, value))
			return wrong(r, "is beyond 2^63");
	}
}

int expression_value(struct expression *x, struct condition_part text, int64_t *value, struct err *err)
{
	struct reader r = { .x = x, .at = text.s, .end = text.s + text.len, .all = text, .err = err };

	*value = 0;
	x->named = false;
	if (sum(&r, value))
		return err->code;
	blanks(&r);
	return r.at == r.end ? 0 : wrong(&r, "want an operator (+ - * /) between two numbers");
}

int expression_node(struct expression *x, struct condition_part name, int *nid, struct err *err)
{
	struct expression of = *x;
	int64_t id;

	of.nid = -1;
	of.node = true;
	*nid = 0;
	if (!name.len || memchr(name.s, '@', name.len))
		return err_set(err, -EINVAL, "want the name of a metric or parameter that is a node's id");
	if (expression_value(&of, name, &id, err) || !x->v)
		return err->code;
	struct idset all = wl_either(&x->v->mem_nodes, &x->v->cpu_nodes);

	if (id >= 0 && id < IDSET_MAX && idset_has(&all, (unsigned)id)) {
		*nid = (int)id;
		return 0;
	}
	wl_worse(x->out, OUTCOME_BROKEN, "%.*s is %" PRId64 ", and there is no such node", (int)name.len,
		 name.s, id);
	*nid = wl_nth(&all, 0);
	return 0;
}
