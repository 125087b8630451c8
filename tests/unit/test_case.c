/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases: what a case.json may hold, what is refused and how, kernels by range, and every way to an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "judge/case.h"
#include "run/repro.h"
#include "schema.h"

/* With ' for ", for the eye. */
static char *quoted(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return copy;
}

/* The least there may be, and more members of the test's. */
#define LEAST(more) \
	"{'about': 'a', 'source': 's', 'topology': '2node', 'program': 'p.c', " more "'does_not': {'n': 1}}"
#define GOOD(more) LEAST("'shows': {'n': 0}, " more)

static struct case_file *parse(const char *text, struct err *err)
{
	auto_free char *json = quoted(text);
	struct case_file *c;

	return case_parse(json, strlen(json), "x", "/d", &c, err) ? NULL : c;
}

/* --- refusals ---------------------------------------------------------------------------------------------------------- */
static const struct {
	const char *text, *message;
} bad[] = {
	{ "", "x: line 1, column 0: '[' or '{' expected near end of file" },
	{ "[]", "x: want an object, this is an array" },
	{ GOOD("'abuot': 'b', "), "x: unknown key \"abuot\" (did you mean \"about\"?)" },
	{ GOOD("'about': 'b', "), "x: line 1, column 95: duplicate object key near '\"about\"'" },
	{ GOOD("'kernels': '6.1', "),
	  "x: unknown key \"kernels\" (known here: $schema, about, source, topology, knobs, program, command, "
	  "timeout, values, shows, does_not, control, expect, note)" },
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
	{ LEAST("'shows': {'n': '> x'}, "), "x: shows: n: \"> x\": want a number behind the sign" },
	{ LEAST("'shows': {'n': '~ ('}, "), "x: shows: n: \"(\": is no expression: Unmatched ( or \\(" },
	{ LEAST("'shows': {'n': '5..1'}, "), "x: shows: n: \"5..1\": ends before it begins" },
	{ GOOD("'expect': {'show': '6.1'}, "), "x: expect: unknown key \"show\" (did you mean \"shows\"?)" },
	{ GOOD("'expect': {'shows': '6'}, "),
	  "x: expect: shows: \"6\": want kernels such as 6.1, 6.12.43..6.12.95, 6.7.. or ..6.6" },
	{ GOOD("'expect': {'shows': '6.1.0-50'}, "),
	  "x: expect: shows: \"6.1.0-50\": want kernels such as 6.1, 6.12.43..6.12.95, 6.7.. or ..6.6" },
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

static void taken(void **state)
{
	struct err err = ERR_INIT;
	auto_case struct case_file *c =
		parse(GOOD("'knobs': {'ksm.run': 1, 'thp.enabled': 'never'}, 'command': ['sh', 'x'], "
			   "'control': {'knobs': {'ksm.run': 0}}, "),
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
};

static void ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		struct case_ranges r = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(case_ranges_parse(kernels[i].ranges, &r, &err), 0);
		if (case_ranges_have(&r, kernels[i].version) != kernels[i].in)
			fail_msg("%s and %u.%u.%u", kernels[i].ranges, kernels[i].version[0],
				 kernels[i].version[1], kernels[i].version[2]);
		free(r.v);
	}
}

/* --- conditions ---------------------------------------------------------------------------------------------------------- */
static const struct {
	const char *want, *value;
	bool holds;
} wants[] = {
	{ "512", "512", true },
	{ "512", "5120", false },
	{ "512/0", "512/0", true },
	{ "!= 0", "1", true },
	{ "!= 0", "0", false },
	{ ">= 7", "7", true },
	{ ">= 7", "6", false },
	{ ">= 7", "seven", false },
	{ ">= 7", "8 pages", false },
	{ ">= 7", "", false },
	{ "> 7", "7", false },
	{ "< 7", "-8", true },
	{ "<= 7", "7", true },
	{ "<= 7", "7.5", false },
	{ "1..5", "5", true },
	{ "1..5", "6", false },
	{ "-5..-1", "-3", true },
	{ "~ ^(01)+$", "0101", true },
	{ "~ ^(01)+$", "010", false },
	{ "~ out of range", "node 1 is out of range", true },
	{ "18446744073707454464", "18446744073707454464", true },
	{ ">= 18446744073707454464", "18446744073707454463", false },
	{ ">=7", "8", false }, /* no blank: text */
	{ "a..b", "a..b", true },
};

static void conditions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
		struct case_want w = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(case_want_parse(wants[i].want, &w, &err), 0);
		if (case_want_holds(&w, wants[i].value) != wants[i].holds)
			fail_msg("\"%s\" and \"%s\"", wants[i].want, wants[i].value);
		free(w.text);
	}
}

/* --- answers ------------------------------------------------------------------------------------------------------------- */
/* `out`: what the program prints, with ; for line breaks; NULL end: the machine came to none. */
static const struct {
	const char *more, *end, *why, *out;
	enum case_answer answer;
	const char *values, *reason;
} answers[] = {
	{ GOOD(""), "exit 0", "", "n 0;", CASE_SHOWS, "n 0", "" },
	{ GOOD(""), "exit 0", "", "n 1", CASE_DOES_NOT, "n 1", "" },
	{ GOOD(""), "exit 0", "", "n 1;n 0;", CASE_SHOWS, "n 0", "" }, /* the last one counts */
	{ GOOD(""), "exit 0", "", "n 2", CASE_CANNOT_TELL, "n 2",
	  "n 2: is neither what shows it nor what does not" },
	{ GOOD(""), "exit 0", "", "m 0;n;n  ;", CASE_CANNOT_TELL, "n  ",
	  "n  : is neither what shows it nor what does not" },
	{ GOOD(""), "exit 0", "", "starting;", CASE_CANNOT_TELL, "", "it did not say \"n\"" },
	{ GOOD(""), "exit 1", "ended with 1", "n 0", CASE_CANNOT_TELL, "n 0", "ended with 1" },
	{ GOOD(""), "panic", "died: BUG", "n 0", CASE_CANNOT_TELL, "n 0", "died: BUG" },
	{ GOOD(""), "deadline", "had not ended", "n 1", CASE_CANNOT_TELL, "n 1", "had not ended" },
	{ GOOD(""), NULL, "torn", "n 1", CASE_CANNOT_TELL, "n 1", "torn" },
	{ LEAST("'shows': {'panic': '~ BUG'}, "), "panic", "died: BUG", "", CASE_SHOWS, "panic died: BUG",
	  "" },
	{ LEAST("'shows': {'panic': '~ BUG'}, "), "panic", "died: Oops", "", CASE_CANNOT_TELL,
	  "panic died: Oops", "died: Oops" },
	{ LEAST("'shows': {'panic': '~ BUG'}, "), "exit 0", "", "n 1", CASE_DOES_NOT, "n 1", "" },
	{ LEAST("'shows': {'end': 'deadline'}, "), "deadline", "hangs", "", CASE_SHOWS, "end deadline", "" },
	{ LEAST("'shows': {'end': 'exit 3'}, "), "exit 3", "three", "n 1", CASE_SHOWS, "end exit 3, n 1",
	  "" },
	{ LEAST("'shows': [{'n': 5}, {'m': 6}], "), "exit 0", "", "m 6;n 7", CASE_SHOWS, "n 7, m 6", "" },
	{ LEAST("'shows': {'n': 5, 'm': 6}, "), "exit 0", "", "m 6;n 7", CASE_CANNOT_TELL, "n 7, m 6",
	  "n 7, m 6: is neither what shows it nor what does not" },
	{ LEAST("'shows': {'n': '>= 1'}, "), "exit 0", "", "n 1", CASE_CANNOT_TELL, "n 1",
	  "n 1: is what shows it and what does not" },
	{ GOOD("'values': {'n': {'file': 'stdout', 'find': '^took ([0-9]+)'}}, "), "exit 0", "",
	  "it;took 1 page", CASE_DOES_NOT, "n 1", "" },
	{ GOOD("'values': {'n': {'file': 'console', 'find': 'pages=([0-9])'}}, "), "exit 0", "", "n 1",
	  CASE_SHOWS, "n 0", "" },
	{ GOOD("'values': {'n': {'file': '/proc/vmstat', 'find': '^numa_miss ([0-9]+)'}}, "), "exit 0", "",
	  "", CASE_DOES_NOT, "n 1", "" },
	{ GOOD("'values': {'n': {'file': '/proc/vmstat', 'find': '^numa_miss ([0-9]+)', 'phase': 'start'}}, "),
	  "exit 0", "", "", CASE_SHOWS, "n 0", "" },
	{ GOOD("'values': {'n': {'file': '/proc/none', 'find': '(x)'}}, "), "exit 0", "", "",
	  CASE_CANNOT_TELL, "", "it did not say \"n\"" },
};

static void facts(const struct case_file *c, size_t i, struct case_facts *f)
{
	char out[256];
	struct phase phase[] = { { .name = (char *)(uintptr_t) "start" },
				 { .name = (char *)(uintptr_t) "end" } };
	struct records rec = { .phase = phase, .phases = 2 };

	rawset_put(&phase[0].raw, "/proc/vmstat", "nr 5\nnuma_miss 0\n", 17);
	rawset_put(&phase[1].raw, "/proc/vmstat", "nr 5\nnuma_miss 1\n", 17);
	snprintf(out, sizeof(out), "%s", answers[i].out);
	for (char *s = out; *s; s++)
		*s = *s == ';' ? '\n' : *s;
	text_printf(&rec.out[0], "%s", out);
	case_values(c, &rec, "[1.0] pages=0\n", &f->values);
	snprintf(f->end, sizeof(f->end), "%s", answers[i].end ? answers[i].end : "");
	snprintf(f->why, sizeof(f->why), "%s", answers[i].why);
	if (answers[i].end)
		case_value_set(&f->values, "end", answers[i].end);
	if (answers[i].end && !strcmp(answers[i].end, "panic"))
		case_value_set(&f->values, "panic", answers[i].why);
	text_free(&rec.out[0]);
	rawset_free(&phase[0].raw);
	rawset_free(&phase[1].raw);
}

static void judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct err err = ERR_INIT;
		auto_case struct case_file *c = parse(answers[i].more, &err);
		auto_case_facts struct case_facts f = { 0 };
		struct case_verdict v;

		assert_string_equal(err.msg, "");
		facts(c, i, &f);
		case_judge(c, &f, &v);
		if (v.answer != answers[i].answer)
			fail_msg("%zu: %s, %s", i, case_answer_words(v.answer), v.why);
		assert_string_equal(v.values, answers[i].values);
		assert_string_equal(v.why, answers[i].reason);
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
	assert_true(names.n >= 22);
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
		cmocka_unit_test(refused),	  cmocka_unit_test(paths_stay_inside),
		cmocka_unit_test(taken),	  cmocka_unit_test(ranges),
		cmocka_unit_test(conditions),	  cmocka_unit_test(judged),
		cmocka_unit_test(words),	  cmocka_unit_test(ours),
		cmocka_unit_test(schema_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
