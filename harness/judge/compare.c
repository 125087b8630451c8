/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/compare.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "judge/judge.h"
#include "judge/summary.h"

struct comparing {
	const json_t *was, *is;
	bool exact; /* to the unit */
	json_t *rows, *counts;
	enum compare_verdict verdict;
};

static const char *const names[] = {
	[COMPARE_SAME] = "same",       [COMPARE_UNKNOWN] = "unknown", [COMPARE_BETTER] = "better",
	[COMPARE_CHANGED] = "changed", [COMPARE_WORSE] = "worse",     [COMPARE_INEXACT] = "inexact",
};

const char *compare_name(enum compare_verdict v)
{
	return names[v];
}

/* --- ranges ------------------------------------------------------------------------------------------------------------- */
static json_int_t width(const struct compare_range *r)
{
	return r->most - r->least;
}

static json_int_t imax(json_int_t a, json_int_t b)
{
	return a > b ? a : b;
}

/* The verdict for a step up (+1), down (-1) or one that is neither (0). */
static enum compare_verdict directed(int step, const char *better)
{
	bool higher = !strcmp(better, "higher"), lower = !strcmp(better, "lower");

	if (!step || (!higher && !lower))
		return COMPARE_CHANGED;
	return (step > 0) == higher ? COMPARE_BETTER : COMPARE_WORSE;
}

enum compare_verdict compare_ranges(const struct compare_range *was, const struct compare_range *is,
				    const char *better, bool spread)
{
	json_int_t gap = is->least > was->most ? is->least - was->most : was->least - is->most;
	json_int_t wider = imax(width(was), width(is));
	int step = is->least >= was->least && is->most >= was->most   ? 1
		   : is->least <= was->least && is->most <= was->most ? -1
								      : 0;

	if (was->least == is->least && was->most == is->most)
		return COMPARE_SAME;
	if (!spread)
		return directed(step, better);
	if (was->runs < COMPARE_RUNS && is->runs < COMPARE_RUNS)
		return COMPARE_UNKNOWN;
	json_int_t larger =
		imax(imax(imax(llabs(was->least), llabs(was->most)), llabs(is->least)), llabs(is->most));
	return gap > 0 && 2 * gap > wider && COMPARE_PART * gap > larger ? directed(step, better)
									 : COMPARE_SAME;
}

static struct compare_range range_of(const json_t *v, size_t runs)
{
	if (json_is_array(v))
		return (struct compare_range){ json_integer_value(json_array_get(v, 0)),
					       json_integer_value(json_array_get(v, 1)), runs };
	return (struct compare_range){ json_integer_value(v), json_integer_value(v), runs };
}

/* --- outcomes ---------------------------------------------------------------------------------------------------------- */
/* From the best to the worst: what a check falls through. */
static const enum outcome ladder[] = { OUTCOME_PASS, OUTCOME_XFAIL, OUTCOME_SKIP, OUTCOME_FAIL,
				       OUTCOME_BROKEN };

/* How often this one came, in a thousandth of the runs. */
static json_int_t share(const json_t *v, const char *outcome, size_t runs)
{
	if (json_is_string(v))
		return strcmp(json_string_value(v), outcome) ? 0 : 1000;
	return json_integer_value(json_object_get(v, outcome)) * 1000 / (json_int_t)(runs ? runs : 1);
}

/* The worst decides; when that is the same in both, how often it came, if there were enough runs to tell. */
static enum compare_verdict compare_outcomes(const json_t *was, const json_t *is, size_t runs_was,
					     size_t runs_is, bool exact)
{
	for (size_t i = ARRAY_SIZE(ladder); i-- > 0;) {
		json_int_t a = share(was, outcome_name(ladder[i]), runs_was);
		json_int_t b = share(is, outcome_name(ladder[i]), runs_is);

		if (a == b)
			continue;
		if (a && b && !exact && (runs_was < COMPARE_RUNS || runs_is < COMPARE_RUNS))
			return COMPARE_UNKNOWN;
		return b > a ? COMPARE_WORSE : COMPARE_BETTER;
	}
	return COMPARE_SAME;
}

/* --- rows ---------------------------------------------------------------------------------------------------------------- */
static void add(struct comparing *c, enum compare_verdict v, json_t *row)
{
	json_t *n = json_object_get(c->counts, compare_name(v));

	json_integer_set(n, json_integer_value(n) + 1);
	c->verdict = v > c->verdict ? v : c->verdict;
	if (v == COMPARE_SAME) {
		json_decref(row);
		return;
	}
	json_object_set_new(row, "verdict", json_string(compare_name(v)));
	json_array_append_new(c->rows, row);
}

static json_t *row(const char *workload, const char *what, const char *name, const json_t *was,
		   const json_t *is, const char *why)
{
	return json_pack("{s:s, s:s, s:s, s:n, s:s, s:b, s:O?, s:O?, s:s}", "workload", workload, "what",
			 what, "name", name, "nid", "unit", "", "timing", 0, "was", was, "is", is, "why",
			 why);
}

static size_t runs_of(const json_t *summary)
{
	return json_array_size(json_object_get(summary, "runs"));
}

static void outcome_row(struct comparing *c, const char *workload, const char *check, const json_t *was,
			const json_t *is, const char *why)
{
	enum compare_verdict v =
		was && is ? compare_outcomes(was, is, runs_of(c->was), runs_of(c->is), c->exact)
			  : COMPARE_CHANGED;

	add(c, v, row(workload, check ? "check" : "outcome", check ? check : "", was, is, why));
}

/* One metric on one node ("-": the machine). */
static void metric_row(struct comparing *c, const char *workload, const char *name, const char *node,
		       const json_t *was, const json_t *is)
{
	const json_t *m = is ? is : was;
	const json_t *x = json_object_get(json_object_get(was, "nodes"), node);
	const json_t *y = json_object_get(json_object_get(is, "nodes"), node);
	struct compare_range a = range_of(x, runs_of(c->was)), b = range_of(y, runs_of(c->is));
	bool timing = json_is_true(json_object_get(m, "timing"));
	bool spread = !c->exact && (timing || width(&a) || width(&b));
	enum compare_verdict v =
		x && y ? compare_ranges(&a, &b, json_word(m, "better"), spread) : COMPARE_CHANGED;
	json_t *r = row(workload, "metric", name, x, y, x && y ? "" : x ? "is gone" : "is new");

	if (*node != '-')
		json_object_set_new(r, "nid", json_integer(atoi(node)));
	json_object_set(r, "unit", json_object_get(m, "unit"));
	json_object_set_new(r, "timing", json_boolean(timing));
	add(c, v, r);
}

/* Names of both, those of `was` first and in their order. */
static json_t *both(const json_t *was, const json_t *is)
{
	json_t *all = json_object();

	json_object_update(all, (json_t *)(uintptr_t)was);
	json_object_update_missing(all, (json_t *)(uintptr_t)is);
	return all;
}

static void one_workload(struct comparing *c, const char *name, const json_t *was, const json_t *is)
{
	const json_t *said = json_object_get(is, ".said");
	auto_json json_t *checks = both(json_object_get(was, "checks"), json_object_get(is, "checks"));
	auto_json json_t *metrics = both(json_object_get(was, "metrics"), json_object_get(is, "metrics"));
	const char *key, *node;
	json_t *v, *w;

	outcome_row(c, name, NULL, json_object_get(was, "outcome"), json_object_get(is, "outcome"),
		    json_word(said, ""));
	json_object_foreach (checks, key, v) {
		outcome_row(c, name, key, json_object_get(json_object_get(was, "checks"), key),
			    json_object_get(json_object_get(is, "checks"), key), json_word(said, key));
	}
	json_object_foreach (metrics, key, v) {
		const json_t *x = json_object_get(json_object_get(was, "metrics"), key);
		const json_t *y = json_object_get(json_object_get(is, "metrics"), key);
		auto_json json_t *nodes = both(json_object_get(x, "nodes"), json_object_get(y, "nodes"));

		json_object_foreach (nodes, node, w) {
			metric_row(c, name, key, node, x, y);
		}
	}
}

/* --- the same inputs ---------------------------------------------------------------------------------------------------- */
static const json_t *run_of_seed(const json_t *summary, json_int_t seed)
{
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(summary, "runs"), i, r) {
		if (json_integer_value(json_object_get(r, "seed")) == seed)
			return r;
	}
	return NULL;
}

static bool same_seeds(const json_t *was, const json_t *is)
{
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(was, "runs"), i, r) {
		if (!run_of_seed(is, json_integer_value(json_object_get(r, "seed"))))
			return false;
	}
	return runs_of(was) == runs_of(is);
}

/* Workloads whose records (or trace) differ, a comma between; "" when that is not known. */
static void whose(const json_t *a, const json_t *b, const char *what, struct text *out)
{
	const json_t *x = json_object_get(json_object_get(a, ".raws"), what);
	const json_t *y = json_object_get(json_object_get(b, ".raws"), what);
	const char *name;
	json_t *v;

	if (!x || !y)
		return;
	json_object_foreach ((json_t *)(uintptr_t)x, name, v) {
		if (!json_equal(v, json_object_get(y, name)))
			text_printf(out, "%s%s", out->len ? ", " : "", name);
	}
}

static void defect(struct comparing *c, const char *what, const json_t *a, const json_t *b)
{
	auto_text struct text who = { 0 };
	auto_free char *name =
		xasprintf("seed %" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(a, "seed")));

	whose(a, b, what, &who);
	add(c, COMPARE_INEXACT,
	    row(text_str(&who), what, name, json_object_get(a, what), json_object_get(b, what),
		"equal inputs, other records: a defect of the rig, please report it"));
}

/* Records of equal inputs are equal; when they are not that is no finding about the kernel. */
static void exactness(struct comparing *c)
{
	json_t *a;
	size_t i;

	json_array_foreach (json_object_get(c->was, "runs"), i, a) {
		const json_t *b = run_of_seed(c->is, json_integer_value(json_object_get(a, "seed")));
		const json_t *x = json_object_get(a, "trace"), *y = json_object_get(b, "trace");

		bool traced =
			x && y && json_equal(json_object_get(a, "plugin"), json_object_get(b, "plugin"));

		if (!b)
			continue;
		if (!json_equal(json_object_get(a, "records"), json_object_get(b, "records")))
			defect(c, "records", a, b);
		else if (traced && !json_equal(x, y))
			defect(c, "trace", a, b);
	}
}

/* --- the whole ------------------------------------------------------------------------------------------------------------ */
/* What has to be the same, and what may differ; "inputs." before those that stand there. */
static const char *const needed[] = { "engine",
				      "topology",
				      "inputs.argv",
				      "inputs.append",
				      "inputs.append_base",
				      "inputs.boot_shift",
				      "inputs.shift",
				      "inputs.files",
				      "plan",
				      "declared",
				      NULL };
static const char *const free_to[] = { "inputs.qemu",	    "inputs.firmware",
				       "inputs.kernel",	    "inputs.steady",
				       "inputs.boot_image", "inputs.initramfs",
				       "inputs.boot_job",   NULL };

static int comparable(const json_t *was, const json_t *is, struct err *err)
{
	auto_text struct text differs = { 0 };
	json_t *a = json_array_get(json_object_get(was, "runs"), 0);
	json_t *b = json_array_get(json_object_get(is, "runs"), 0);

	summary_differs(was, is, needed, &differs);
	if (!strcmp(json_word(was, "engine"), "exact") && runs_of(was) == 1 && runs_of(is) == 1 &&
	    !json_equal(json_object_get(a, "seed"), json_object_get(b, "seed")))
		text_printf(&differs, "%sseed (%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT ")",
			    differs.len ? ", " : "", json_integer_value(json_object_get(a, "seed")),
			    json_integer_value(json_object_get(b, "seed")));
	return differs.len ? err_set(err, -EINVAL, "can't be compared: not the same %s", differs.s) : 0;
}

static json_t *side(const json_t *s)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i}", "topology",
			 json_word(json_object_get(s, "topology"), "name"), "release",
			 json_word(json_object_get(s, "kernel"), "release"), "qemu",
			 json_word(json_object_get(s, "qemu"), "version"), "engine", json_word(s, "engine"),
			 "runs", (int)runs_of(s));
}

int compare_summaries(const json_t *was, const json_t *is, json_t **out, struct err *err)
{
	auto_text struct text differs = { 0 };
	struct comparing c = { .was = was, .is = is, .rows = json_array(), .counts = json_object() };
	auto_json json_t *all = both(json_object_get(was, "workloads"), json_object_get(is, "workloads"));
	bool exact = !strcmp(json_word(was, "engine"), "exact");
	const char *name;
	json_t *w;

	*out = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		json_object_set_new(c.counts, names[i], json_integer(0));
	if (comparable(was, is, err)) {
		json_decref(c.rows);
		json_decref(c.counts);
		return err->code;
	}
	summary_differs(was, is, free_to, &differs);
	if (exact && !differs.len) {
		exactness(&c);
		c.exact = same_seeds(was, is);
	}
	json_object_foreach (all, name, w) {
		const json_t *x = json_object_get(json_object_get(was, "workloads"), name);
		const json_t *y = json_object_get(json_object_get(is, "workloads"), name);

		if ((x && y) ||
		    !strchr(name, ' ')) /* what a trace adds, where only one was traced, is no difference */
			one_workload(&c, name, x, y);
	}
	*out = json_pack("{s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:s}", "schema", COMPARE_SCHEMA, "basis",
			 !exact	       ? "repeats"
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
