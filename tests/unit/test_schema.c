/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * results/schema/result.schema.json against a real result, results made worse, and what this program makes now.
 *
 * With arguments it is the validator for tests/e2e/schema.sh: each names a result.json.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/file.h"
#include "run/run.h"
#include "schema.h"
#include "run/rejudge.h"

#define SCHEMA TEST_SOURCE_DIR "/results/schema/result.schema.json"
#define EXAMPLE TEST_SOURCE_DIR "/tests/data/result-example.json"

static json_t *load(const char *path)
{
	json_error_t why;
	json_t *j = json_load_file(path, JSON_REJECT_DUPLICATES, &why);

	if (!j)
		fail_msg("%s: line %d: %s", path, why.line, why.text);
	return j;
}

/* --- the validator itself ---------------------------------------------------------------------------------------- */
static const struct {
	const char *schema, *value, *message; /* NULL: valid */
} rules[] = {
	{ "{'type': 'object'}", "{'a': 1}", NULL },
	{ "{'type': 'object'}", "[]", "$: type is not \"object\"" },
	{ "{'type': ['integer', 'null']}", "[null]", "$: type is not [\"integer\", \"null\"]" },
	{ "{'items': {'type': ['integer', 'null']}}", "[null, 3]", NULL },
	{ "{'items': {'type': 'integer'}}", "[1, true]", "$[1]: type is not \"integer\"" },
	{ "{'items': {'type': 'boolean'}}", "[false, 0]", "$[1]: type is not \"boolean\"" },
	{ "{'items': {'type': 'number'}}", "[1, 1.5, '1']", "$[2]: type is not \"number\"" },
	{ "{'required': ['a', 'b']}", "{'a': null}", "$: has no \"b\"" },
	{ "{'properties': {'a': {'type': 'string'}}}", "{'b': 1}", NULL },
	{ "{'properties': {'a': {'type': 'string'}}}", "{'a': 1}", "$.a: type is not \"string\"" },
	{ "{'properties': {'a': {}}, 'additionalProperties': false}", "{'a': 1}", NULL },
	{ "{'properties': {'a': {}}, 'additionalProperties': false}", "{'a': 1, 'b': 2}",
	  "$: \"b\" does not belong there" },
	{ "{'additionalProperties': {'type': 'null'}}", "{'b': 1}", "$.b: type is not \"null\"" },
	{ "{'items': {'enum': ['x', null]}}", "['x', null, 'y']", "$[2]: \"y\" is none of those it may be" },
	{ "{'properties': {'a': {'const': 1}}}", "{'a': 2}", "$.a: is not the constant it has to be" },
	{ "{'items': {'pattern': '^[0-9a-f]{2}$'}}", "['0f', 3, '0F']",
	  "$[2]: \"0F\" does not match ^[0-9a-f]{2}$" },
	{ "{'items': {'minimum': 0}}", "[0, null, -1]", "$[2]: is below 0" },
	{ "{'items': {'maximum': 9}}", "[9, null, 10]", "$[2]: is above 9" },
	{ "{'minItems': 2, 'maxItems': 2}", "[1, 2]", NULL },
	{ "{'minItems': 2}", "[1]", "$: has 1 items, want at least 2" },
	{ "{'maxItems': 2}", "[1, 2, 3]", "$: has 3 items, want at most 2" },
	{ "{'maxItems': 2}", "{'a': 1, 'b': 2, 'c': 3}", NULL },
	{ "{'propertyNames': {'pattern': '^[0-9]$'}}", "{'1': 1}", NULL },
	{ "{'propertyNames': {'pattern': '^[0-9]$'}}", "{'1': 1, 'x': 1}",
	  "name: $.x: \"x\" does not match ^[0-9]$" },
	{ "{'items': {'anyOf': [{'type': 'null'}, {'type': 'string'}]}}", "[null, 'a', 1]",
	  "$[2]: type is not \"string\"" },
	{ "{'items': {'$ref': '#/$defs/n'}, '$defs': {'n': {'minimum': 3}}}", "[3, 2]", "$[1]: is below 3" },
	{ "{'$ref': '#/$defs/n', 'required': ['b'], '$defs': {'n': {}}}", "{}", "$: has no \"b\"" },
	{ "{'$ref': '#/$defs/no'}", "{}", "schema: $ref #/$defs/no: leads nowhere" },
	{ "{'items': {'maxLength': 3}}", "[1]", "schema: keyword \"maxLength\" at $[0]: is not known here" },
	{ "{'items': true}", "[1]", "schema: rule at $[0]: is no object" },
	{ "{'items': {'pattern': '('}}", "['']", "schema: pattern at $[0]: is no expression" },
};

/* With ' for ", for the eye. */
static json_t *quoted(const char *text)
{
	auto_free char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	json_t *j = json_loads(copy, 0, NULL);
	assert_non_null(j);
	return j;
}

static void validator(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		auto_json json_t *schema = quoted(rules[i].schema);
		auto_json json_t *value = quoted(rules[i].value);
		struct err err = ERR_INIT;
		int r = schema_check(schema, value, &err);

		assert_string_equal(r ? err.msg : "", rules[i].message ? rules[i].message : "");
	}
}

/* --- the example ---------------------------------------------------------------------------------------------------- */
static void example_is_valid(void **state)
{
	auto_json json_t *schema = load(SCHEMA);
	auto_json json_t *example = load(EXAMPLE);
	struct err err = ERR_INIT;
	struct sha256 digest;

	(void)state;
	if (schema_check(schema, example, &err))
		fail_msg("%s", err.msg);
	result_digest(example, &digest);
	assert_string_equal(json_string_value(json_object_get(example, "digest")), digest.hex);
	json_t *number =
		json_object_get(json_object_get(json_object_get(schema, "properties"), "schema"), "const");
	assert_int_equal(json_integer_value(number), RESULT_SCHEMA);
}

/* "workloads.0.checks.0"; '*' is an object's first member. NULL when it leads nowhere. */
static json_t *at(json_t *j, const char *path)
{
	auto_free char *copy = xstrdup(path);
	char *save = NULL;

	for (char *w = strtok_r(copy, ".", &save); w && j; w = strtok_r(NULL, ".", &save)) {
		if (*w == '*')
			j = json_object_iter_value(json_object_iter(j));
		else
			j = json_is_array(j) ? json_array_get(j, (size_t)atoi(w)) : json_object_get(j, w);
	}
	return j;
}

/* Every object whose names are fixed, and the names that may be absent. */
static const struct {
	const char *path, *optional;
} objects[] = {
	{ "", "" },
	{ "inputs", "files" },
	{ "plan", "exec" },
	{ "plan.workloads.0", "" },
	{ "topology", "" },
	{ "kernel", "" },
	{ "qemu", "" },
	{ "knobs", "" },
	{ "workloads.0", "" },
	{ "workloads.0.checks.0", "" },
	{ "workloads.0.metrics.0", "" },
	{ "workloads.0.phases.0", "" },
	{ "workloads.0.knobs_differ.0", "" },
	{ "host", "packages" },
	{ "host.machines.*", "restore_ns first_record_ns wall_ns qemu_peak_kb" },
};

static void missing_key_fails(void **state)
{
	auto_json json_t *schema = load(SCHEMA);
	auto_json json_t *example = load(EXAMPLE);
	json_t *v;
	const char *key;
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		json_object_foreach (at(example, objects[i].path), key, v) {
			auto_json json_t *worse = json_deep_copy(example);
			auto_free char *want = xasprintf(": has no \"%s\"", key);
			struct err err = ERR_INIT;
			bool optional = strstr(objects[i].optional, key) != NULL;

			json_object_del(at(worse, objects[i].path), key);
			int r = schema_check(schema, worse, &err);
			if (optional ? r : !r || !strstr(err.msg, want))
				fail_msg("%s without \"%s\": \"%s\"", objects[i].path, key, err.msg);
			tried++;
		}
	}
	assert_true(tried > 60); /* the example has them all */
}

static void extra_key_fails(void **state)
{
	auto_json json_t *schema = load(SCHEMA);
	auto_json json_t *example = load(EXAMPLE);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(objects); i++) {
		auto_json json_t *worse = json_deep_copy(example);
		struct err err = ERR_INIT;

		assert_int_equal(json_object_set_new(at(worse, objects[i].path), "surplus", json_null()), 0);
		if (!schema_check(schema, worse, &err) ||
		    !strstr(err.msg, ": \"surplus\" does not belong there"))
			fail_msg("%s with one more key: \"%s\"", objects[i].path, err.msg);
	}
}

/* A key of the path's last word gets another value. */
static const struct {
	const char *object, *key, *value;
} wrong[] = {
	{ "", "schema", "1" },
	{ "", "engine", "'tcg'" },
	{ "", "digest", "'67AB'" },
	{ "", "workloads", "{}" },
	{ "inputs", "kernel", "''" },
	{ "inputs", "seed", "-1" },
	{ "plan", "events", "[1]" },
	{ "plan", "knobs", "{'ksm.run': 1}" },
	{ "topology", "file", "'4node'" },
	{ "kernel", "package", "7" },
	{ "workloads.0", "outcome", "'PASS'" },
	{ "workloads.0", "params", "{'pages': 128}" },
	{ "workloads.0", "knobs", "{'ksm.run': 0}" },
	{ "workloads.0", "ended", "'code'" },
	{ "workloads.0", "exit_code", "256" },
	{ "workloads.0", "signal", "9" },
	{ "workloads.0", "oom", "true" },
	{ "workloads.0", "output_cut_bytes", "-1" },
	{ "workloads.0", "knobs_differ", "{}" },
	{ "workloads.0.knobs_differ.0", "got", "95" },
	{ "workloads.0", "virtual_ns", "'1'" },
	{ "workloads.0", "instructions", "1.5" },
	{ "workloads.0", "raw", "'0'" },
	{ "workloads.0", "events", "''" },
	{ "workloads.0.checks.0", "outcome", "null" },
	{ "workloads.0.metrics.0", "value", "'128'" },
	{ "workloads.0.metrics.0", "nid", "-1" },
	{ "workloads.0.metrics.0", "better", "'more'" },
	{ "workloads.0.metrics.0", "timing", "0" },
	{ "workloads.0.phases.0", "virtual_ns", "null" },
	{ "host.machines.*", "end", "'ended'" },
	{ "host.machines.*", "wall_ns", "-1" },
};

static void wrong_value_fails(void **state)
{
	auto_json json_t *schema = load(SCHEMA);
	auto_json json_t *example = load(EXAMPLE);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		auto_json json_t *worse = json_deep_copy(example);
		auto_free char *list = xasprintf("[%s]", wrong[i].value);
		auto_json json_t *values = quoted(list);
		struct err err = ERR_INIT;

		assert_non_null(json_object_get(at(worse, wrong[i].object), wrong[i].key));
		json_object_set(at(worse, wrong[i].object), wrong[i].key, json_array_get(values, 0));
		if (schema_check(schema, worse, &err) != -EBADMSG)
			fail_msg("%s.%s %s: \"%s\"", wrong[i].object, wrong[i].key, wrong[i].value, err.msg);
	}
}

/* --- what this program makes now -------------------------------------------------------------------------------------- */
/* A run directory whose machines left nothing: each entry is BROKEN, with all its keys. */
static void judge_makes_valid(json_t *plan)
{
	auto_json json_t *schema = load(SCHEMA);
	auto_json json_t *head = load(EXAMPLE);
	auto_json json_t *result = NULL;
	static const char *const later[] = { "workloads", "knobs", "digest", "host" };
	char dir[] = "/tmp/numarig-schema-XXXXXX";
	struct err err = ERR_INIT, ignored = ERR_INIT;
	enum outcome outcome;

	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		json_object_del(head, later[i]);
	if (plan)
		json_object_set_new(head, "plan", plan);
	assert_non_null(mkdtemp(dir));
	auto_free char *raw = xasprintf("%s/raw", dir);
	auto_free char *file = xasprintf("%s/run.json", raw);
	int r = dir_make(raw, &err);
	r = r ? r : json_dump_file(head, file, 0) ? err_set(&err, -EIO, "%s", file) : 0;
	r = r ? r : run_judge(dir, &result, &outcome, &err);
	dir_remove(dir, &ignored);
	if (r || schema_check(schema, result, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(outcome, OUTCOME_BROKEN);
}

static void judged_run_is_valid(void **state)
{
	(void)state;
	judge_makes_valid(NULL);
}

/* A run directory of schema 1 gives a result of schema 1: what later ones have is not in its digest. */
static void older_run_is_read(void **state)
{
	auto_json json_t *head = load(EXAMPLE), *result = NULL;
	static const char *const later[] = { "workloads", "knobs", "digest", "host" };
	char dir[] = "/tmp/numarig-schema-XXXXXX";
	struct err ignored = ERR_INIT;
	enum outcome outcome;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(later); i++)
		json_object_del(head, later[i]);
	assert_non_null(mkdtemp(dir));
	auto_free char *raw = xasprintf("%s/raw", dir), *file = xasprintf("%s/run.json", raw);
	for (int schema = 0; schema <= RESULT_SCHEMA + 1; schema++) {
		struct err err = ERR_INIT;
		bool read = schema > 0 && schema <= RESULT_SCHEMA;

		json_object_set_new(head, "schema", json_integer(schema));
		int r = dir_make(raw, &err);
		r = r ? r : json_dump_file(head, file, 0) ? err_set(&err, -EIO, "%s", file) : 0;
		r = r ? r : run_judge(dir, &result, &outcome, &err);
		dir_remove(dir, &ignored);
		if (r != (read ? 0 : -EBADMSG))
			fail_msg("schema %d: %d %s", schema, r, err.msg);
		if (!read)
			continue;
		assert_int_equal(json_integer_value(json_object_get(result, "schema")), schema);
		assert_int_equal(json_object_get(at(result, "workloads.0"), "ended") != NULL, schema > 1);
		assert_int_equal(json_object_get(at(result, "workloads.0"), "knobs_differ") != NULL,
				 schema > 1);
		json_decref(take_ptr(result));
	}
}

static void judged_exec_is_valid(void **state)
{
	(void)state;
	judge_makes_valid(quoted(
		"{'workloads': [], 'knobs': {}, 'events': ['migrate:*'], 'seed': 0, 'shift': 5, 'sample_ms': 100,"
		" 'exec': {'argv': ['numactl', '-H'], 'cwd': '/', 'timeout_s': 60}}"));
}

/* --- as a program -------------------------------------------------------------------------------------------------------- */
static int validate(int n, char **files)
{
	auto_json json_t *schema = json_load_file(SCHEMA, 0, NULL);
	int failed = 0;

	for (int i = 0; i < n; i++) {
		json_error_t why = { .text = "" };
		auto_json json_t *j = json_load_file(files[i], JSON_REJECT_DUPLICATES, &why);
		struct err err = ERR_INIT;
		bool bad = !schema || !j || schema_check(schema, j, &err);

		failed += bad;
		printf("%sok %d - %s%s%s%s\n", bad ? "not " : "", i + 1, files[i], bad ? ": " : "",
		       bad && !schema ? SCHEMA " can't be read" : "", j ? err.msg : why.text);
	}
	return failed != 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(validator),
		cmocka_unit_test(example_is_valid),
		cmocka_unit_test(missing_key_fails),
		cmocka_unit_test(extra_key_fails),
		cmocka_unit_test(wrong_value_fails),
		cmocka_unit_test(judged_run_is_valid),
		cmocka_unit_test(judged_exec_is_valid),
		cmocka_unit_test(older_run_is_read),
	};

	if (argc > 1)
		return validate(argc - 1, argv + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
