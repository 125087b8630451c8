/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report/plain.h, and what prints: files of anybody's with escapes, bells, line breaks and 8-bit controls in each string and name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/text.h"
#include "cases/cases.h"
#include "report/compare.h"
#include "report/mission.h"
#include "report/plain.h"
#include "report/series.h"

#define BAD "\033[31m\a\xc2\x9b\x7f\nx"

/* A copy with BAD in front of each string and name that may be anything. */
static json_t *spoilt(const json_t *v, bool names)
{
	json_t *copy, *m;
	const char *key;
	size_t i;

	if (json_is_string(v)) {
		auto_free char *s = xasprintf("%s%s", BAD, json_string_value(v));

		return json_string(s);
	}
	if (json_is_array(v)) {
		copy = json_array();
		json_array_foreach (v, i, m) {
			json_array_append_new(copy, spoilt(m, names));
		}
		return copy;
	}
	if (!json_is_object(v))
		return json_incref((json_t *)(uintptr_t)v);
	copy = json_object();
	json_object_foreach ((json_t *)(uintptr_t)v, key, m) {
		auto_free char *name = xasprintf("%s%s", names ? BAD : "", key);

		json_object_set_new(copy, name, spoilt(m, names));
	}
	return copy;
}

/* Lines of printable ASCII, and something in them. */
static void only_lines(const struct text *t)
{
	for (size_t i = 0; i < t->len; i++)
		if (t->s[i] != '\n' && (t->s[i] < ' ' || t->s[i] > '~'))
			fail_msg("byte %u at %zu of: %.200s", (unsigned char)t->s[i], i, t->s);
	assert_true(t->len > 20);
	assert_null(strstr(t->s, "\nx")); /* no line of the file's making */
}

static void copies(void **state)
{
	auto_json json_t *v =
		json_pack("{s:s, s:[s, i, n, b], s:{s:s}}", "a", "b", "c", "d", 5, 1, "e", "f", "g");
	auto_json json_t *bad = spoilt(v, true), *plain = report_plain(bad), *same = report_plain(v);

	(void)state;
	assert_true(json_equal(v, same));
	assert_string_equal(json_word(plain, "?[31m???? xa"), "?[31m???? xb");
}

static void reports(void **state)
{
	auto_json json_t *compare = json_pack(
		"{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s}, s:[{s:s, s:s, s:s, s:s, s:s, s:s, s:s}], s:{}}",
		"label", "l", "basis", "builds", "differs", "kernel", "verdict", "worse", "was", "topology",
		"4node", "release", "6.1", "qemu", "10.0", "is", "topology", "4node", "release", "6.12",
		"rows", "workload", "bind", "what", "check", "name", "c", "unit", "pages", "was", "pass",
		"is", "fail", "why", "so", "counts");
	auto_json json_t *cases =
		json_pack("[{s:s, s:s, s:s, s:s, s:s, s:s, s:b}]", "case", "c", "kernel", "k", "answer",
			  "shows", "why", "w", "decides", "d", "command", "numarig", "agrees", 0);
	auto_json json_t *series =
		json_pack("{s:{s:[s]}, s:[{s:s, s:s, s:s, s:s, s:s, s:s, s:[{s:s, s:s, s:s, s:s}]}]}", "axes",
			  "kernels", "k", "cells", "name", "n", "topology", "t", "kernel", "k", "outcome",
			  "fail", "why", "y", "command", "numarig", "failing", "workload", "bind", "check",
			  "c", "why", "w", "expected", "e");
	auto_json json_t *mission = json_load_file(TEST_SOURCE_DIR "/results/mission.json", 0, NULL);
	auto_json json_t *a = spoilt(compare, false), *b = spoilt(cases, false), *c = spoilt(series, false),
			 *d = spoilt(mission, false);
	struct text t[8] = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	/* these are words of ours */
	json_object_set(json_array_get(json_object_get(a, "rows"), 0), "verdict",
			json_object_get(compare, "verdict"));
	json_object_set(json_array_get(json_object_get(c, "cells"), 0), "outcome",
			json_object_get(json_array_get(json_object_get(series, "cells"), 0), "outcome"));
	report_compare(a, BAD, false, &t[0]);
	report_compare_markdown(a, BAD, &t[1]);
	cases_text(b, &t[2]);
	assert_int_equal(cases_markdown(b, &t[3], &err), 0);
	report_series(c, NULL, false, &t[4]);
	mission_text(d, false, &t[5]);
	mission_markdown(d, &t[6]);
	for (size_t i = 0; i < 7; i++)
		only_lines(&t[i]);
	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		text_free(&t[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies),
		cmocka_unit_test(reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
