/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only one side of a comparison has: another version of this program brings workloads, checks, metrics, parameters and knobs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "judge/compare.h"
#include "judge/summary.h"
#include "report/compare.h"
#include "tests/unit/results.h"
#include "judge/summary_check.h"

#define DATA TEST_SOURCE_DIR "/tests/data/"

static json_t *planned(json_t *r, const char *name)
{
	return called(json_object_get(json_object_get(r, "plan"), "workloads"), name);
}

static json_t *declared(json_t *r)
{
	return json_object_get(json_object_get(r, "knobs"), "declared");
}

static void drop(json_t *list, const char *name)
{
	json_t *x;
	size_t i;

	json_array_foreach (list, i, x) {
		if (!strcmp(json_word(x, "name"), name)) {
			json_array_remove(list, i);
			return;
		}
	}
	fail_msg("there is no %s", name);
}

static json_t *side_of(void (*change)(json_t *r))
{
	json_t *r = file(DATA "result-schema1.json"), *s;
	auto_json json_t *list = json_pack("[o]", r);
	struct err err = ERR_INIT;

	if (change)
		change(r);
	if (summary_make(list, &s, &err))
		fail_msg("%s", err.msg);
	return s;
}

/* The comparison of the kept result with itself, each side changed; "" and how it is refused. */
static json_t *between(void (*was)(json_t *r), void (*is)(json_t *r), const char *refusal)
{
	auto_json json_t *a = side_of(was), *b = side_of(is);
	struct err err = ERR_INIT;
	json_t *c = NULL;

	compare_summaries(a, b, &c, &err);
	assert_string_equal(err.msg, refusal);
	return c;
}

static void is(const json_t *c, const char *basis, const char *verdict, int code)
{
	assert_string_equal(json_word(c, "basis"), basis);
	assert_string_equal(json_word(c, "verdict"), verdict);
	assert_int_equal(compare_exit_code(c), code);
}

/* Exactly one row, and what it says. */
static void only_row(const json_t *c, const char *verdict, const char *words)
{
	const json_t *rows = json_object_get(c, "rows"), *r = json_array_get(rows, 0);
	auto_free char *actual =
		xasprintf("%s|%s|%s", json_word(r, "workload"), json_word(r, "what"), json_word(r, "name"));

	assert_string_equal(actual, words);
	assert_string_equal(json_word(r, "verdict"), verdict);
	assert_int_equal(json_array_size(rows), 1);
}

/* --- knobs ------------------------------------------------------------------------------------------------------------- */
static void a_knob_more(json_t *r)
{
	json_object_set_new(declared(r), "made.up", json_string("1"));
}

static void another_default(json_t *r)
{
	json_object_set_new(declared(r), "swappiness", json_string("61"));
}

static void knobs(void **state)
{
	auto_json json_t *more = between(NULL, a_knob_more, ""), *less = between(a_knob_more, NULL, "");

	(void)state;
	only_row(more, "new", "|knob|made.up");
	is(more, "builds", "new", 0);
	assert_string_equal(json_word(more, "differs"), "declared knobs");
	only_row(less, "gone", "|knob|made.up");
	is(less, "builds", "gone", 0);
	assert_null(between(NULL, another_default,
			    "can't be compared: not the same declared swappiness (60, 61)"));
}

/* --- parameters -------------------------------------------------------------------------------------------------------- */
static void a_parameter_more(json_t *r)
{
	json_object_set_new(json_object_get(planned(r, "bind"), "params"), "made_up", json_string("7"));
}

static void another_value(json_t *r)
{
	json_object_set_new(json_object_get(planned(r, "bind"), "params"), "pages", json_string("64"));
}

static void only_bind(json_t *r)
{
	json_t *plan = json_array(), *workloads = json_array();

	json_array_append(plan, planned(r, "bind"));
	json_array_append(workloads, workload(r, "bind"));
	json_object_set_new(json_object_get(r, "plan"), "workloads", plan);
	json_object_set_new(r, "workloads", workloads);
}

static void only_other_bind(json_t *r)
{
	only_bind(r);
	another_value(r);
}

static void parameters(void **state)
{
	auto_json json_t *more = between(NULL, a_parameter_more, "");
	auto_json json_t *less = between(a_parameter_more, NULL, "");
	auto_json json_t *other = between(NULL, another_value, "");

	(void)state;
	only_row(more, "new", "bind|parameter|made_up");
	is(more, "inputs", "new", 0);
	only_row(less, "gone", "bind|parameter|made_up");
	/* with another value it is another workload, and the rest is compared */
	only_row(other, "gone", "bind|parameter|pages");
	is(other, "inputs", "gone", 0);
	assert_null(between(only_bind, only_other_bind,
			    "can't be compared: not the same workload bind: pages (128, 64)"));
}

/* A program of the user's: what both plans say of it has to be the same, what a later version adds is new. */
static void a_program(json_t *r)
{
	json_t *plan = json_object_get(r, "plan");

	json_object_set_new(plan, "workloads", json_array());
	json_object_set_new(plan, "exec", json_pack("{s:[s], s:s}", "argv", "true", "cwd", "/"));
	json_object_set_new(r, "workloads",
			    json_pack("[{s:s, s:s, s:s, s:[], s:[]}]", "name", "exec", "outcome", "pass",
				      "raw", "00", "checks", "metrics"));
}

static void a_later_program(json_t *r)
{
	a_program(r);
	json_object_set_new(json_object_get(json_object_get(r, "plan"), "exec"), "made_up", json_integer(1));
}

static void another_program(json_t *r)
{
	a_program(r);
	json_object_set_new(json_object_get(json_object_get(r, "plan"), "exec"), "cwd", json_string("/tmp"));
}

static void programs(void **state)
{
	auto_json json_t *same = between(a_program, a_program, "");
	auto_json json_t *later = between(a_program, a_later_program, "");

	(void)state;
	is(same, "inputs", "same", 0);
	only_row(later, "new", "exec|parameter|made_up");
	assert_null(
		between(a_program, another_program, "can't be compared: not the same exec: cwd (/, /tmp)"));
	assert_null(
		between(a_program, NULL, "can't be compared: not the same workloads: none is on both sides"));
}

/* --- workloads --------------------------------------------------------------------------------------------------------- */
static void without_bind(json_t *r)
{
	drop(json_object_get(json_object_get(r, "plan"), "workloads"), "bind");
	drop(json_object_get(r, "workloads"), "bind");
}

static void bind_fails(json_t *r)
{
	json_t *w = workload(r, "bind");

	json_object_set_new(w, "outcome", json_string("fail"));
	json_object_set_new(json_array_get(json_object_get(w, "checks"), 0), "outcome", json_string("fail"));
}

static void workloads(void **state)
{
	auto_json json_t *more = between(without_bind, NULL, ""), *less = between(NULL, without_bind, "");
	auto_json json_t *fails = between(without_bind, bind_fails, "");
	auto_json json_t *failed = between(bind_fails, without_bind, "");
	auto_text struct text t = { 0 };

	(void)state;
	only_row(more, "new", "bind|workload|");
	is(more, "inputs", "new", 0);
	only_row(less, "gone", "bind|workload|");
	is(less, "inputs", "gone", 0);
	only_row(fails, "new", "bind|workload|");
	only_row(failed, "gone", "bind|workload|");
	report_compare(failed, "", false, &t);
	assert_non_null(
		strstr(t.s, "\ngone     bind: workload: fail -> nothing\n"
			    "         was not right, and nobody looks any more: that is no improvement\n"));
	assert_non_null(strstr(t.s, "\ngone: 1 gone, "));
	assert_null(between(only_bind, without_bind,
			    "can't be compared: not the same workloads: none is on both sides"));
}

/* Records are compared of the workloads that both have. */
static void other_record(json_t *r)
{
	without_bind(r);
	json_object_set_new(workload(r, "fork-cow"), "raw", json_string("0123"));
}

static void records(void **state)
{
	auto_json json_t *c = between(NULL, other_record, "");
	const json_t *r = json_array_get(json_object_get(c, "rows"), 0);

	(void)state;
	is(c, "inputs", "inexact", 3);
	assert_string_equal(json_word(r, "what"), "records");
	assert_string_equal(json_word(r, "workload"), "fork-cow");
}

/* --- checks ------------------------------------------------------------------------------------------------------------ */
static void add_check(json_t *r, const char *outcome)
{
	json_array_append_new(json_object_get(workload(r, "bind"), "checks"),
			      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", "made-up", "rows", "",
					"outcome", outcome, "expected", "1", "actual", "2", "why", ""));
}

static void good_check(json_t *r)
{
	add_check(r, "pass");
}

static void bad_check(json_t *r)
{
	add_check(r, "fail");
	json_object_set_new(workload(r, "bind"), "outcome", json_string("fail"));
}

static void bad_and_new(json_t *r)
{
	bind_fails(r);
	add_check(r, "fail");
}

static void verdict_of(const json_t *c, const char *what, const char *verdict, const char *why)
{
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(c, "rows"), i, r) {
		if (strcmp(json_word(r, "what"), what) != 0)
			continue;
		assert_string_equal(json_word(r, "verdict"), verdict);
		assert_string_equal(json_word(r, "why"), why);
		return;
	}
	fail_msg("there is no row of what is %s", what);
}

static void checks(void **state)
{
	auto_json json_t *more = between(NULL, good_check, ""), *less = between(good_check, NULL, "");
	auto_json json_t *fails = between(NULL, bad_check, ""), *failed = between(bad_check, NULL, "");
	auto_json json_t *both = between(NULL, bad_and_new, "");

	(void)state;
	only_row(more, "new", "bind|check|made-up");
	is(more, "inputs", "new", 0);
	only_row(less, "gone", "bind|check|made-up");
	is(less, "inputs", "gone", 0);
	/* a workload is as bad as its worst check; one that is new has not become worse */
	is(fails, "inputs", "new", 0);
	verdict_of(fails, "outcome", "new", "by the check made-up alone, which is new");
	verdict_of(fails, "check", "new", "");
	is(failed, "inputs", "gone", 0);
	verdict_of(failed, "outcome", "gone", "by the check made-up alone, which is gone: no improvement");
	verdict_of(failed, "check", "gone",
		   "was not right, and nobody looks any more: that is no improvement");
	is(both, "inputs", "worse", 1);
}

static void bind_skips(json_t *r)
{
	json_object_set_new(workload(r, "bind"), "outcome", json_string("skip"));
	json_object_set_new(workload(r, "bind"), "checks", json_array());
	json_object_set_new(workload(r, "bind"), "metrics", json_array());
}

static void bind_breaks(json_t *r)
{
	bind_skips(r);
	json_object_set_new(workload(r, "bind"), "outcome", json_string("broken"));
}

/* What was not judged has one row, its outcome; and a fail that is skipped now is no improvement. */
static void not_judged(void **state)
{
	auto_json json_t *broke = between(NULL, bind_breaks, ""), *back = between(bind_breaks, NULL, "");
	auto_json json_t *fails = between(bind_breaks, bind_fails, "");
	auto_json json_t *skipped = between(bind_fails, bind_skips, "");
	auto_json json_t *unbroken = between(bind_breaks, bind_skips, "");

	(void)state;
	only_row(broke, "worse", "bind|outcome|");
	only_row(back, "judged", "bind|outcome|"); /* nobody knows what it would have been */
	only_row(fails, "changed", "bind|outcome|");
	is(back, "inputs", "judged", 0);
	is(fails, "inputs", "changed", 1);
	only_row(skipped, "changed", "bind|outcome|");
	is(skipped, "inputs", "changed", 1);
	only_row(unbroken, "changed", "bind|outcome|");
}

/* --- metrics ----------------------------------------------------------------------------------------------------------- */
static void a_metric_more(json_t *r)
{
	json_array_append_new(json_object_get(workload(r, "bind"), "metrics"),
			      json_pack("{s:s, s:i, s:s, s:n, s:s, s:b}", "name", "made_up", "value", 5,
					"unit", "1", "nid", "better", "same", "timing", 0));
}

static void not_measured(json_t *r)
{
	json_t *metrics = json_object_get(workload(r, "bind"), "metrics");
	size_t i = json_array_size(metrics);

	while (i--)
		if (!strcmp(json_word(json_array_get(metrics, i), "name"), "area") &&
		    json_integer_value(json_object_get(json_array_get(metrics, i), "nid")) == 2)
			json_array_remove(metrics, i);
}

static void metrics(void **state)
{
	auto_json json_t *more = between(NULL, a_metric_more, ""), *less = between(a_metric_more, NULL, "");
	auto_json json_t *missing = between(NULL, not_measured, "");

	(void)state;
	only_row(more, "new", "bind|metric|made_up");
	is(more, "inputs", "new", 0);
	only_row(less, "gone", "bind|metric|made_up");
	is(less, "inputs", "gone", 0);
	/* what this program measures and did not is another matter */
	only_row(missing, "changed", "bind|metric|area");
	is(missing, "inputs", "changed", 1);
	verdict_of(missing, "metric", "changed", "was measured, and is not any more");
}

/* In one of two runs only: the range is that run's, and says so. */
static void measured_once(void **state)
{
	json_t *results[2] = { json_array(), json_array() }, *s[2];
	struct err err = ERR_INIT;
	json_t *c = NULL;

	(void)state;
	for (int i = 0; i < 4; i++) {
		json_t *r = file(DATA "result-schema1.json");

		json_object_set_new(json_object_get(r, "inputs"), "seed", json_integer(i % 2));
		json_object_set_new(json_object_get(r, "plan"), "seed", json_integer(i % 2));
		if (i == 3)
			not_measured(r);
		json_array_append_new(results[i / 2], r);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(summary_make(results[i], &s[i], &err), 0);
		json_decref(results[i]);
	}
	const json_t *area = json_object_get(
		json_object_get(json_object_get(json_object_get(s[1], "workloads"), "bind"), "metrics"),
		"area");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(area, "missing"), "2")), 1);
	assert_int_equal(compare_summaries(s[0], s[1], &c, &err), 0);
	only_row(c, "changed", "bind|metric|area");
	verdict_of(c, "metric", "changed", "was measured in more of the runs");
	json_decref(c);
	assert_int_equal(compare_summaries(s[1], s[0], &c, &err), 0);
	is(c, "inputs", "same", 0);
	json_decref(c);
	json_decref(s[0]);
	json_decref(s[1]);
}

/* --- this program's own part -------------------------------------------------------------------------------------------- */
static void another_version(json_t *r)
{
	json_t *inputs = json_object_get(r, "inputs");

	json_object_set_new(inputs, "argv", json_string("other options"));
	json_object_set_new(inputs, "append_base", json_string("another command line"));
	json_object_set_new(inputs, "boot_shift", json_integer(2));
	json_object_set_new(inputs, "made_up", json_string("an input of a later version"));
	json_object_set_new(json_object_get(json_object_get(r, "topology"), "file"), "about",
			    json_string("in better words"));
	json_object_set_new(r, "made_up", json_object());
	json_object_set_new(json_object_get(r, "plan"), "made_up", json_integer(1));
}

static void version(void **state)
{
	auto_json json_t *c = between(NULL, another_version, "");

	(void)state;
	only_row(c, "new", "|plan|made_up");
	is(c, "builds", "new", 0);
	assert_string_equal(json_word(c, "differs"), "append_base, argv, boot_shift, made_up");
}

/* --- files -------------------------------------------------------------------------------------------------------------- */
static void old_baseline(void **state)
{
	auto_json json_t *was = file(DATA "baseline-schema1.json"), *c = NULL, *self = NULL;
	auto_json json_t *list = json_pack("[o]", file(DATA "result-schema1.json"));
	struct err err = ERR_INIT;
	json_t *is_now = NULL;

	(void)state;
	assert_int_equal(summary_check(was, &err), 0);
	assert_int_equal(summary_make(list, &is_now, &err), 0);
	assert_int_equal(compare_summaries(was, is_now, &c, &err), 0);
	assert_true(json_integer_value(json_object_get(json_object_get(c, "counts"), "same")) > 100);
	json_decref(is_now);
	assert_int_equal(compare_summaries(was, was, &self, &err), 0);
	is(self, "inputs", "same", 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knobs),      cmocka_unit_test(parameters),   cmocka_unit_test(programs),
		cmocka_unit_test(workloads),  cmocka_unit_test(records),      cmocka_unit_test(checks),
		cmocka_unit_test(not_judged), cmocka_unit_test(metrics),      cmocka_unit_test(measured_once),
		cmocka_unit_test(version),    cmocka_unit_test(old_baseline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
