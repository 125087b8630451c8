/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/compare.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "judge/compare_inputs.h"
#include "judge/compare_rows.h"
#include "workloads/workload.h"

static enum compare_verdict outcomes(const struct comparing *c, const json_t *was, const json_t *is)
{
	return comparing_outcomes(was, is, comparing_runs(c->was), comparing_runs(c->is), c->exact);
}

/* --- a workload of both ---------------------------------------------------------------------------------------------- */
/* The check that one side alone has, `of`, and that gave that side its outcome; NULL. */
static const char *alone(const json_t *of, const json_t *other, enum outcome o)
{
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)of, name, v) {
		if (!json_object_get(other, name) && comparing_worst(v) == o)
			return name;
	}
	return NULL;
}

/* Whether a check of both has moved that way. */
static bool moved(const struct comparing *c, const json_t *was, const json_t *is, enum compare_verdict way)
{
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)was, name, v) {
		const json_t *y = json_object_get(is, name);

		if (y && outcomes(c, v, y) == way)
			return true;
	}
	return false;
}

/*
 * A workload is as bad as its worst check. A check that is new makes it no worse than it was, and one that is gone makes it no
 * better, though both move its outcome.
 */
static void outcome_row(struct comparing *c, const char *workload, const json_t *was, const json_t *is)
{
	const json_t *x = json_object_get(was, "outcome"), *y = json_object_get(is, "outcome");
	const json_t *of = json_object_get(was, "checks"), *now = json_object_get(is, "checks");
	enum compare_verdict v = outcomes(c, x, y);
	auto_free char *why = xstrdup(json_word(json_object_get(is, ".why"), ""));
	const char *added =
		v == COMPARE_WORSE && !moved(c, of, now, v) ? alone(now, of, comparing_worst(y)) : NULL;
	const char *gone = (v == COMPARE_BETTER || v == COMPARE_JUDGED) && !moved(c, of, now, v)
				   ? alone(of, now, comparing_worst(x))
				   : NULL;

	if (added || gone) {
		free(why);
		why = xasprintf("by the check %s alone, which is %s", added ? added : gone,
				added ? "new" : "gone: no improvement");
		v = added ? COMPARE_NEW : COMPARE_GONE;
	}
	comparing_add(c, v, comparing_row(workload, "outcome", "", x, y, why));
}

static void check_row(struct comparing *c, const char *workload, const char *check, const json_t *was,
		      const json_t *is, const json_t *why)
{
	if (!was || !is)
		comparing_one_sided(c, workload, "check", check, was, is);
	else
		comparing_add(c, outcomes(c, was, is),
			      comparing_row(workload, "check", check, was, is, json_word(why, check)));
}

/* Whether this program's workload measures it: then it was not measured, rather than being no more. */
static bool has_metric(const struct comparing *c, const char *label, const char *metric)
{
	auto_free char *main = xasprintf("%.*s", (int)strcspn(label, " "), label);
	const json_t *plan = json_object_get(json_object_get(c->is, "plan"), "workloads");
	const char *name = json_word(json_object_get(plan, main), "workload");

	for (const struct workload_entry *e = workload_table; e->name; e++) {
		const struct wl_metrics *const tables[] = { &e->w->metrics, &e->w->trace_metrics };

		for (size_t i = 0; i < ARRAY_SIZE(tables) && !strcmp(e->name, name); i++)
			wl_foreach (m, tables[i])
				if (!strcmp(m->name, metric))
					return true;
	}
	return false;
}

static json_int_t missing(const json_t *metric, const char *node)
{
	return json_integer_value(json_object_get(json_object_get(metric, "missing"), node));
}

/* One metric on one node ("-": the machine). */
static void metric_row(struct comparing *c, const char *workload, const char *name, const char *node,
		       const json_t *was, const json_t *is)
{
	const json_t *m = is ? is : was;
	const json_t *x = json_object_get(json_object_get(was, "nodes"), node);
	const json_t *y = json_object_get(json_object_get(is, "nodes"), node);
	struct compare_range a = comparing_range(x, comparing_runs(c->was)),
			     b = comparing_range(y, comparing_runs(c->is));
	bool timing = json_is_true(json_object_get(m, "timing")), gone = !y && !has_metric(c, workload, name);
	bool spread = !c->exact && (timing || a.least != a.most || b.least != b.most);
	enum compare_verdict v =
		x && y ? compare_ranges(&a, &b, json_word(m, "better"), spread) : COMPARE_CHANGED;
	const char *why = y || gone ? "" : "was measured, and is not any more";

	if (c->hosts && x && y && v > COMPARE_SAME)
		v = COMPARE_APART;
	if (!was || (!is && gone))
		v = was ? COMPARE_GONE : COMPARE_NEW;
	/* a range that fewer runs stand behind; what depends on timing may come or not */
	if (x && y && !timing && missing(is, node) > missing(was, node) && v < COMPARE_CHANGED) {
		v = COMPARE_CHANGED;
		why = "was measured in more of the runs";
	}
	json_t *r = comparing_row(workload, "metric", name, x, y, why);
	if (*node != '-')
		json_object_set_new(r, "nid", json_integer(atoi(node)));
	json_object_set(r, "unit", json_object_get(m, "unit"));
	json_object_set_new(r, "timing", json_boolean(timing));
	comparing_add(c, v, r);
}

/* A side that came to no check was not judged, as its outcome says: what it lacks is not gone. */
static bool judged(const json_t *w)
{
	return json_object_size(json_object_get(w, "checks"));
}

static void one_workload(struct comparing *c, const char *name, const json_t *was, const json_t *is)
{
	auto_json json_t *checks =
		comparing_both(json_object_get(was, "checks"), json_object_get(is, "checks"));
	auto_json json_t *metrics =
		comparing_both(json_object_get(was, "metrics"), json_object_get(is, "metrics"));
	bool both_judged = judged(was) && judged(is);
	const char *key, *node;
	json_t *v, *w;

	outcome_row(c, name, was, is);
	json_object_foreach (checks, key, v) {
		if (both_judged)
			check_row(c, name, key, json_object_get(json_object_get(was, "checks"), key),
				  json_object_get(json_object_get(is, "checks"), key),
				  json_object_get(is, ".why"));
	}
	json_object_foreach (metrics, key, v) {
		const json_t *x = json_object_get(json_object_get(was, "metrics"), key);
		const json_t *y = json_object_get(json_object_get(is, "metrics"), key);
		auto_json json_t *nodes =
			comparing_both(json_object_get(x, "nodes"), json_object_get(y, "nodes"));

		if (!both_judged && !(x && y))
			continue;
		json_object_foreach (nodes, node, w) {
			metric_row(c, name, key, node, x, y);
		}
	}
}

/* --- the whole ------------------------------------------------------------------------------------------------------------ */
static json_t *side(const json_t *s)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i}", "topology",
			 json_word(json_object_get(s, "topology"), "name"), "release",
			 json_word(json_object_get(s, "kernel"), "release"), "qemu",
			 json_word(json_object_get(s, "qemu"), "version"), "engine", json_word(s, "engine"),
			 "runs", (int)comparing_runs(s));
}

static void workloads(struct comparing *c, bool exact)
{
	const json_t *was = json_object_get(c->was, "workloads"), *is = json_object_get(c->is, "workloads");
	auto_json json_t *all = comparing_both(was, is);
	const char *name;
	json_t *w;

	json_object_foreach (all, name, w) {
		const json_t *x = json_object_get(was, name), *y = json_object_get(is, name);

		auto_free char *label = xasprintf("%.*s", (int)strcspn(name, " "), name);

		if (json_object_get(c->apart, label))
			continue;
		c->exact = exact && comparing_same_job(c, name);
		if (x && y)
			one_workload(c, name, x, y);
		else if (!strchr(name,
				 ' ')) /* what a trace adds, where only one was traced, is no difference */
			comparing_one_sided(c, name, "workload", "", json_object_get(x, "outcome"),
					    json_object_get(y, "outcome"));
	}
}

int compare_summaries(const json_t *was, const json_t *is, json_t **out, struct err *err)
{
	auto_text struct text differs = { 0 };
	auto_json json_t *apart = json_object();
	struct comparing c = {
		.was = was, .is = is, .rows = json_array(), .counts = json_object(), .apart = apart
	};
	bool exact = !strcmp(json_word(was, "engine"), "exact");

	*out = NULL;
	for (enum compare_verdict v = 0; v < COMPARE_VERDICTS; v++)
		json_object_set_new(c.counts, compare_name(v), json_integer(0));
	if (comparing_inputs(&c, err)) {
		json_decref(c.rows);
		json_decref(c.counts);
		return err->code;
	}
	comparing_differs(&c, &differs);
	c.hosts = exact && comparing_hosts(&c);
	workloads(&c, exact && !differs.len && comparing_exactness(&c));
	*out = json_pack("{s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "schema", COMPARE_SCHEMA, "basis",
			 !exact	       ? "repeats"
			 : c.hosts     ? "hosts"
			 : differs.len ? "builds"
				       : "inputs",
			 "differs", text_str(&differs), "was", side(was), "is", side(is), "rows", c.rows,
			 "counts", c.counts, "verdict", compare_name(c.verdict));
	return 0;
}

int compare_exit_code(const json_t *comparison)
{
	int code = 0;
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(comparison, "rows"), i, r) {
		const char *v = json_word(r, "verdict");
		bool timing = json_is_true(json_object_get(r, "timing"));

		if (!strcmp(v, "inexact"))
			return 3;
		if (!strcmp(v, "worse") || (!strcmp(v, "changed") && !timing))
			code = 1;
	}
	return code;
}
