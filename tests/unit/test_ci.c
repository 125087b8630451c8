/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report/ci.h: exact text of both forms, with every outcome and every character that has to be escaped.
 *
 * With arguments it writes a report for tests/check/reports.sh to give to readers of it: tap|junit, and result.json files; a `-` is
 * the result made here.
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
#include "report/ci.h"

/* Of every outcome one; in the failure's words what TAP and XML mind. */
static const char all_kinds[] =
	"[{\"name\": \"t\", \"result\": {\"engine\": \"exact\", \"digest\": \"d0\", \"inputs\": {\"seed\": 3},"
	" \"topology\": {\"name\": \"t\"}, \"kernel\": {\"release\": \"6.12\"}, \"qemu\": {\"version\": \"10\"},"
	" \"host\": {\"machines\": {\"one\": {\"wall_ns\": 1500000000}}}, \"workloads\": ["
	"{\"name\": \"one\", \"outcome\": \"fail\", \"why\": \"\", \"checks\": ["
	"{\"name\": \"good\", \"outcome\": \"pass\", \"why\": \"w\", \"expected\": \"1\", \"actual\": \"1\"},"
	"{\"name\": \"known\", \"outcome\": \"xfail\", \"why\": \"as documented\", \"expected\": \"\", \"actual\": \"\"},"
	"{\"name\": \"bad\", \"outcome\": \"fail\", \"why\": \"a # b\\\\ <i> ]]> & \\\"q\\\"\\nok 7 - no\\u009b\\uffff\","
	" \"expected\": \"x]]>\", \"actual\": \"\\u00e9\"},"
	"{\"name\": \"lost\", \"outcome\": \"broken\", \"why\": \"no records\", \"expected\": \"\", \"actual\": \"\"}]},"
	"{\"name\": \"two\", \"outcome\": \"skip\", \"why\": \"needs 2 nodes\", \"checks\": []},"
	"{\"name\": \"three\", \"outcome\": \"broken\", \"why\": \"panic\", \"checks\": []}]}},"
	"{\"name\": \"u\", \"outcome\": \"broken\", \"why\": \"no kernel\"}]";

static void is(void (*report)(const json_t *runs, struct text *out), const char *want)
{
	auto_json json_t *runs = json_loads(all_kinds, 0, NULL);
	auto_text struct text t = { 0 };

	assert_non_null(runs);
	report(runs, &t);
	assert_string_equal(t.s, want);
}

static void tap(void **state)
{
	(void)state;
	is(report_tap,
	   "KTAP version 1\n1..4\n"
	   "    KTAP version 1\n    # Subtest: t one\n    1..4\n"
	   "    ok 1 - good\n"
	   "    ok 2 - known # XFAIL as documented\n"
	   "    not ok 3 - bad\n"
	   "    # a \\# b\\\\ <i> ]]> & \"q\"?ok 7 - no?\xef\xbf\xbf: is \xc3\xa9, expected x]]>\n"
	   "    not ok 4 - lost # ERROR no records\n"
	   "not ok 1 - t one\n"
	   "ok 2 - t two # SKIP needs 2 nodes\n"
	   "not ok 3 - t three # ERROR panic\n"
	   "not ok 4 - u # ERROR no kernel\n");
}

#define PROPERTIES                                            \
	"\t\t<properties>\n"                                  \
	"\t\t\t<property name=\"topology\" value=\"t\"/>\n"   \
	"\t\t\t<property name=\"kernel\" value=\"6.12\"/>\n"  \
	"\t\t\t<property name=\"qemu\" value=\"10\"/>\n"      \
	"\t\t\t<property name=\"engine\" value=\"exact\"/>\n" \
	"\t\t\t<property name=\"seed\" value=\"3\"/>\n"       \
	"\t\t\t<property name=\"digest\" value=\"d0\"/>\n"    \
	"\t\t</properties>\n"

static void junit(void **state)
{
	(void)state;
	is(report_junit,
	   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	   "<testsuites name=\"numarig\" tests=\"7\" failures=\"1\" errors=\"3\" time=\"1.500\">\n"
	   "\t<testsuite name=\"t one\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"1.500\">\n" PROPERTIES
	   "\t\t<testcase classname=\"t one\" name=\"good\"/>\n"
	   "\t\t<testcase classname=\"t one\" name=\"known\">\n"
	   "\t\t\t<skipped message=\"expected to fail: as documented\"/>\n\t\t</testcase>\n"
	   "\t\t<testcase classname=\"t one\" name=\"bad\">\n"
	   "\t\t\t<failure message=\"a # b\\ &lt;i&gt; ]]&gt; &amp; &quot;q&quot;&#10;ok 7 - no??: is \xc3\xa9, expected x]]&gt;\" type=\"fail\"/>\n"
	   "\t\t</testcase>\n"
	   "\t\t<testcase classname=\"t one\" name=\"lost\">\n"
	   "\t\t\t<error message=\"no records\" type=\"broken\"/>\n\t\t</testcase>\n"
	   "\t</testsuite>\n"
	   "\t<testsuite name=\"t two\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\" time=\"0.000\">\n" PROPERTIES
	   "\t\t<testcase classname=\"t two\" name=\"two\">\n"
	   "\t\t\t<skipped message=\"needs 2 nodes\"/>\n\t\t</testcase>\n"
	   "\t</testsuite>\n"
	   "\t<testsuite name=\"t three\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0.000\">\n" PROPERTIES
	   "\t\t<testcase classname=\"t three\" name=\"three\">\n"
	   "\t\t\t<error message=\"panic\" type=\"broken\"/>\n\t\t</testcase>\n"
	   "\t</testsuite>\n"
	   "\t<testsuite name=\"u\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0.000\">\n"
	   "\t\t<testcase classname=\"u\" name=\"run\">\n"
	   "\t\t\t<error message=\"no kernel\" type=\"broken\"/>\n\t\t</testcase>\n"
	   "\t</testsuite>\n"
	   "</testsuites>\n");
}

/* Strangers' files, and no runs at all. */
static void odd(void **state)
{
	auto_json json_t *none = json_array(),
			 *odd = json_loads("[{}, {\"result\": {\"workloads\": [{}]}}]", 0, NULL);
	auto_text struct text t = { 0 }, u = { 0 };

	(void)state;
	report_tap(none, &t);
	assert_string_equal(t.s, "KTAP version 1\n1..0\n");
	report_tap(odd, &u);
	assert_string_equal(u.s, "KTAP version 1\n1..2\nnot ok 1 -  # ERROR \nnot ok 2 -   # ERROR \n");
	report_junit(odd, &u);
}

static int write_report(const char *form, char **files, int n)
{
	auto_json json_t *runs = json_array();
	auto_text struct text t = { 0 };

	for (int i = 0; i < n; i++) {
		auto_json json_t *kinds = json_loads(all_kinds, 0, NULL);

		if (!strcmp(files[i], "-"))
			json_array_extend(runs, kinds);
		else
			json_array_append_new(runs, json_pack("{s:s, s:o}", "name", files[i], "result",
							      json_load_file(files[i], 0, NULL)));
	}
	if (strcmp(form, "tap") != 0)
		report_junit(runs, &t);
	else
		report_tap(runs, &t);
	fputs(text_str(&t), stdout);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tap),
		cmocka_unit_test(junit),
		cmocka_unit_test(odd),
	};

	if (argc > 2)
		return write_report(argv[1], argv + 2, argc - 2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
