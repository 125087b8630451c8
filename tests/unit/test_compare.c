/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge/summary.h, judge/compare.h, report/compare.h: a real result against copies of it in which one thing is otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>

#include "base/auto.h"
#include "judge/compare.h"
#include "judge/summary.h"
#include "judge/summary_check.h"
#include "judge/summary_write.h"
#include "report/compare.h"
#include "tests/unit/results.h"

/* A metric on a node (-1: the machine). */
static json_t *metric(json_t *r, const char *wl, const char *name, int nid)
{
	json_t *m;
	size_t i;

	json_array_foreach (json_object_get(workload(r, wl), "metrics"), i, m) {
		const json_t *n = json_object_get(m, "nid");

		if (!strcmp(json_word(m, "name"), name) &&
		    (nid < 0 ? json_is_null(n) : json_integer_value(n) == nid))
			return json_object_get(m, "value");
	}
	fail_msg("%s has no %s", wl, name);
	return NULL;
}

static void seed(json_t *r, int n)
{
	json_object_set_new(json_object_get(r, "inputs"), "seed", json_integer(n));
	json_object_set_new(json_object_get(r, "plan"), "seed", json_integer(n));
}

static void other_kernel(json_t *r)
{
	json_object_set_new(json_object_get(r, "inputs"), "kernel", json_string("otherwise"));
}

static json_t *summary(json_t *results)
{
	json_t *s;
	struct err err = ERR_INIT;

	if (summary_make(results, &s, &err))
		fail_msg("%s", err.msg);
	return s;
}

/* The comparison of two lists of results, which are given back. */
static json_t *compared(json_t *was, json_t *is, const char *refusal)
{
	auto_json json_t *a = summary(was), *b = summary(is);
	struct err err = ERR_INIT;
	json_t *c = NULL;
	int r = compare_summaries(a, b, &c, &err);

	assert_string_equal(err.msg, refusal);
	assert_int_equal(r, *refusal ? -EINVAL : 0);
	json_decref(was);
	json_decref(is);
	return c;
}

/* The example against a copy that `change` was at. */
static json_t *against(void (*change)(json_t *r), const char *refusal)
{
	json_t *r = example();

	if (change)
		change(r);
	return compared(json_pack("[o]", example()), json_pack("[o]", r), refusal);
}

static json_t *row(const json_t *c, size_t i)
{
	return json_array_get(json_object_get(c, "rows"), i);
}

static void verdict(const json_t *c, const char *basis, const char *want, size_t rows, int code)
{
	assert_string_equal(json_word(c, "basis"), basis);
	assert_string_equal(json_word(c, "verdict"), want);
	assert_int_equal(json_array_size(json_object_get(c, "rows")), rows);
	assert_int_equal(compare_exit_code(c), code);
}

/* --- the same inputs ----------------------------------------------------------------------------------------------------- */
static void equal(void **state)
{
	auto_json json_t *c = against(NULL, "");

	(void)state;
	verdict(c, "inputs", "same", 0, 0);
	assert_true(json_integer_value(json_object_get(json_object_get(c, "counts"), "same")) > 100);
}

static void move_page(json_t *r)
{
	json_integer_set(metric(r, "bind", "area", 2), 127);
	json_integer_set(metric(r, "bind", "area_elsewhere", 3), 1);
}

static void page_moved(void **state)
{
	auto_json json_t *c = against(move_page, "");
	auto_text struct text t = { 0 };

	(void)state;
	verdict(c, "inputs", "changed", 2, 1);
	assert_string_equal(json_word(row(c, 0), "workload"), "bind");
	assert_int_equal(json_integer_value(json_object_get(row(c, 0), "nid")), 2);
	assert_int_equal(json_integer_value(json_object_get(row(c, 0), "was")), 128);
	assert_int_equal(json_integer_value(json_object_get(row(c, 0), "is")), 127);
	report_compare(c, "", false, &t);
	assert_non_null(strstr(t.s, "\nchanged  bind: metric area on node 2: 128 -> 127 pages\n"
				    "changed  bind: metric area_elsewhere on node 3: 0 -> 1 pages\n"));
}

/* What depends on timing is compared to the unit, too, where nothing else may differ. */
static void timing_moved_by_one(json_t *r)
{
	json_t *v = metric(r, "balance-classic", "follow_ns", -1);

	json_integer_set(v, json_integer_value(v) + 1);
}

static void to_the_unit(void **state)
{
	auto_json json_t *c = against(timing_moved_by_one, "");

	(void)state;
	verdict(c, "inputs", "worse", 1, 1); /* lower is better */
}

static void other_records(json_t *r)
{
	json_object_set_new(workload(r, "fork-cow"), "raw", json_string("0123"));
	move_page(r);
}

static void inexact(void **state)
{
	auto_json json_t *c = against(other_records, "");

	(void)state;
	verdict(c, "inputs", "inexact", 3, 3);
	assert_string_equal(json_word(row(c, 0), "workload"), "fork-cow");
	assert_string_equal(json_word(row(c, 0), "what"), "records");
}

/* A machine that was interrupted, or held by a debugger, says nothing about exactness. */
static void interrupted(json_t *r)
{
	json_object_set_new(workload(r, "fork-cow"), "raw", json_string("0123"));
	json_object_set_new(
		json_object_get(json_object_get(json_object_get(r, "host"), "machines"), "fork-cow"), "end",
		json_string("interrupted"));
}

static void debugged(json_t *r)
{
	json_object_set_new(workload(r, "fork-cow"), "raw", json_string("0123"));
	json_object_set_new(
		json_object_get(json_object_get(json_object_get(r, "host"), "machines"), "fork-cow"), "gdb",
		json_true());
}

static void not_inexact(void **state)
{
	auto_json json_t *cut = against(interrupted, "");
	auto_json json_t *held = against(debugged, "");

	(void)state;
	verdict(cut, "inputs", "same", 0, 0);
	verdict(held, "inputs", "same", 0, 0);
}

/* What a trace of bind says, with its digest, the plugin's, and how many loads there were. */
static json_t *traced(const char *digest, const char *plugin, int loads)
{
	json_t *r = example();

	json_object_set_new(
		r, "trace",
		json_pack("{s:s, s:s, s:[{s:s, s:s, s:s, s:s, s:[], s:[{s:s, s:i, s:s, s:n, s:s, s:b}]}]}",
			  "digest", digest, "plugin", plugin, "workloads", "name", "bind", "outcome", "pass",
			  "why", "", "raw", digest, "checks", "metrics", "name", "loads", "value", loads,
			  "unit", "1", "nid", "better", "same", "timing", 0));
	return r;
}

static void trace(void **state)
{
	auto_json json_t *c =
		compared(json_pack("[o]", traced("aa", "p", 5)), json_pack("[o]", traced("bb", "p", 6)), "");
	auto_json json_t *plugin =
		compared(json_pack("[o]", traced("aa", "p", 5)), json_pack("[o]", traced("bb", "q", 5)), "");
	auto_json json_t *one =
		compared(json_pack("[o]", traced("aa", "p", 5)), json_pack("[o]", example()), "");

	(void)state;
	verdict(c, "inputs", "inexact", 2, 3);
	assert_string_equal(json_word(row(c, 0), "what"), "trace");
	assert_string_equal(json_word(row(c, 0), "workload"), "bind");
	assert_string_equal(json_word(row(c, 1), "workload"), "bind trace");
	assert_int_equal(json_integer_value(json_object_get(row(c, 1), "is")), 6);
	verdict(plugin, "inputs", "same", 0, 0); /* counted by another program */
	verdict(one, "inputs", "same", 0, 0);	 /* and only one was traced */
}

/* --- what can't be compared ------------------------------------------------------------------------------------------------ */
static void engine(json_t *r)
{
	json_object_set_new(r, "engine", json_string("kvm"));
}

static void topology(json_t *r)
{
	json_object_set_new(json_object_get(r, "topology"), "name", json_string("8node"));
	json_object_set_new(json_object_get(json_object_get(r, "topology"), "file"), "nodes", json_array());
	json_object_set_new(json_object_get(r, "inputs"), "argv", json_string("else"));
}

static void knob(json_t *r)
{
	json_object_set_new(json_object_get(json_object_get(r, "plan"), "knobs"), "ksm.run",
			    json_string("1"));
}

static void declared(json_t *r)
{
	json_object_set_new(json_object_get(json_object_get(r, "knobs"), "declared"), "ksm.run",
			    json_string("1"));
}

static void another_seed(json_t *r)
{
	seed(r, 3);
}

static const struct {
	void (*change)(json_t *r);
	const char *message;
} refusals[] = {
	{ engine, "can't be compared: not the same engine (exact, kvm)" },
	{ topology, "can't be compared: not the same topology (4node, 8node)" },
	{ knob, "can't be compared: not the same knob ksm.run (set on one side)" },
	{ declared, "can't be compared: not the same declared ksm.run (0, 1)" },
	{ another_seed, "can't be compared: not the same seed (0, 3)" },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		assert_null(against(refusals[i].change, refusals[i].message));
}

static void group_of_two(void **state)
{
	json_t *a = example(), *b = example(), *s;
	struct err err = ERR_INIT;

	(void)state;
	other_kernel(b);
	auto_json json_t *both = json_pack("[o, o]", a, b), *none = json_array(), *other = json_pack("[{}]");
	assert_int_equal(summary_make(both, &s, &err), -EINVAL);
	assert_string_equal(err.msg, "its runs differ in inputs");
	assert_int_equal(summary_make(none, &s, &err), -EINVAL);
	assert_int_equal(summary_make(other, &s, &err), -EINVAL);
	assert_string_equal(err.msg, "is no result.json: it has no schema");
	assert_null(s);
}

/* --- another build ----------------------------------------------------------------------------------------------------------- */
static void build_and_timing(json_t *r)
{
	other_kernel(r);
	timing_moved_by_one(r);
}

static void build_and_page(json_t *r)
{
	other_kernel(r);
	move_page(r);
}

static void fall(json_t *r)
{
	json_t *check = json_array_get(json_object_get(workload(r, "bind"), "checks"), 0);

	other_kernel(r);
	json_object_set_new(workload(r, "bind"), "outcome", json_string("fail"));
	json_object_update_new(
		check, json_pack("{s:s, s:s, s:s}", "outcome", "fail", "expected", "this", "actual", "that"));
}

static void builds(void **state)
{
	auto_json json_t *single = against(build_and_timing, "");
	auto_json json_t *page = against(build_and_page, ""), *fell = against(fall, "");

	(void)state;
	verdict(single, "builds", "unknown", 1, 0);
	assert_string_equal(json_word(single, "differs"), "kernel");
	verdict(page, "builds", "changed", 2, 1);
	verdict(fell, "builds", "worse", 2, 1);
	assert_string_equal(json_word(row(fell, 0), "what"), "outcome");
	assert_string_equal(json_word(row(fell, 1), "why"), "expected this, actual that");
}

/* Three schedules whose follow_ns is what it was times a..c, in hundredths. */
static json_t *three(int a, int b, int c, bool build)
{
	json_t *list = json_array();

	for (int i = 0; i < 3; i++) {
		json_t *r = example(), *v = metric(r, "balance-classic", "follow_ns", -1);

		seed(r, i);
		if (build)
			other_kernel(r);
		json_integer_set(v, json_integer_value(v) / 100 * (i == 0 ? a : i == 1 ? b : c));
		json_array_append_new(list, r);
	}
	return list;
}

static void spreads(void **state)
{
	auto_json json_t *within = compared(three(90, 100, 110, false), three(105, 115, 125, true), "");
	auto_json json_t *apart = compared(three(90, 100, 110, false), three(130, 140, 150, true), "");
	auto_json json_t *down = compared(three(130, 140, 150, true), three(90, 100, 110, false), "");
	auto_json json_t *same = compared(three(90, 100, 110, false), three(90, 100, 110, false), "");

	(void)state;
	verdict(within, "builds", "same", 0, 0);
	verdict(apart, "builds", "worse", 1, 1);
	verdict(down, "builds", "better", 1, 0);
	verdict(same, "inputs", "same", 0, 0);
}

/* What depends on timing and has no direction is shown, and fails nothing. */
static void schedule_changed(void **state)
{
	json_t *was = three(90, 100, 110, false), *is = three(190, 200, 210, true), *list[] = { was, is };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		json_t *r = json_array_get(list[i / 3], i % 3), *m;
		size_t k;

		json_array_foreach (json_object_get(workload(r, "balance-classic"), "metrics"), k, m) {
			if (!strcmp(json_word(m, "name"), "follow_ns"))
				json_object_set_new(m, "better", json_string("same"));
		}
	}
	auto_json json_t *c = compared(was, is, "");
	verdict(c, "builds", "changed", 1, 0);
}

static const struct {
	struct compare_range was, is;
	const char *better;
	bool spread;
	enum compare_verdict want;
} ranges[] = {
	{ { 5, 5, 1 }, { 5, 5, 1 }, "same", false, COMPARE_SAME },
	{ { 5, 5, 1 }, { 6, 6, 1 }, "same", false, COMPARE_CHANGED },
	{ { 5, 5, 1 }, { 6, 6, 1 }, "lower", false, COMPARE_WORSE },
	{ { 5, 5, 1 }, { 6, 6, 1 }, "higher", false, COMPARE_BETTER },
	{ { 5, 5, 1 }, { 4, 4, 1 }, "lower", false, COMPARE_BETTER },
	{ { 5, 5, 1 }, { 4, 4, 1 }, "higher", false, COMPARE_WORSE },
	{ { 5, 7, 3 }, { 4, 8, 3 }, "higher", false, COMPARE_CHANGED }, /* wider on both ends */
	{ { 5, 5, 1 }, { 6, 6, 1 }, "lower", true, COMPARE_UNKNOWN },
	{ { 5, 5, 2 }, { 6, 6, 2 }, "lower", true, COMPARE_UNKNOWN },
	{ { 5, 5, 3 }, { 6, 6, 1 }, "lower", true, COMPARE_WORSE }, /* no spread in three runs */
	{ { 0, 10, 3 }, { 8, 20, 3 }, "lower", true, COMPARE_SAME },
	{ { 0, 10, 3 }, { 15, 20, 3 }, "lower", true, COMPARE_SAME }, /* apart by half the wider one */
	{ { 0, 10, 3 }, { 16, 20, 3 }, "lower", true, COMPARE_WORSE },
	{ { 16, 20, 3 }, { 0, 10, 3 }, "same", true, COMPARE_CHANGED },
	{ { 100, 100, 3 }, { 111, 111, 3 }, "lower", true, COMPARE_SAME }, /* less than a tenth of 111 */
	{ { 100, 100, 3 }, { 112, 112, 3 }, "lower", true, COMPARE_WORSE },
};

static void range_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		enum compare_verdict v =
			compare_ranges(&ranges[i].was, &ranges[i].is, ranges[i].better, ranges[i].spread);

		if (v != ranges[i].want)
			fail_msg("row %zu: %s, want %s", i, compare_name(v), compare_name(ranges[i].want));
	}
}

/* Outcomes that differ over seeds: the worst decides, then how often it came. */
static json_t *some_fail(int n, bool build)
{
	json_t *list = json_array();

	for (int i = 0; i < 4; i++) {
		json_t *r = example();

		seed(r, i);
		if (build)
			other_kernel(r);
		if (i < n)
			json_object_set_new(workload(r, "bind"), "outcome", json_string("fail"));
		json_array_append_new(list, r);
	}
	return list;
}

static void mixed(void **state)
{
	auto_json json_t *more = compared(some_fail(1, false), some_fail(2, true), "");
	auto_json json_t *fewer = compared(some_fail(2, false), some_fail(1, true), "");
	auto_json json_t *none = compared(some_fail(1, false), some_fail(0, true), "");
	auto_json json_t *same = compared(some_fail(2, false), some_fail(2, true), "");
	auto_text struct text t = { 0 };

	(void)state;
	verdict(more, "builds", "worse", 1, 1);
	verdict(fewer, "builds", "better", 1, 0);
	verdict(none, "builds", "better", 1, 0);
	verdict(same, "builds", "same", 0, 0);
	report_compare(more, "x", false, &t);
	assert_non_null(strstr(t.s, "worse    bind: outcome: fail 1, pass 3 -> fail 2, pass 2\n"));
}

/* --- written down ------------------------------------------------------------------------------------------------------------ */
static void as_a_file(void **state)
{
	auto_json json_t *list = three(90, 100, 110, false), *s = summary(list), *again = NULL, *c = NULL;
	auto_text struct text t = { 0 }, u = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	summary_write(s, &t);
	json_t *read = json_loads(t.s, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(read);
	again = read;
	assert_int_equal(summary_check(again, &err), 0);
	summary_write(again, &u);
	assert_string_equal(t.s, u.s);
	assert_null(strstr(t.s, "\".")); /* nothing that is for one process only */
	assert_non_null(strstr(
		t.s,
		"\n    \"area\": {\"better\": \"same\", \"nodes\": {\"0\": 128, \"1\": 128, \"2\": 128, \"3\": 128},"
		" \"timing\": false, \"unit\": \"pages\"},\n"));
	assert_int_equal(compare_summaries(again, s, &c, &err), 0);
	verdict(c, "inputs", "same", 0, 0);
}

static void markdown(void **state)
{
	auto_json json_t *c = against(move_page, "");
	auto_text struct text t = { 0 };

	(void)state;
	json_object_set_new(row(c, 1), "name", json_string("a|b<i>"));
	report_compare_markdown(c, "", &t);
	assert_string_equal(t.s, "### numarig compare: 4node: changed\n\n"
				 "- no verdict changed\n"
				 "- was: Linux 6.12.117+deb12-cloud-amd64, QEMU 10.0.2, 1 run\n"
				 "- is: Linux 6.12.117+deb12-cloud-amd64, QEMU 10.0.2, 1 run\n"
				 "- the same inputs: to the unit where the seeds are the same\n\n"
				 "| | workload | what | was | is | unit |\n|---|---|---|---|---|---|\n"
				 "| changed | bind | metric area on node 2 | 128 | 127 | pages |\n"
				 "| changed | bind | metric a\\|b\\<i\\> on node 3 | 0 | 1 | pages |\n\n"
				 "changed: 2 changed, 399 the same\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal),   cmocka_unit_test(page_moved),       cmocka_unit_test(to_the_unit),
		cmocka_unit_test(inexact), cmocka_unit_test(not_inexact),      cmocka_unit_test(trace),
		cmocka_unit_test(refused), cmocka_unit_test(group_of_two),     cmocka_unit_test(builds),
		cmocka_unit_test(spreads), cmocka_unit_test(schedule_changed), cmocka_unit_test(range_table),
		cmocka_unit_test(mixed),   cmocka_unit_test(as_a_file),	       cmocka_unit_test(markdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
