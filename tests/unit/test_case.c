/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases: what a case.json may hold, what is refused and how, kernels by range, and conditions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "cases/case.h"
#include "cases/repro.h"
#include "schema.h"
#include "case.h"
#include "cases/repro_load.h"

/* --- refusals ---------------------------------------------------------------------------------------------------------- */
static const struct {
	const char *text, *message;
} bad[] = {
	{ "", "x: line 1, column 0: '[' or '{' expected near end of file" },
	{ "[]", "x: want an object, this is an array" },
	{ GOOD("'abuot': 'b', "), "x: unknown key \"abuot\" (did you mean \"about\"?)" },
	{ GOOD("'about': 'b', "), "x: line 1, column 95: duplicate object key near '\"about\"'" },
	{ GOOD("'kernels': '6.1', "),
	  "x: unknown key \"kernels\" (known here: $schema, about, source, topology, knobs, program, libs, files, "
	  "command, timeout, values, shows, does_not, control, expect, note)" },
	{ "{'about': 'a'}", "x: has no \"source\"" },
	{ "{'about': 'a\\nb'}", "x: about: want one line of text" },
	{ "{'about': 'a', 'source': 's', 'topology': '2node'}",
	  "x: has neither \"program\" nor \"command\": nothing to run" },
	{ GOOD("'program': '../p.c', "), NULL },
	{ GOOD("'timeout': 0, "), "x: timeout 0: want 1 to 3600" },
	{ GOOD("'timeout': '1', "), "x: timeout: want a whole number, this is a string" },
	{ GOOD("'knobs': ['a'], "), "x: knobs: want an object, this is an array" },
	{ GOOD("'knobs': {'ksm.run': true}, "), "x: knobs: ksm.run: want text or a number, this is true" },
	{ GOOD("'command': [], "), "x: command: want an array of words" },
	{ GOOD("'command': ['a', 1], "), "x: command[1]: want text, this is a number" },
	{ GOOD("'values': {'v w': {}}, "),
	  "x: values: value name \"v w\": want letters, digits, '_', '.' and '-'" },
	{ GOOD("'values': {'v': {'file': 'stderr'}}, "), "x: values: v: has no \"find\"" },
	{ GOOD("'values': {'v': {'fiel': 'stderr'}}, "),
	  "x: values: v: unknown key \"fiel\" (did you mean \"file\"?)" },
	{ GOOD("'values': {'v': {'file': 'f', 'find': 'x'}}, "),
	  "x: values: v: find \"x\": want parentheses around what is the value" },
	{ GOOD("'values': {'v': {'file': 'f', 'find': '(x'}}, "),
	  "x: values: v: find \"(x\": is no expression: Unmatched ( or \\(" },
	{ LEAST(""), "x: has no \"shows\": what a kernel gives that shows it" },
	{ LEAST("'shows': {}, "), "x: shows: want an object of values, or several of them in an array" },
	{ LEAST("'shows': [], "), "x: shows: want an object of values" },
	{ LEAST("'shows': {'n': 1.5}, "), "x: shows: n: want text or a number, this is a fraction" },
	{ LEAST("'shows': {'n': '> x'}, "),
	  "x: shows: n: \"> x\": want a number after the sign, or \"== > x\" for this very text" },
	{ LEAST("'shows': {'n': '<x'}, "),
	  "x: shows: n: \"<x\": want a number after the sign, or \"== <x\" for this very text" },
	{ LEAST("'shows': {'n': '>= '}, "),
	  "x: shows: n: \">= \": want a number after the sign, or \"== >= \" for this very text" },
	{ LEAST("'shows': {'n': '=> 5'}, "),
	  "x: shows: n: \"=> 5\": is no condition: want \">= 5\", or \"== => 5\" for this very text" },
	{ LEAST("'shows': {'n': '=<5'}, "),
	  "x: shows: n: \"=<5\": is no condition: want \"<= 5\", or \"== =<5\" for this very text" },
	{ LEAST("'shows': {'n': '<>5'}, "),
	  "x: shows: n: \"<>5\": is no condition: want \"!= 5\", or \"== <>5\" for this very text" },
	{ LEAST("'shows': {'n': '!5'}, "),
	  "x: shows: n: \"!5\": is no condition: want \"!= 5\", or \"== !5\" for this very text" },
	{ LEAST("'shows': {'n': '=~ x'}, "),
	  "x: shows: n: \"=~ x\": is no condition: want \"~ x\", or \"== =~ x\" for this very text" },
	{ LEAST("'shows': {'n': '~'}, "), "x: shows: n: \"~\": want something after the sign" },
	{ LEAST("'shows': {'n': '!='}, "), "x: shows: n: \"!=\": want something after the sign" },
	{ LEAST("'shows': {'n': '0..max'}, "),
	  "x: shows: n: \"0..max\": want a number after the dots, or \"== 0..max\" for this very text" },
	{ LEAST("'shows': {'end': 'killed'}, "),
	  "x: shows: end: \"killed\": want exit N, signal N, deadline, panic or hang" },
	{ LEAST("'shows': {'end': 'signal SIGBUS'}, "),
	  "x: shows: end: \"signal SIGBUS\": want exit N, signal N, deadline, panic or hang" },
	{ LEAST("'shows': {'end': '> 0'}, "),
	  "x: shows: end: \"0\": want exit N, signal N, deadline, panic or hang" },
	{ LEAST("'shows': {'end': 9}, "),
	  "x: shows: end: \"9\": want exit N, signal N, deadline, panic or hang" },
	{ GOOD("'libs': 'm', "), "x: libs: want an array of words" },
	{ GOOD("'libs': ['-L/lib'], "), "x: libs[0] \"-L/lib\": want a library's name, such as -lm or m" },
	{ GOOD("'libs': ['-l'], "), "x: libs[0] \"-l\": want a library's name, such as -lm or m" },
	{ GOOD("'libs': ['-lm -O0'], "), "x: libs[0] \"-lm -O0\": want a library's name, such as -lm or m" },
	{ GOOD("'libs': ['-l-static'], "),
	  "x: libs[0] \"-l-static\": want a library's name, such as -lm or m" },
	{ GOOD("'libs': ['m', '/x.a'], "), "x: libs[1] \"/x.a\": want a library's name, such as -lm or m" },
	{ GOOD("'files': ['/etc/passwd'], "), "x: files: \"/etc/passwd\": want a file beside the case's" },
	{ GOOD("'files': [''], "), "x: files[0]: is empty: want a file" },
	{ GOOD("'values': {'end': {'file': 'stdout', 'find': '(x)'}}, "),
	  "x: values: end: is how it ended: want another name" },
	{ GOOD("'values': {'v': {'file': 'stderr', 'find': '(x)', 'phase': 'end'}}, "),
	  "x: values: v: phase \"end\": stderr has no phases" },
	{ LEAST("'shows': {'n': '~ ('}, "), "x: shows: n: \"(\": is no expression: Unmatched ( or \\(" },
	{ LEAST("'shows': {'n': '5..1'}, "), "x: shows: n: \"5..1\": ends before it begins" },
	{ GOOD("'expect': {'show': '6.1'}, "), "x: expect: unknown key \"show\" (did you mean \"shows\"?)" },
	{ GOOD("'expect': {'shows': '6'}, "),
	  "x: expect: shows: \"6\": want kernels such as 6.1, 6.12.43..6.12.95, 6.7.. or ..6.6" },
	{ GOOD("'expect': {'shows': '6.1.0-50'}, "),
	  "x: expect: shows: \"6.1.0-50\": want kernels such as 6.1, 6.12.43..6.12.95, 6.7.. or ..6.6" },
	{ GOOD("'expect': {'shows': '<6.7'}, "),
	  "x: expect: shows: \"<6.7\": want kernels such as 6.1, 6.12.43..6.12.95, 6.7.. or ..6.6" },
	{ GOOD("'expect': {'shows': '6.1 6.12'}, "),
	  "x: expect: shows: \"6.1 6.12\": want kernels such as 6.1, 6.12.43..6.12.95, 6.7.. or ..6.6, with a "
	  "comma between two" },
	{ GOOD("'expect': {'shows': 6}, "), "x: expect: shows: want one line of text" },
	{ GOOD("'expect': {'shows': '..'}, "),
	  "x: expect: shows: \"..\": want kernels such as 6.1, 6.12.43..6.12.95, 6.7.. or ..6.6" },
	{ GOOD("'expect': {'shows': '6.7..6.1'}, "),
	  "x: expect: shows: \"6.7..6.1\": ends before it begins" },
	{ GOOD("'expect': {'shows': ','}, "), "x: expect: shows: names no kernel" },
	{ GOOD("'expect': {'shows': '..6.12', 'does_not': '6.12.100..'}, "),
	  "x: expect: 6.12.100 is both of \"shows\" and of \"does_not\"" },
	{ GOOD("'control': {}, "), "x: control: has no \"knobs\" of its own" },
	{ GOOD("'control': {'knob': {}}, "), "x: control: unknown key \"knob\" (did you mean \"knobs\"?)" },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;

		assert_null(parse(bad[i].text, &err));
		if (bad[i].message)
			assert_string_equal(err.msg, bad[i].message);
	}
}

static void paths_stay_inside(void **state)
{
	static const char *const away[] = { "/etc/passwd", "../repro.c", "a/../../b" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(away); i++) {
		auto_free char *text = xasprintf(
			"{'about': 'a', 'source': 's', 'topology': '2node', 'program': '%s', 'shows': {'n': 0}, "
			"'does_not': {'n': 1}}",
			away[i]);
		auto_free char *want = xasprintf("x: program \"%s\": want a file beside the case's", away[i]);
		struct err err = ERR_INIT;

		assert_null(parse(text, &err));
		assert_string_equal(err.msg, want);
	}
}

/* What is compared each with each has a bound. */
static void too_many(void **state)
{
	auto_text struct text knobs = { 0 }, kernels = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	for (unsigned i = 0; i < 257; i++) {
		text_printf(&knobs, "%s'hugepages.2048kB.%u': 1", i ? ", " : "", i);
		text_printf(&kernels, "6.1,");
	}
	auto_free char *a = xasprintf(GOOD("'knobs': {%s}, "), text_str(&knobs)),
		       *b = xasprintf(GOOD("'expect': {'shows': '%s'}, "), text_str(&kernels));
	assert_null(parse(a, &err));
	assert_string_equal(err.msg, "x: knobs: names 257 of them: want 256 at most");
	assert_null(parse(b, &err));
	assert_string_equal(err.msg, "x: expect: shows: names more than 200 ranges of kernels");
}

static void taken(void **state)
{
	struct err err = ERR_INIT;
	auto_case struct case_file *c =
		parse(GOOD("'knobs': {'ksm.run': 1, 'thp.enabled': 'never'}, 'command': ['sh', 'x'], "
			   "'control': {'knobs': {'ksm.run': 0}}, 'libs': ['-lm', 'z', '-ll'], "),
		      &err);

	(void)state;
	assert_string_equal(err.msg, "");
	assert_string_equal(c->name, "x");
	assert_int_equal(c->timeout_s, CASE_TIMEOUT_S);
	assert_int_equal(c->knobs.n, 2);
	assert_string_equal(c->knobs.v[0], "ksm.run=1");
	assert_string_equal(c->knobs.v[1], "thp.enabled=never");
	assert_string_equal(c->control.v[0], "ksm.run=0");
	assert_string_equal(c->command.v[1], "x");
	assert_int_equal(c->libs.n, 3);
	assert_string_equal(c->libs.v[0], "m");
	assert_string_equal(c->libs.v[1], "z");
	assert_string_equal(c->libs.v[2], "l");
	assert_null(c->note);
}

/* --- kernels ------------------------------------------------------------------------------------------------------------ */
static const struct {
	const char *ranges;
	unsigned version[3];
	bool in;
} kernels[] = {
	{ "6.1", { 6, 1, 0 }, true },
	{ "6.1", { 6, 1, 999 }, true },
	{ "6.1", { 6, 12, 1 }, false },
	{ "6.1.5", { 6, 1, 5 }, true },
	{ "6.1.5", { 6, 1, 50 }, false },
	{ "..6.6", { 6, 6, 100 }, true },
	{ "..6.6", { 5, 10, 0 }, true },
	{ "..6.6", { 6, 7, 0 }, false },
	{ "6.7..", { 6, 7, 0 }, true },
	{ "6.7..", { 7, 0, 0 }, true },
	{ "6.7..", { 6, 6, 999 }, false },
	{ "6.12.43..6.12.95", { 6, 12, 43 }, true },
	{ "6.12.43..6.12.95", { 6, 12, 95 }, true },
	{ "6.12.43..6.12.95", { 6, 12, 96 }, false },
	{ "6.12.43..6.12.95", { 6, 12, 42 }, false },
	{ "6.1.180..6.1, 6.12.100..6.12", { 6, 1, 192 }, true },
	{ "6.1.180..6.1, 6.12.100..6.12", { 6, 12, 99 }, false },
	{ "6.1.180..6.1, 6.12.100..6.12", { 6, 12, 117 }, true },
	{ "6.1.180..6.1,6.12.100..6.12", { 6, 13, 0 }, false },
	{ "6.1 .. 6.6", { 6, 5, 0 }, true }, /* not the two "6.1" and "6.6" */
	{ "6.1.. 6.6", { 6, 7, 0 }, false },
	{ " 6.1.180 .. 6.1 , 6.12.. ", { 6, 1, 179 }, false },
	{ " 6.1.180 .. 6.1 , 6.12.. ", { 6, 13, 0 }, true },
};

static void ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct case_ranges r = { 0 };
		struct err err = ERR_INIT;

		if (case_ranges_parse(kernels[i].ranges, &r, &err))
			fail_msg("%s", err.msg);
		if (case_ranges_have(&r, kernels[i].version) != kernels[i].in)
			fail_msg("%s and %u.%u.%u", kernels[i].ranges, kernels[i].version[0],
				 kernels[i].version[1], kernels[i].version[2]);
		free(r.v);
	}
}

/* Of a kernel whose last number nobody knows, what holds for all of its series. */
static void of_a_series(void **state)
{
	struct err err = ERR_INIT;
	auto_case struct case_file *c = parse(
		GOOD("'expect': {'shows': '..5.15, 6.1.170..6.1', 'does_not': '6.12, 6.7..6.10'}, "), &err);
	static const struct {
		unsigned version[3];
		enum case_answer a;
	} of[] = { { { 5, 15, 0 }, CASE_SHOWS },    { { 5, 10, 0 }, CASE_SHOWS },
		   { { 5, 16, 0 }, CASE_ANSWERS },  { { 6, 1, 0 }, CASE_ANSWERS },
		   { { 6, 12, 0 }, CASE_DOES_NOT }, { { 6, 8, 0 }, CASE_DOES_NOT },
		   { { 6, 10, 0 }, CASE_DOES_NOT } };

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < ARRAY_SIZE(of); i++)
		if (case_expected_series(c, of[i].version) != of[i].a)
			fail_msg("%u.%u", of[i].version[0], of[i].version[1]);
}

/* --- conditions ---------------------------------------------------------------------------------------------------------- */
static const struct {
	const char *want, *value;
	enum case_truth holds;
} wants[] = {
	{ "512", "512", CASE_TRUE },
	{ "512", "5120", CASE_FALSE },
	{ "512/0", "512/0", CASE_TRUE },
	{ "!= 0", "1", CASE_TRUE },
	{ "!= 0", "0", CASE_FALSE },
	{ ">= 7", "7", CASE_TRUE },
	{ ">= 7", "6", CASE_FALSE },
	{ ">= 7", "seven", CASE_UNKNOWN },
	{ ">= 7", "8 pages", CASE_UNKNOWN },
	{ ">= 7", "", CASE_UNKNOWN },
	{ "1..5", "0x3", CASE_UNKNOWN },
	{ "> 7", "7", CASE_FALSE },
	{ "< 7", "-8", CASE_TRUE },
	{ "<= 7", "7", CASE_TRUE },
	{ "<= 7", "7.5", CASE_FALSE },
	{ "1..5", "5", CASE_TRUE },
	{ "1..5", "6", CASE_FALSE },
	{ "-5..-1", "-3", CASE_TRUE },
	{ "~ ^(01)+$", "0101", CASE_TRUE },
	{ "~ ^(01)+$", "010", CASE_FALSE },
	{ "~ out of range", "node 1 is out of range", CASE_TRUE },
	{ "18446744073707454464", "18446744073707454464", CASE_TRUE },
	{ ">= 18446744073707454464", "18446744073707454463", CASE_FALSE },
	{ "a..b", "a..b", CASE_TRUE },
	/* without the blank, or with more of them */
	{ "<5", "4", CASE_TRUE },
	{ "<5", "5", CASE_FALSE },
	{ "<=5", "5", CASE_TRUE },
	{ ">5", "5", CASE_FALSE },
	{ ">=7", "8", CASE_TRUE },
	{ "!=0", "0", CASE_FALSE },
	{ "!=0", "1", CASE_TRUE },
	{ "~^(01)+$", "0101", CASE_TRUE },
	{ "==5", "5", CASE_TRUE },
	{ "= 5", "5", CASE_TRUE },
	{ " >=  7 ", "8", CASE_TRUE },
	{ ">=-3", "-3", CASE_TRUE },
	{ "1 .. 5", "3", CASE_TRUE },
	{ "5..", "6", CASE_TRUE },
	{ "5..", "4", CASE_FALSE },
	{ "..5", "5", CASE_TRUE },
	{ "..5", "6", CASE_FALSE },
	{ "..", "..", CASE_TRUE },
	/* a text that begins like a condition */
	{ "== <none>", "<none>", CASE_TRUE },
	{ "== 1..5", "3", CASE_FALSE },
};

static void conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
		struct case_want w = { 0 };
		struct err err = ERR_INIT;

		if (case_want_parse(wants[i].want, &w, &err))
			fail_msg("%s", err.msg);
		if (case_want_holds(&w, wants[i].value) != wants[i].holds)
			fail_msg("\"%s\" and \"%s\"", wants[i].want, wants[i].value);
		free(w.text);
	}
}

static void words(void **state)
{
	(void)state;
	for (enum case_answer a = 0; a < CASE_ANSWERS; a++)
		assert_int_equal(case_answer_of(case_answer_key(a)), a);
	assert_int_equal(case_answer_of("show"), CASE_ANSWERS);
}

/* --- those of this project ------------------------------------------------------------------------------------------------ */
/* Each loads, with its topology, knobs and program, and is what the schema says; so is the template. */
static void ours(void **state)
{
	auto_json json_t *root =
		json_load_file(TEST_SOURCE_DIR "/cases/case.schema.json", JSON_REJECT_DUPLICATES, NULL);
	struct schema schema = { root };
	auto_strlist struct strlist names = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(root);
	assert_int_equal(repro_names(TEST_SOURCE_DIR, &names, &err), 0);
	assert_true(names.n > 0);
	strlist_add(&names, "template");
	for (size_t i = 0; i < names.n; i++) {
		auto_case struct case_file *c = NULL;
		struct err why = ERR_INIT;

		if (repro_load(TEST_SOURCE_DIR, names.v[i], &c, &why) ||
		    schema_value(&schema, root, c->json, "$", &why))
			fail_msg("%s: %s", names.v[i], why.msg);
	}
}

/* The schema refuses what the parser refuses, where a schema can say it. */
static void schema_refuses(void **state)
{
	static const char *const no[] = { GOOD("'abuot': 'b', "), GOOD("'timeout': '1', "), LEAST(""),
					  GOOD("'expect': {'show': '6.1'}, "),
					  GOOD("'values': {'v': {}}, ") };
	auto_json json_t *root =
		json_load_file(TEST_SOURCE_DIR "/cases/case.schema.json", JSON_REJECT_DUPLICATES, NULL);
	struct schema schema = { root };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		auto_free char *text = quoted(no[i]);
		auto_json json_t *j = json_loads(text, 0, NULL);
		struct err err = ERR_INIT;

		assert_non_null(j);
		assert_int_not_equal(schema_value(&schema, root, j, "$", &err), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),    cmocka_unit_test(paths_stay_inside),
		cmocka_unit_test(too_many),   cmocka_unit_test(taken),
		cmocka_unit_test(ranges),     cmocka_unit_test(of_a_series),
		cmocka_unit_test(conditions), cmocka_unit_test(words),
		cmocka_unit_test(ours),	      cmocka_unit_test(schema_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
