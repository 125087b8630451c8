/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report/mission.h: the table against the workloads that prove it, and what is made of results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/file.h"
#include "judge/judge.h"
#include "report/mission.h"
#include "report/mission_rows.h"
#include "schema.h"

#define COMMITTED TEST_SOURCE_DIR "/results/mission.json"
#define SCHEMA TEST_SOURCE_DIR "/results/schema/mission.schema.json"
#define DIGEST "64fd5d35ba5e2b1a9f4a3d3ad4b2a9fbd0f9d5bb86a9e2f1a7a1f1f0c3b2a190"
#define PAGE TEST_SOURCE_DIR "/results/MISSION.md"

static void names(void **state)
{
	(void)state;
	assert_true(mission_names("T1", "T1"));
	assert_true(mission_names("B6 T1 W2", "T1"));
	assert_true(mission_names("B6 T1", "T1"));
	assert_false(mission_names("T10 B1", "T1"));
	assert_false(mission_names("T1", "T10"));
	assert_false(mission_names("", "T1"));
}

static const struct workload *named(const char *name)
{
	for (const struct workload_entry *e = workload_table; e->name; e++)
		if (!strcmp(e->name, name))
			return e->w;
	return NULL;
}

static bool known(const char *rows)
{
	size_t words = 0, found = 0;

	for (const char *at = rows; *at; at += strcspn(at, " "), at += strspn(at, " "))
		words++;
	for (const struct mission_row *r = mission_rows; r->id; r++)
		found += mission_names(rows, r->id);
	return words == found;
}

/* Each row has a check, and the metric that is shown; what a check names are rows. A workload may prove none. */
static void rows_and_checks(void **state)
{
	unsigned rows = 0;

	(void)state;
	for (const struct mission_row *r = mission_rows; r->id; r++, rows++) {
		const struct workload *w = named(r->workload);
		bool metric = false, check = false;

		if (!w)
			fail_msg("row %s: there is no workload %s", r->id, r->workload);
		wl_foreach (m, &w->metrics)
			metric |= !strcmp(m->name, r->metric);
		wl_foreach (e, &w->expects)
			check |= mission_names(e->rows, r->id);
		if (!metric || !check)
			fail_msg("row %s: %s has no %s", r->id, r->workload,
				 metric ? "check of it" : r->metric);
	}
	assert_true(rows > 0);
	for (const struct workload_entry *e = workload_table; e->name; e++)
		wl_foreach (x, &e->w->expects)
			if (!known(x->rows))
				fail_msg("%s: check %s names rows \"%s\"", e->name, x->name, x->rows);
}

/* A result whose one workload, bind, has one check of N3. */
static json_t *result(const char *kernel, const char *outcome, int pages)
{
	return json_pack("{s:s, s:{s:s, s:{s:s}, s:{s:s}, s:[{s:s, s:s, s:[{s:s, s:s, s:s}], "
			 "s:[{s:s, s:i, s:s, s:i}, {s:s, s:i, s:s, s:i}]}]}}",
			 "kernel", kernel, "result", "digest", DIGEST, "kernel", "release", "6.12.1",
			 "topology", "name", "4node", "workloads", "name", "bind#2", "outcome", outcome,
			 "checks", "name", "area-bound", "rows", "N3", "outcome", outcome, "metrics", "name",
			 "area", "value", 5, "unit", "pages", "nid", 0, "name", "area", "value", pages,
			 "unit", "pages", "nid", 2);
}

static const json_t *on(const json_t *mission, const char *row, const char *kernel)
{
	json_t *r;
	size_t i;

	json_array_foreach (json_object_get(mission, "rows"), i, r) {
		if (!strcmp(json_string_value(json_object_get(r, "row")), row))
			return json_object_get(json_object_get(r, "kernels"), kernel);
	}
	fail_msg("no row %s", row);
	return NULL;
}

static void only_row(const json_t *mission, const char *row)
{
	json_t *rows = json_object_get(mission, "rows");

	for (size_t i = json_array_size(rows); i--;)
		if (strcmp(json_string_value(json_object_get(json_array_get(rows, i), "row")), row) != 0)
			json_array_remove(rows, i);
}

static void made(void **state)
{
	auto_json json_t *results = json_array();
	auto_text struct text t = { 0 }, md = { 0 };

	(void)state;
	json_array_append_new(results, result("6.12", "pass", 128));
	json_array_append_new(results, result("6.12", "xfail", 9));
	json_array_append_new(results, result("lab", "fail", 3));
	auto_json json_t *m = mission_make(results), *schema = json_load_file(SCHEMA, 0, NULL);
	struct err err = ERR_INIT;

	if (schema_check(schema, m, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(json_array_size(json_object_get(m, "kernels")), 2);
	assert_string_equal(json_string_value(json_object_get(on(m, "N3", "6.12"), "outcome")), "xfail");
	assert_int_equal(json_integer_value(json_object_get(on(m, "N3", "6.12"), "checks")), 2);
	const json_t *number = json_object_get(on(m, "N3", "6.12"), "number");
	assert_int_equal(json_integer_value(json_object_get(number, "value")), 128);
	assert_int_equal(json_integer_value(json_object_get(number, "nid")), 2);
	assert_string_equal(json_string_value(json_object_get(on(m, "N3", "lab"), "outcome")), "fail");
	assert_string_equal(json_string_value(json_object_get(on(m, "T1", "lab"), "outcome")),
			    "broken"); /* nobody ran it */
	assert_int_equal(mission_outcome(m), OUTCOME_BROKEN);
	only_row(m, "N3");
	assert_int_equal(mission_outcome(m), OUTCOME_FAIL);
	mission_text(m, false, &t);
	assert_non_null(strstr(t.s, "N3   XFAIL   FAIL    where each"));
	assert_non_null(strstr(t.s, "area 128 pages on node 2 (6.12)"));
	mission_markdown(m, &md);
	assert_non_null(strstr(md.s, "| XFAIL | FAIL | area 128 pages on node 2 (6.12) |"));
	assert_non_null(strstr(md.s, "- 6.12 (6.12.1), 4node: digest " DIGEST "\n"));
}

/* A workload without checks counts by its own outcome; a row that nothing shows is a failure. */
static void outcomes(void **state)
{
	static const struct {
		const char *outcome;
		enum outcome row, all;
	} cases[] = {
		{ "broken", OUTCOME_BROKEN, OUTCOME_BROKEN },
		{ "skip", OUTCOME_SKIP, OUTCOME_FAIL },
		{ "nonsense", OUTCOME_BROKEN, OUTCOME_BROKEN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_json json_t *results = json_pack("[o]", result("6.12", cases[i].outcome, 1));
		json_t *entry = json_array_get(
			json_object_get(json_object_get(json_array_get(results, 0), "result"), "workloads"),
			0);

		json_object_set_new(entry, "checks", json_array());
		auto_json json_t *m = mission_make(results);
		const char *is = json_string_value(json_object_get(on(m, "N3", "6.12"), "outcome"));

		only_row(m, "N3");
		assert_string_equal(is, cases[i].row == OUTCOME_SKIP ? "skip" : "broken");
		assert_int_equal(mission_outcome(m), cases[i].all);
	}
}

static void read_text(const char *path, struct text *out)
{
	struct err err = ERR_INIT;

	if (file_read(path, 1 << 22, out, &err))
		fail_msg("%s: %s", path, err.msg);
}

/* What is committed says of every row of today that it holds, on three kernels, and the page is its rendering. */
static void committed(void **state)
{
	auto_json json_t *m = json_load_file(COMMITTED, 0, NULL);
	auto_text struct text page = { 0 }, made_now = { 0 };
	const struct mission_row *r = mission_rows;
	json_t *row;
	size_t i;

	(void)state;
	assert_non_null(m);
	assert_int_equal(json_array_size(json_object_get(m, "kernels")), 3);
	assert_true(mission_outcome(m) == OUTCOME_PASS || mission_outcome(m) == OUTCOME_XFAIL);
	json_array_foreach (json_object_get(m, "rows"), i, row) {
		assert_string_equal(json_string_value(json_object_get(row, "row")), r->id);
		assert_string_equal(json_string_value(json_object_get(row, "statement")), r->statement);
		r++;
	}
	assert_null(r->id);
	mission_markdown(m, &made_now);
	read_text(PAGE, &page);
	assert_string_equal(page.s, made_now.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),    cmocka_unit_test(rows_and_checks), cmocka_unit_test(made),
		cmocka_unit_test(outcomes), cmocka_unit_test(committed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
