/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases: every way to an answer, from what a program printed and what stands in files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "case.h"
#include "cases/case.h"
#include "cases/case_judge.h"
#include "wire/rawset.h"

/* `out`: what the program prints, with ; for line breaks; NULL end: the machine came to none. */
static const struct {
	const char *more, *end, *why, *out;
	enum case_answer answer;
	const char *values, *reason;
} answers[] = {
	{ GOOD(""), "exit 0", "", "n 0;", CASE_SHOWS, "n 0", "" },
	{ GOOD(""), "exit 0", "", "n 1", CASE_DOES_NOT, "n 1", "" },
	{ GOOD(""), "exit 0", "", "n 1;n 0;", CASE_SHOWS, "n 0", "" }, /* the last one counts */
	{ GOOD(""), "exit 0", "", "n 2", CASE_CANNOT_TELL, "n 2", "n 2: meets neither shows nor does_not" },
	{ GOOD(""), "exit 0", "", "m 0;n;n  ;", CASE_CANNOT_TELL, "", "it did not print \"n\"" },
	{ GOOD(""), "exit 0", "", "n   1 \r;", CASE_DOES_NOT, "n 1", "" },
	{ GOOD(""), "exit 0", "", "starting;", CASE_CANNOT_TELL, "", "it did not print \"n\"" },
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
	  "n 7, m 6: meets neither shows nor does_not" },
	{ LEAST("'shows': {'n': '>= 1'}, "), "exit 0", "", "n 1", CASE_CANNOT_TELL, "n 1",
	  "n 1: meets both shows and does_not" },
	{ GOOD("'values': {'n': {'file': 'stdout', 'find': '^took ([0-9]+)'}}, "), "exit 0", "",
	  "it;took 1 page", CASE_DOES_NOT, "n 1", "" },
	{ GOOD("'values': {'n': {'file': 'console', 'find': 'pages=([0-9])'}}, "), "exit 0", "", "n 1",
	  CASE_SHOWS, "n 0", "" },
	{ GOOD("'values': {'n': {'file': '/proc/vmstat', 'find': '^numa_miss ([0-9]+)'}}, "), "exit 0", "",
	  "", CASE_DOES_NOT, "n 1", "" },
	{ GOOD("'values': {'n': {'file': '/proc/vmstat', 'find': '^numa_miss ([0-9]+)', 'phase': 'start'}}, "),
	  "exit 0", "", "", CASE_SHOWS, "n 0", "" },
	{ GOOD("'values': {'n': {'file': '/proc/none', 'find': '(x)'}}, "), "exit 0", "", "",
	  CASE_CANNOT_TELL, "", "there is no value \"n\": /proc/none is not there" },
	/* never said: neither of the two, whatever the other rule says */
	{ LEAST("'shows': {'nod': 0}, "), "exit 0", "", "n 1;", CASE_CANNOT_TELL, "n 1",
	  "it did not print \"nod\"" },
	{ LEAST("'shows': {'nod': '!= 0'}, "), "exit 0", "", "n 1;", CASE_CANNOT_TELL, "n 1",
	  "it did not print \"nod\"" },
	{ LEAST("'shows': {'n': 1, 'm': 0}, "), "exit 0", "", "n 1;", CASE_CANNOT_TELL, "n 1",
	  "it did not print \"m\"" },
	{ LEAST("'shows': [{'n': 5}, {'m': 6}], "), "exit 0", "", "n 1", CASE_CANNOT_TELL, "n 1",
	  "it did not print \"m\"" },
	/* the rule can't hold, whatever was not said */
	{ LEAST("'shows': {'n': 0, 'm': 0}, "), "exit 0", "", "n 1;", CASE_DOES_NOT, "n 1", "" },
	{ LEAST("'shows': {'n': 0}, "), "exit 0", "", "n 0;", CASE_SHOWS, "n 0", "" },
	{ LEAST("'shows': {'end': 'signal 9'}, "), "signal 9", "killed", "", CASE_SHOWS, "end signal 9", "" },
	/* no number where one is asked for */
	{ LEAST("'shows': {'m': '< 5'}, "), "exit 0", "", "m four;n 1;", CASE_CANNOT_TELL, "m four, n 1",
	  "m is \"four\": want a number for its condition" },
	/* what is found in a file is not what was printed */
	{ GOOD("'values': {'n': {'file': 'console', 'find': 'none=([0-9])'}}, "), "exit 0", "", "n 1",
	  CASE_CANNOT_TELL, "", "there is no value \"n\": \"find\" matches nothing in console" },
	{ GOOD("'values': {'n': {'file': '/proc/vmstat', 'find': '(x)', 'phase': 'begin'}}, "), "exit 0", "",
	  "n 1", CASE_CANNOT_TELL, "", "there is no value \"n\": /proc/vmstat is not there in phase begin" },
	/* how it ended is not the program's to say */
	{ LEAST("'shows': {'panic': '~ BUG'}, "), "exit 0", "", "panic BUG: no;n 1", CASE_DOES_NOT, "n 1",
	  "" },
	{ LEAST("'shows': {'end': 'hang'}, "), "exit 0", "", "end hang;n 1", CASE_DOES_NOT, "end exit 0, n 1",
	  "" },
};

static void facts(const struct case_file *c, size_t i, struct case_facts *f)
{
	char out[256];
	struct phase phase[] = { { .name = (char *)(uintptr_t) "start" },
				 { .name = (char *)(uintptr_t) "end" } };
	struct records rec = { .phase = phase, .phases = 2 };
	auto_text struct text console = { 0 };

	text_printf(&console, "[1.0] pages=0\n");
	rawset_put(&phase[0].raw, "/proc/vmstat", "nr 5\nnuma_miss 0\n", 17);
	rawset_put(&phase[1].raw, "/proc/vmstat", "nr 5\nnuma_miss 1\n", 17);
	snprintf(out, sizeof(out), "%s", answers[i].out);
	for (char *s = out; *s; s++)
		*s = *s == ';' ? '\n' : *s;
	text_printf(&rec.out[0], "%s", out);
	case_values(c, &rec, &console, f);
	snprintf(f->end, sizeof(f->end), "%s", answers[i].end ? answers[i].end : "");
	snprintf(f->why, sizeof(f->why), "%s", answers[i].why);
	if (answers[i].end)
		case_value_set(f, "end", answers[i].end);
	if (answers[i].end && !strcmp(answers[i].end, "panic"))
		case_value_set(f, "panic", answers[i].why);
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

/* A 0 byte hides nothing, neither behind it nor in its line. */
static void zero_bytes(void **state)
{
	static const char out[] = "begin\0\nm 5\0\nn 0\n", console[] = "a\0b\nseen=3\n";
	struct err err = ERR_INIT;
	auto_case struct case_file *c =
		parse(GOOD("'values': {'c': {'file': 'console', 'find': 'seen=([0-9])'}}, "), &err);
	auto_case_facts struct case_facts f = { 0 };
	struct records rec = { 0 };
	auto_text struct text t = { 0 };

	(void)state;
	assert_non_null(c);
	text_add(&rec.out[0], out, sizeof(out) - 1);
	text_add(&t, console, sizeof(console) - 1);
	case_values(c, &rec, &t, &f);
	assert_string_equal(case_value(&f, "n"), "0");
	assert_string_equal(case_value(&f, "m"), "5?");
	assert_string_equal(case_value(&f, "c"), "3");
	assert_null(case_value(&f, "begin"));
	text_free(&rec.out[0]);
}

/* 200,000 different values are a matter of a second, not of minutes: each is found at once. */
static void many_values(void **state)
{
	struct err err = ERR_INIT;
	auto_case struct case_file *c = parse(GOOD(""), &err);
	auto_case_facts struct case_facts f = { 0 };
	struct records rec = { 0 };
	struct text none = { 0 };
	struct case_verdict v;

	(void)state;
	for (unsigned i = 0; i < 200000; i++)
		text_printf(&rec.out[0], "value-%u %u\n", i, i);
	text_printf(&rec.out[0], "n 0\n");
	clock_t began = clock();
	case_values(c, &rec, &none, &f);
	snprintf(f.end, sizeof(f.end), "exit 0");
	case_judge(c, &f, &v);
	assert_true((clock() - began) / CLOCKS_PER_SEC < 10); /* quadratic: 150 s and more */
	assert_int_equal(v.answer, CASE_SHOWS);
	assert_int_equal(json_object_size(f.values), 200001);
	text_free(&rec.out[0]);
}

/* What decides is cut where one can see it. */
static void long_values(void **state)
{
	struct err err = ERR_INIT;
	auto_case struct case_file *c = parse(GOOD(""), &err);
	auto_case_facts struct case_facts f = { .end = "exit 0" };
	auto_text struct text t = { 0 };
	struct case_verdict v;

	(void)state;
	for (int i = 0; i < 5000; i++)
		text_printf(&t, "x");
	case_value_set(&f, "n", text_str(&t));
	case_judge(c, &f, &v);
	assert_int_equal(strlen(v.values), sizeof(v.values) - 1);
	assert_string_equal(v.values + sizeof(v.values) - 4, "...");
	assert_string_equal(case_value(&f, "n") + 4090, "xxxxxx...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judged),
		cmocka_unit_test(zero_bytes),
		cmocka_unit_test(many_values),
		cmocka_unit_test(long_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
