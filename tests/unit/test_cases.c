/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of repro as a file and as a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "cases/cases.h"

static const struct {
	const char *text, *message;
} bad[] = {
	{ "{}", "want an array of answers, as `repro --json` prints it" },
	{ "[1]", "answer 1: want an object, this is a number" },
	{ "[{}]", "answer 1: has no \"case\"" },
	{ "[{\"case\": \"a\", \"kernel\": \"k\"}]", "answer 1: has no \"answer\"" },
	{ "[{\"case\": 5, \"kernel\": \"k\", \"answer\": \"shows\"}]",
	  "answer 1: case: want text, this is a number" },
	{ "[{\"case\": \"a\", \"kernel\": \"k\", \"answer\": \"shows\"}, {\"case\": \"a\", \"kernel\": \"k\", \"answer\": \"show\"}]",
	  "answer 2: want \"shows\", \"does_not\" or \"cannot_tell\" for an answer" },
	{ "[{\"case\": \"a\", \"kernel\": \"k\", \"answer\": \"shows\", \"agrees\": \"yes\"}]",
	  "answer 1: agrees: want true or false, this is a string" },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct err err = ERR_INIT;
		json_t *rows = NULL;

		assert_int_equal(cases_parse(bad[i].text, strlen(bad[i].text), &rows, &err), -EINVAL);
		assert_null(rows);
		assert_string_equal(err.msg, bad[i].message);
	}
}

static json_t *row(const char *name, const char *kernel, const char *options, const char *decides)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "case", name, "kernel", kernel, "answer", "shows",
			 "options", options, "decides", decides);
}

/* Each answer is in the table: options make another row, of which only the first was shown. */
static void table(void **state)
{
	auto_json json_t *rows = json_pack("[o, o, o]", row("a", "6.1", "-s x=1", "n 1"),
					   row("a", "6.1", "-s x=2", "n 2"), row("b|", "6.12", "", "n 3"));
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(cases_markdown(rows, &t, &err), 0);
	assert_string_equal(text_str(&t), "| case | 6.1 | 6.12 |\n|---|---|---|\n"
					  "| a (-s x=1) | shows it: n 1 | |\n"
					  "| a (-s x=2) | shows it: n 2 | |\n"
					  "| b\\| | | shows it: n 3 |\n");
}

/* As many cases as answers cost what their answers do, and a table of all with all is none. */
static void many(void **state)
{
	auto_json json_t *rows = json_array(), *wide = json_array();
	auto_text struct text t = { 0 }, none = { 0 };
	struct err err = ERR_INIT;
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "c%u", i);
		json_array_append_new(rows, row(name, "6.1", "", "n"));
		if (i < 1000)
			json_array_append_new(wide, row(name, name, "", "n"));
	}
	clock_t began = clock();
	assert_int_equal(cases_markdown(rows, &t, &err), 0);
	assert_true((clock() - began) / CLOCKS_PER_SEC <
		    5); /* each was looked for among all: 25 s and more */
	assert_int_equal(cases_markdown(wide, &none, &err), -EINVAL);
	assert_string_equal(err.msg, "a table of 1000 cases and 1000 kernels is none to read: want fewer");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(table),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
