/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge/summary.h: what a baseline or a result may say before anything is taken from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "judge/compare.h"
#include "judge/summary.h"
#include "tests/unit/results.h"
#include "judge/summary_check.h"

#define DATA TEST_SOURCE_DIR "/tests/data/"

static const struct {
	const char *path[7]; /* of members to the one that is set */
	const char *value, *message;
} wrong[] = {
	{ { "schema" },
	  "3",
	  "is of schema 3, this program reads up to 2: use the one that wrote it, or a newer one" },
	{ { "schema" }, "\"x\"", "is no baseline: it has no schema" },
	{ { "runs" }, "[]", "is no baseline: it has no runs" },
	{ { "runs" }, "[{\"seed\": 0}]", "is no baseline: run 0 lacks its seed or records" },
	{ { "plan" }, "5", "is no baseline: it has no plan" },
	{ { "workloads", "bind" }, "5", "is no baseline: workload bind: has no valid outcome" },
	{ { "workloads", "bind", "outcome" },
	  "\"fine\"",
	  "is no baseline: workload bind: has no valid outcome" },
	{ { "workloads", "bind", "outcome" },
	  "{\"pass\": 99}",
	  "is no baseline: workload bind: has no valid outcome" },
	{ { "workloads", "bind", "outcome" },
	  "{\"pass\": \"5\"}",
	  "is no baseline: workload bind: has no valid outcome" },
	{ { "workloads", "bind", "checks", "area-bound" },
	  "null",
	  "is no baseline: workload bind: check area-bound: has no valid outcome" },
	{ { "workloads", "bind", "metrics", "area", "nodes", "1" },
	  "\"128\"",
	  "is no baseline: workload bind: metric area: node 1: want a number or two" },
	{ { "workloads", "bind", "metrics", "area", "nodes", "1" },
	  "[5]",
	  "is no baseline: workload bind: metric area: node 1: want a number or two" },
	{ { "workloads", "bind", "metrics", "area", "nodes", "1" },
	  "[5, 4]",
	  "is no baseline: workload bind: metric area: node 1: want a number or two" },
	{ { "workloads", "bind", "metrics", "area", "nodes", "-1" },
	  "5",
	  "is no baseline: workload bind: metric area: \"-1\" is no node" },
	{ { "workloads", "bind", "metrics", "area", "timing" },
	  "null",
	  "is no baseline: workload bind: metric area: lacks nodes, unit, better or timing" },
};

/* What is no number is not taken for 0, and what is no outcome is not taken for a pass. */
static void wrong_baselines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		auto_json json_t *b = file(DATA "baseline-schema1.json");
		const char *const *key = wrong[i].path;
		struct err err = ERR_INIT;
		json_t *at = b;

		for (; key[1]; key++)
			at = json_object_get(at, *key);
		json_object_set_new(at, *key, json_loads(wrong[i].value, JSON_DECODE_ANY, NULL));
		summary_check(b, &err);
		assert_string_equal(err.msg, wrong[i].message);
	}
}

static const struct {
	const char *key; /* of bind's first metric, else of its first check, else of itself */
	char of;	 /* 'm', 'c', 'w', 'r' */
	const char *value, *message;
} wrong_result[] = {
	{ "schema", 'r', "3",
	  "is of schema 3, this program reads up to 2: use the one that wrote it, or a newer one" },
	{ "schema", 'r', "null", "is no result.json: it has no schema" },
	{ "knobs", 'r', "null", "is no result.json: it has no knobs" },
	{ "outcome", 'w', "\"fine\"", "is no result.json: workload bind: \"fine\" is no outcome" },
	{ "outcome", 'w', "null", "is no result.json: workload bind: \"\" is no outcome" },
	{ "outcome", 'c', "1", "is no result.json: workload bind: check area-bound: \"\" is no outcome" },
	{ "value", 'm', "\"5\"", "is no result.json: workload bind: metric area: its value is no integer" },
	{ "value", 'm', "null", "is no result.json: workload bind: metric area: its value is no integer" },
	{ "value", 'm', "5.5", "is no result.json: workload bind: metric area: its value is no integer" },
	{ "nid", 'm', "\"0\"",
	  "is no result.json: workload bind: metric area: its nid is neither a node nor null" },
	{ "timing", 'm', "0", "is no result.json: workload bind: metric area: lacks unit, better or timing" },
};

static void wrong_results(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong_result); i++) {
		json_t *r = file(DATA "result-schema1.json"), *w = workload(r, "bind"), *s = NULL;
		auto_json json_t *list = json_pack("[o]", r);
		char of = wrong_result[i].of;
		json_t *at =
			of == 'r'   ? r
			: of == 'w' ? w
				    : json_array_get(json_object_get(w, of == 'm' ? "metrics" : "checks"), 0);
		struct err err = ERR_INIT;

		json_object_set_new(at, wrong_result[i].key,
				    json_loads(wrong_result[i].value, JSON_DECODE_ANY, NULL));
		summary_make(list, &s, &err);
		assert_string_equal(err.msg, wrong_result[i].message);
		assert_null(s);
	}
}

/* Values at the ends of what a number can be. */
static void far_values(void **state)
{
	struct compare_range least = { INT64_MIN, INT64_MIN, 5 }, most = { INT64_MAX, INT64_MAX, 5 },
			     all = { INT64_MIN, INT64_MAX, 5 };

	(void)state;
	assert_int_equal(compare_ranges(&least, &most, "higher", true), COMPARE_BETTER);
	assert_int_equal(compare_ranges(&most, &least, "higher", true), COMPARE_WORSE);
	assert_int_equal(compare_ranges(&all, &most, "higher", true), COMPARE_SAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_baselines),
		cmocka_unit_test(wrong_results),
		cmocka_unit_test(far_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
