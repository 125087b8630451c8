/* SPDX-License-Identifier: GPL-2.0-or-later */
/* report/text.h: the words and tables for people, out of made results; exact, since people learn to read
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "report/nids.h"
#include "report/series.h"
#include "report/whole.h"
#include "workloads/workload.h"
#include "report/sums.h"

/* JSON with 'x' for "x": nothing made here has apostrophes of its own. */
static json_t *made(const char *text)
{
	auto_free char *quoted = xstrdup(text);
	json_error_t why;

	for (char *c = quoted; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	json_t *j = json_loads(quoted, 0, &why);
	if (!j)
		fail_msg("%s", why.text);
	return j;
}

static void reads(const char *workload, const char *host, bool colour, const char *want)
{
	auto_json json_t *w = made(workload), *h = made(host);
	auto_text struct text is = { 0 };

	report_workload(w, h, NULL, REPORT_FULL, colour, &is);
	assert_string_equal(text_str(&is), want);
}

static void reads_usually(const char *workload, const char *host, const char *want)
{
	auto_json json_t *w = made(workload), *h = made(host);
	auto_text struct text is = { 0 }, none = { 0 };

	report_workload(w, h, NULL, REPORT_USUAL, false, &is);
	assert_string_equal(text_str(&is), want);
	report_workload(w, h, NULL, REPORT_BRIEF, false, &none);
	assert_int_equal(none.len, 0);
}

/* Nodes with a gap; a node that one metric lacks; machine-wide numbers; each outcome of a check. */
static void workload(void **state)
{
	(void)state;
	reads("{'name': 'none-such', 'outcome': 'fail', 'why': '', 'virtual_ns': 1500000000, 'instructions': 46900000,"
	      " 'metrics': ["
	      "  {'name': 'moved', 'value': 12, 'unit': 'pages', 'nid': null, 'timing': true},"
	      "  {'name': 'area', 'value': 128, 'unit': 'pages', 'nid': 0, 'timing': false},"
	      "  {'name': 'area', 'value': 0, 'unit': 'pages', 'nid': 2, 'timing': false},"
	      "  {'name': 'miss', 'value': -5, 'unit': 'pages', 'nid': 2, 'timing': false},"
	      "  {'name': 'total', 'value': 3, 'unit': '1', 'nid': null, 'timing': false}],"
	      " 'checks': ["
	      "  {'name': 'all-there', 'rows': 'N3', 'outcome': 'pass', 'expected': 'a', 'actual': 'b', 'why': 'every page there'},"
	      "  {'name': 'none-else', 'rows': 'N3 N4', 'outcome': 'fail', 'expected': 'area on node 0 0', 'actual': '128', 'why': 'area on node 0 is 128, expected 0'},"
	      "  {'name': 'agrees', 'rows': 'T2', 'outcome': 'fail', 'expected': '0 pages', 'actual': '3 of 9', 'why': 'the kernel contradicts itself'},"
	      "  {'name': 'known', 'rows': 'T1', 'outcome': 'xfail', 'expected': 'area on node 0 0', 'actual': '0', 'why': 'as documented'}]}",
	      "{'machines': {'none-such': {'wall_ns': 250000000}}}", false,
	      "FAIL   none-such: a program of the user's\n"
	      "                                   node  0  node  2\n"
	      "  moved                  pages          12  (depends on timing)\n"
	      "  area                   pages         128        0\n"
	      "  miss                   pages           -       -5\n"
	      "  total                  1               3\n"
	      "  PASS   all-there              N3        every page there\n"
	      "  FAIL   none-else              N3 N4     area on node 0 is 128, expected 0\n"
	      "  FAIL   agrees                 T2        the kernel contradicts itself: is 3 of 9, expected 0 pages\n"
	      "  XFAIL  known                  T1        as documented\n"
	      "  took 0.25 s (1.50 s of virtual time, 46.9 M instructions)\n\n");
}

/* A line, what does not pass, and nothing of what passes. */
static void usual(void **state)
{
	(void)state;
	reads_usually(
		"{'name': 'none-such', 'outcome': 'fail', 'why': '', 'output_cut_bytes': 5, 'output_bytes': 4, 'kernel_log_cut': true,"
		" 'metrics': [{'name': 'moved', 'value': 12, 'unit': 'pages', 'nid': null}],"
		" 'checks': ["
		"  {'name': 'all-there', 'rows': 'N3', 'outcome': 'pass', 'why': 'every page there'},"
		"  {'name': 'none-else', 'rows': 'N4', 'outcome': 'fail', 'expected': '0', 'actual': '128', 'why': 'area'},"
		"  {'name': 'known', 'rows': 'T1', 'outcome': 'xfail', 'why': 'as documented'},"
		"  {'name': 'as-found', 'rows': '', 'outcome': 'broken', 'why': 'no count'},"
		"  {'name': 'pages-agree', 'rows': '', 'outcome': 'pass', 'why': ''},"
		"  {'name': 'far', 'rows': 'N8', 'outcome': 'skip', 'why': 'no node is far'}]}",
		"{'machines': {'none-such': {'end': 'done', 'wall_ns': 12345000000}}}",
		"FAIL   none-such               12.35 s  a program of the user's\n"
		"  its output was cut: 4 bytes of it were kept, which is the limit, and 5 more were dropped\n"
		"  the kernel's log was cut: its first 256 KiB were kept, which is the limit\n"
		"  FAIL   none-else              N4        area: is 128, expected 0\n"
		"  XFAIL  known                  T1        as documented\n"
		"  BROKEN as-found                         no count\n"
		"  SKIP   far                    N8        no node is far\n");
	reads_usually("{'name': 'x', 'outcome': 'skip', 'why': 'needs 2 nodes'}", "{}",
		      "SKIP   x                                needs 2 nodes\n");
	reads_usually("{'name': 'x', 'outcome': 'broken', 'why': 'the guest died'}",
		      "{'machines': {'x': {'end': 'died', 'wall_ns': 1000000}}}",
		      "BROKEN x                        0.00 s  a program of the user's\n  the guest died\n");
	reads_usually("{'name': 'x', 'outcome': 'broken', 'why': 'interrupted'}",
		      "{'machines': {'x': {'end': 'interrupted'}}}", "");
}

static void sums_are(const char *entries, const char *host, const char *want)
{
	auto_json json_t *e = made(entries), *h = made(host);
	auto_text struct text is = { 0 };

	report_sums(e, h, "workload", &is);
	assert_string_equal(text_str(&is), want);
}

/* The names of all that did not pass; of what was interrupted one line; long lists go on in the next. */
static void sums(void **state)
{
	(void)state;
	sums_are("[{'name': 'a', 'outcome': 'pass'}]", "{}", "1 workload: 1 pass\n");
	sums_are(
		"[{'name': 'a', 'outcome': 'fail', 'checks': [{'name': 'c1', 'outcome': 'fail'},"
		" {'name': 'c2', 'outcome': 'xfail'}, {'name': 'c3', 'outcome': 'fail'}]},"
		" {'name': 'b', 'outcome': 'xfail'}, {'name': 'c', 'outcome': 'broken'}, {'name': 'd', 'outcome': 'skip'},"
		" {'name': 'e', 'outcome': 'broken'}, {'name': 'f', 'outcome': 'broken'}, {'name': 'g', 'outcome': 'xfail'}]",
		"{'machines': {'e': {'end': 'interrupted'}, 'f': {'end': 'interrupted'}, 'c': {'end': 'died'}}}",
		"7 workloads: 2 xfail, 1 skip, 1 fail, 1 broken, 2 interrupted\n"
		"  xfail   b, g\n"
		"  skip    d\n"
		"  fail    a (c1, c3)\n"
		"  broken  c\n"
		"  interrupted before the end: e, f\n");
	sums_are("[{'name': 'a-name-of-just-thirty-letters-', 'outcome': 'xfail'},"
		 " {'name': 'b-name-of-just-thirty-letters-', 'outcome': 'xfail'},"
		 " {'name': 'c-name-of-just-thirty-letters-', 'outcome': 'xfail'}]",
		 "{}",
		 "3 workloads: 3 xfail\n"
		 "  xfail   a-name-of-just-thirty-letters-, b-name-of-just-thirty-letters-,\n"
		 "          c-name-of-just-thirty-letters-\n");
}

/* What no check tells: a knob that reads otherwise than asked, and that there was more output. */
static void facts(void **state)
{
	(void)state;
	reads("{'name': 'x', 'outcome': 'pass', 'why': '', 'output_bytes': 4194304, 'output_cut_bytes': 95805696,"
	      " 'knobs_differ': [{'name': 'hugepages.2048kB.0', 'asked': '100000', 'got': '95'}]}",
	      "{}", false,
	      "PASS   x: a program of the user's\n"
	      "  knob hugepages.2048kB.0 was set to 100000 and reads 95\n"
	      "  its output was cut: 4194304 bytes of it were kept, which is the limit, and 95805696 more were dropped\n"
	      "  took 0.00 s\n\n");
}

static void series_facts(void **state)
{
	auto_json json_t *series = made(
		"{'axes': {'kernels': ['6.12']}, 'cells': [{'name': 'seed0', 'topology': 't', 'kernel': '6.12',"
		" 'knobs': {}, 'outcome': 'pass', 'facts': ['bind: knob x was set to 2 and reads 1']}]}");
	auto_text struct text is = { 0 };

	(void)state;
	report_series(series, NULL, false, &is);
	assert_non_null(strstr(text_str(&is), "\nseed0: bind: knob x was set to 2 and reads 1\n"));
}

static void without_numbers(void **state)
{
	(void)state;
	reads("{'name': 'x', 'outcome': 'skip', 'why': 'needs 2 nodes', 'virtual_ns': null, 'instructions': null, 'metrics': [],"
	      " 'checks': []}",
	      "{}", false, "SKIP   x: a program of the user's\n  needs 2 nodes\n  took 0.00 s\n\n");
	reads("{}", "{}", false,
	      "       : a program of the user's\n  took 0.00 s\n\n"); /* a stranger's file */
}

/* The name of a workload's second appearance is still that workload's; a name that only begins so is not. */
static void about(void **state)
{
	const struct workload_entry *e = workload_table;
	auto_free char *second = xasprintf("{'name': '%s#2', 'outcome': 'pass'}", e->name);
	auto_free char *want = xasprintf("PASS   %s#2: %s\n  took 0.00 s\n\n", e->name, e->w->about);
	auto_free char *longer = xasprintf("{'name': '%sx', 'outcome': 'pass'}", e->name);
	auto_free char *other = xasprintf("PASS   %sx: a program of the user's\n  took 0.00 s\n\n", e->name);

	(void)state;
	reads(second, "{}", false, want);
	reads(longer, "{}", false, other);
}

static void colours(void **state)
{
	static const char *const outcomes[][2] = {
		{ "pass", "\033[32mPASS  \033[0m" },   { "xfail", "\033[33mXFAIL \033[0m" },
		{ "skip", "\033[36mSKIP  \033[0m" },   { "fail", "\033[31mFAIL  \033[0m" },
		{ "broken", "\033[35mBROKEN\033[0m" }, { "odd", "ODD   " }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++) {
		auto_free char *w = xasprintf("{'name': 'x', 'outcome': '%s'}", outcomes[i][0]);
		auto_free char *want =
			xasprintf("%s x: a program of the user's\n  took 0.00 s\n\n", outcomes[i][1]);

		reads(w, "{}", true, want);
	}
}

/* Numbers wider than a column stay apart, ids that no set holds and order that is none end all the same. */
static void odd_metrics(void **state)
{
	(void)state;
	reads("{'name': 'x', 'outcome': 'pass', 'metrics': ["
	      "  {'name': 'a', 'value': 1234567890123, 'unit': 'ns', 'nid': 0},"
	      "  {'name': 'a', 'value': 987654321, 'unit': 'ns', 'nid': 1}]}",
	      "{}", false,
	      "PASS   x: a program of the user's\n"
	      "                                   node  0  node  1\n"
	      "  a                      ns       1234567890123 987654321\n"
	      "  took 0.00 s\n\n");
	reads("{'name': 'x', 'outcome': 'pass', 'metrics': ["
	      "  {'name': 'a', 'value': 1, 'unit': 'ns', 'nid': 1},"
	      "  {'name': 'a', 'value': 2, 'unit': 'ns', 'nid': 0},"
	      "  {'name': 'b', 'value': 3, 'unit': 'ns', 'nid': 5000},"
	      "  {'name': 'c', 'value': 4, 'unit': 'ns', 'nid': -7}]}",
	      "{}", false,
	      "PASS   x: a program of the user's\n"
	      "                                   node  0  node  1\n"
	      "  a                      ns              -        1\n"
	      "  a                      ns              2        -\n"
	      "  b                      ns              -        -\n"
	      "  c                      ns              -        -\n"
	      "  took 0.00 s\n\n");
}

#define RESULT                                                                                                        \
	"'inputs': {'seed': 3}, 'topology': {'name': '4node'}, 'kernel': {'release': '6.12.117'}, 'engine': 'exact'," \
	"'qemu': {'version': '10.0.2'}, 'digest': 'abc'"

static void whole_is(const char *result, const char *dir, enum report_level level, const char *want)
{
	auto_json json_t *r = made(result);
	auto_text struct text is = { 0 };

	struct report_how how = { .level = level };

	report_result(r, dir, &how, &is);
	assert_string_equal(is.s, want);
}

static void whole(void **state)
{
	(void)state;
	whole_is(
		"{" RESULT ", 'workloads': ["
		"{'name': 'x', 'outcome': 'pass'}, {'name': 'y', 'outcome': 'broken', 'why': 'died'}, {'name': 'z', 'outcome': 'pass'}],"
		"'host': {'machines': {'y': {'wall_ns': 1000000000}}}}",
		"results/runs/x", REPORT_FULL,
		"4node on Linux 6.12.117, engine exact, QEMU 10.0.2, seed 3\n\n"
		"PASS   x: a program of the user's\n  took 0.00 s\n\n"
		"BROKEN y: a program of the user's\n  died\n  took 1.00 s\n\n"
		"PASS   z: a program of the user's\n  took 0.00 s\n\n"
		"3 workloads: 2 pass, 1 broken\n"
		"  broken  y\n"
		"digest abc\n"
		"kept in results/runs/x\n");
	whole_is("{" RESULT ", 'workloads': [{'name': 'x', 'outcome': 'xfail'}]}", NULL, REPORT_FULL,
		 "4node on Linux 6.12.117, engine exact, QEMU 10.0.2, seed 3\n\n"
		 "XFAIL  x: a program of the user's\n  took 0.00 s\n\n"
		 "1 workload: 1 xfail\n"
		 "  xfail   x\n"
		 "digest abc\n");
	whole_is("{" RESULT ", 'workloads': [{'name': 'x', 'outcome': 'xfail'}]}", "d", REPORT_USUAL,
		 "4node on Linux 6.12.117, engine exact, QEMU 10.0.2, seed 3\n\n"
		 "XFAIL  x                                a program of the user's\n\n"
		 "1 workload: 1 xfail\n"
		 "  xfail   x\n"
		 "digest abc\n"
		 "kept in d\n");
	whole_is("{" RESULT ", 'workloads': [{'name': 'x', 'outcome': 'pass'}]}", NULL, REPORT_BRIEF,
		 "4node on Linux 6.12.117, engine exact, QEMU 10.0.2, seed 3\n\n"
		 "1 workload: 1 pass\n"
		 "digest abc\n");
}

static void placement(void **state)
{
	static const char maps[] =
		"00400000 default file=/ext4/usr/bin/cat mapped=8 mapmax=2 N0=5 N2=3 kernelpagesize_kB=4\n"
		"7f000000 bind:2 anon=2 dirty=2 N2=2 kernelpagesize_kB=2048\n"
		"7f800000 prefer (many):0,2 heap anon=1 dirty=1 N0=1 kernelpagesize_kB=4\n"
		"7f900000 default\n" /* nothing of it is in memory: no line */
		"7fff0000 interleave:0,2 stack anon=3 dirty=3 N0=3 kernelpagesize_kB=4\n"
		"7fff8000 default file=/a/path/that/is/much/too/long/for/its/column/libx.so mapped=1 N0=1 "
		"kernelpagesize_kB=4\n";
	auto_text struct text is = { 0 }, none = { 0 }, bad = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(report_placement(maps, NULL, &is, &err), 0);
	assert_string_equal(is.s,
			    "mapping (kB on each node)                policy             node  0  node  2\n"
			    "/usr/bin/cat                             default                 20       12\n"
			    "anonymous                                bind:2                   0     4096\n"
			    "[heap]                                   prefer (many):0,2        4        0\n"
			    "[stack]                                  interleave:0,2          12        0\n"
			    ".../much/too/long/for/its/column/libx.so default                  4        0\n");
	auto_json json_t *other = json_loads("[1, 2, 0]", 0, NULL);
	auto_text struct text both = { 0 };
	assert_int_equal(report_placement(maps, other, &both, &err), 0);
	assert_non_null(strstr(
		both.s, "policy             node  0  node  2\n"
			"                                                            file  2  file  1\n"
			"/usr/bin/cat "));
	assert_int_equal(report_placement("", NULL, &none, &err), 0);
	assert_string_equal(none.s, "mapping (kB on each node)                policy      \n");
	assert_int_equal(report_placement("garbage\n", NULL, &bad, &err), -EINVAL);
	assert_int_equal(bad.len, 0);
	assert_true(*err.msg);
}

/* Only where the kernel's ids are not the file's; runs of ids are one. */
static void nids(void **state)
{
	static const struct {
		const char *nids, *words, *row;
	} cases[] = {
		{ "[0, 1, 2]", "", "" },
		{ "[]", "", "" },
		{ "null", "", "" },
		{ "[0, 2, 1]", "nodes of the file as the kernel numbers them: 1 is 2, 2 is 1",
		  "     file  0 file  2 file  1       -\n" },
		{ "[3, 0, 1, 2]", "nodes of the file as the kernel numbers them: 0 is 3, 1-3 are 0-2",
		  "     file  1 file  2 file  3 file  0\n" },
	};
	struct idset nodes = { .bits = { 15 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_json json_t *j = json_loads(cases[i].nids, JSON_DECODE_ANY, NULL);
		auto_text struct text words = { 0 }, row = { 0 };

		report_nids(j, &words);
		report_nids_row(j, &nodes, 4, 8, &row);
		assert_string_equal(text_str(&words), cases[i].words);
		assert_string_equal(text_str(&row), cases[i].row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workload),    cmocka_unit_test(without_numbers),
		cmocka_unit_test(about),       cmocka_unit_test(colours),
		cmocka_unit_test(odd_metrics), cmocka_unit_test(whole),
		cmocka_unit_test(placement),   cmocka_unit_test(nids),
		cmocka_unit_test(facts),       cmocka_unit_test(series_facts),
		cmocka_unit_test(usual),       cmocka_unit_test(sums),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
