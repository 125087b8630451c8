/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge/judge.h over made workloads and made records: outcomes, needs, and a process that speaks against itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/auto.h"
#include "judge/judge.h"
#include "tests/unit/stream.h"
#include "workloads/lib/judge.h"

static const unsigned v612[3] = { 6, 12, 117 };

/* --- outcomes ----------------------------------------------------------------------------------------------------- */
static void outcomes(void **state)
{
	static const struct {
		enum outcome o;
		const char *name;
		int exit_code;
	} table[] = { { OUTCOME_PASS, "pass", 0 },
		      { OUTCOME_XFAIL, "xfail", 0 },
		      { OUTCOME_SKIP, "skip", 77 },
		      { OUTCOME_FAIL, "fail", 1 },
		      { OUTCOME_BROKEN, "broken", 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_string_equal(outcome_name(table[i].o), table[i].name);
		assert_int_equal(outcome_find(table[i].name), table[i].o);
		assert_int_equal(outcome_exit_code(table[i].o), table[i].exit_code);
	}
	assert_int_equal(outcome_find("PASS"), -1);
	assert_int_equal(outcome_find(""), -1);
}

/* BROKEN before FAIL before XFAIL before PASS; SKIP only when all are. In whatever order. */
static void join(void **state)
{
	static const enum outcome order[] = { OUTCOME_SKIP, OUTCOME_PASS, OUTCOME_XFAIL, OUTCOME_FAIL,
					      OUTCOME_BROKEN };

	(void)state;
	for (size_t a = 0; a < ARRAY_SIZE(order); a++)
		for (size_t b = 0; b < ARRAY_SIZE(order); b++)
			assert_int_equal(outcome_join(order[a], order[b]), order[a > b ? a : b]);
}

/* --- needs -------------------------------------------------------------------------------------------------------- */
static struct topo *machine(const char *json)
{
	struct err err = ERR_INIT;
	struct topo *t;

	if (topo_parse(json, strlen(json), "made", &t, &err))
		fail_msg("%s", err.msg);
	return t;
}

#define LACKS(option) "needs a kernel with " option " (the lab kernel has it: make lab-kernel, -k lab)"

static void needs(void **state)
{
	static const struct {
		struct wl_needs needs;
		const char *words;
	} cases[] = {
		{ { 0 }, "" },
		{ { .mem_nodes = 2,
		    .cpu_nodes = 2,
		    .cpus = 4,
		    .free_mib_per_node = 64,
		    .fs = "ext4",
		    .kernel = "6.12" },
		  "" },
		{ { .mem_nodes = 3 }, "needs 3 nodes with memory, made has 2" },
		{ { .cpu_nodes = 3 }, "needs 3 nodes with CPUs, made has 2" },
		{ { .cpus = 5 }, "needs 5 CPUs, made has 4" },
		{ { .devices = 1 }, "" },
		{ { .devices = 2 }, "needs 2 nodes with a PCI device, made has 1 (pxb has them)" },
		{ { .free_mib_per_node = 65 }, "needs 65 MiB on each node, made has 64" },
		{ { .fs = "xfs" }, "needs xfs in RAM: the guest did not report it" },
		{ { .fs = "brd" }, "needs brd in RAM: no module brd" },
		{ { .kernel = "6.13" }, "needs Linux 6.13, the guest runs 6.12" },
		{ { .kernel = "7.0" }, "needs Linux 7.0, the guest runs 6.12" },
		{ { .kernel = "5.99" }, "" },
		{ { .kernel = "6.1" }, "" },
		{ { .config = "" }, "" },
		{ { .config = "CONFIG_C CONFIG_CM CONFIG_CMA_DEBUGFS_X" }, "" },
		{ { .config = "CONFIG_CMA_DEBUGFS" }, LACKS("CONFIG_CMA_DEBUGFS") },
		{ { .config = "CONFIG_X  CONFIG_CMA CONFIG_CMA_DEBUGFS" }, LACKS("CONFIG_CMA") },
		{ { .kernel = "7.0", .config = "CONFIG_CMA" }, "needs Linux 7.0, the guest runs 6.12" },
	};
	auto_strlist struct strlist lacks = { 0 };
	struct pair notes[] = { { (char[]){ "ext4" }, (char[]){ "ok" } },
				{ (char[]){ "brd" }, (char[]){ "no module brd" } } };
	struct pairs all = { notes, 2 };
	auto_topo struct topo *t = machine(
		"{\"nodes\":[{\"cpus\":2,\"mem\":\"256M\"},{\"cpus\":2,\"device\":\"ahci\"},{\"mem\":\"64M\"}]}");

	(void)state;
	strlist_add(&lacks, "CONFIG_CMA_DEBUGFS");
	strlist_add(&lacks, "CONFIG_CMA");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct workload w = { .needs = cases[i].needs };
		char why[WL_WORDS] = "x";

		judge_needs(&w, t, &all, v612, &lacks, why, sizeof(why));
		assert_string_equal(why, cases[i].words);
	}
}

/* A version that is not known is no old one: nothing is skipped for it, and nothing judged that rests on it. */
static void unknown_kernel(void **state)
{
	static const struct workload w = { .needs = { .kernel = "6.1" } };
	static const unsigned unknown[3];
	const struct strlist lacks = { 0 };
	auto_topo struct topo *t = machine("{\"nodes\":[{\"cpus\":2,\"mem\":\"256M\"}]}");
	auto_stream struct stream s = { 0 };
	auto_records struct records r = { 0 };
	auto_judged struct judged j = { 0 };
	struct topo_guest g = { .nodes = 1 };
	struct err err = ERR_INIT;
	char why[WL_WORDS] = "x";

	(void)state;
	judge_needs(&w, t, NULL, unknown, &lacks, why, sizeof(why));
	assert_string_equal(why, "");
	stream_add(&s, FRAME_EXIT, "code", "0");
	stream_end(&s);
	assert_int_equal(records_parse(s.t.s, s.t.len, NULL, &r, &err), 0);
	judge_workload(&w, NULL, &r, &g, unknown, 0, "", &j);
	assert_int_equal(j.outcome, OUTCOME_BROKEN);
	assert_string_equal(j.why, "needs Linux 6.1, and the kernel's file does not show its version");
}

/* --- one workload ------------------------------------------------------------------------------------------------- */
static void two_pages(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "pages", 2, 2);
}

static void param_seen(const struct wl_view *v, struct wl_verdict *out)
{
	if (*(const int *)v->params != 42)
		wl_worse(out, OUTCOME_FAIL, "params are %d", *(const int *)v->params);
	wl_looked(out, "params");
}

static void machine_seen(const struct wl_view *v, struct wl_verdict *out)
{
	if (v->distance[0 * v->distance_stride + 2] != 15 || v->distance[2 * v->distance_stride + 0] != 25 ||
	    v->distance[2 * v->distance_stride + 2] != 10 || v->distance[1 * v->distance_stride + 2] != 0)
		wl_worse(out, OUTCOME_FAIL, "distances");
	if (!idset_has(&v->mem_nodes, 2) || idset_has(&v->mem_nodes, 1) || idset_has(&v->cpu_nodes, 2))
		wl_worse(out, OUTCOME_FAIL, "nodes");
	if (memcmp(v->kernel, v612, sizeof(v->kernel)))
		wl_worse(out, OUTCOME_FAIL, "kernel");
	wl_looked(out, "the machine");
}

static void news(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented(out, wl_get(v, out, "pages", 2) == 2, false, "two pages, as documented");
}

static const struct wl_metric metrics[] = { { "pages", "pages", WL_REPORTED } };
static const struct wl_expect expects[] = { { "two", "N1", "two pages on node 2", two_pages },
					    { "params", "N1", "its parameters", param_seen },
					    { "machine", "N1", "its machine", machine_seen } };
static const struct wl_expect documented[] = { { "news", "N1", "a documented thing", news },
					       { "machine", "N1", "its machine", machine_seen } };
static const struct workload made = { .metrics = WL_LIST(metrics), .expects = WL_LIST(expects) };

/* Nodes 0 and 2: what counts by position is seen to go by id. */
static struct topo_guest guest(void)
{
	struct topo_guest g = { .nodes = 2,
				.node = { { .nid = 0 }, { .nid = 2 } },
				.distance = { { 10, 15 }, { 25, 10 } } };

	idset_add(&g.has_cpu, 0);
	idset_add(&g.has_memory, 0);
	idset_add(&g.has_memory, 2);
	return g;
}

static void judge(const struct workload *w, struct stream *s, const char *machine_end, struct judged *j)
{
	auto_records struct records r = { 0 };
	struct topo_guest g = guest();
	struct err err = ERR_INIT;
	int params = 42;

	stream_end(s);
	if (records_parse(s->t.s, s->t.len, NULL, &r, &err))
		fail_msg("%s", err.msg);
	judge_workload(w, &params, &r, &g, v612, 5, machine_end, j);
}

static void passes(void **state)
{
	auto_stream struct stream s = { 0 };
	auto_judged struct judged j = { 0 };

	(void)state;
	stream_add(&s, FRAME_VALUE, "pages", "2 2");
	stream_add(&s, FRAME_EXIT, "code", "0");
	judge(&made, &s, "", &j);
	for (size_t i = 0; i < j.checks; i++)
		assert_string_equal(j.check[i].verdict.why, "");
	assert_int_equal(j.outcome, OUTCOME_PASS);
	assert_string_equal(j.why, "");
	assert_int_equal(j.checks, 3);
	assert_ptr_equal(j.check[2].expect, &expects[2]);
	assert_int_equal(j.values, 1);
	assert_string_equal(j.value[0].name, "pages");
	assert_int_equal(j.value[0].nid, 2);
}

static void fails(void **state)
{
	auto_stream struct stream wrong = { 0 }, missing = { 0 }, odd = { 0 };
	auto_judged struct judged a = { 0 }, b = { 0 }, c = { 0 };
	struct workload known = { .metrics = WL_LIST(metrics), .expects = WL_LIST(documented) };

	(void)state;
	stream_add(&wrong, FRAME_VALUE, "pages", "2 3");
	stream_add(&wrong, FRAME_EXIT, "code", "0");
	judge(&made, &wrong, "", &a);
	assert_int_equal(a.outcome, OUTCOME_FAIL);
	assert_string_equal(a.why, ""); /* a check says why */
	assert_int_equal(a.check[0].verdict.outcome, OUTCOME_FAIL);
	assert_string_equal(a.check[0].verdict.why, "pages on node 2 is 3, expected 2");
	assert_int_equal(a.check[1].verdict.outcome, OUTCOME_PASS);
	stream_add(&missing, FRAME_VALUE, "pages", "0 2");
	stream_add(&missing, FRAME_EXIT, "code", "0");
	judge(&made, &missing, "", &b);
	assert_int_equal(b.outcome, OUTCOME_BROKEN);
	assert_string_equal(b.check[0].verdict.why, "pages on node 2 was not measured");
	stream_add(&odd, FRAME_VALUE, "pages", "2 2");
	stream_add(&odd, FRAME_EXIT, "code", "0");
	judge(&known, &odd, "", &c);
	assert_int_equal(c.outcome, OUTCOME_XFAIL);
	assert_string_equal(c.check[0].verdict.why, "two pages, as documented");
}

static void no_look(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned i = 0; i < wl_get(v, out, "none", 2); i++)
		wl_want(v, out, "pages", 2, 2);
}

/* A check whose loops ran over nothing shows nothing, either. */
static void looks_at_nothing(void **state)
{
	static const struct wl_metric zero[] = { { "pages", "pages", WL_REPORTED },
						 { "none", "1", WL_REPORTED } };
	static const struct wl_expect empty[] = { { "empty", "N1", "all of none", no_look } };
	static const struct workload w = { .metrics = WL_LIST(zero), .expects = WL_LIST(empty) };
	auto_stream struct stream s = { 0 };
	auto_judged struct judged j = { 0 };

	(void)state;
	stream_add(&s, FRAME_VALUE, "none", "2 0");
	stream_add(&s, FRAME_VALUE, "pages", "2 7");
	stream_add(&s, FRAME_EXIT, "code", "0");
	judge(&w, &s, "", &j);
	assert_int_equal(j.outcome, OUTCOME_BROKEN);
	assert_string_equal(j.check[0].verdict.why, "the check has looked at nothing");
}

/* A workload without checks shows nothing: it does not pass. */
static void without_checks(void **state)
{
	static const struct workload bare = { .metrics = WL_LIST(metrics) };
	auto_stream struct stream s = { 0 };
	auto_judged struct judged j = { 0 };

	(void)state;
	stream_add(&s, FRAME_EXIT, "code", "0");
	judge(&bare, &s, "", &j);
	assert_int_equal(j.outcome, OUTCOME_BROKEN);
}

/* The stream is all right and so are its numbers; what else it says makes it `outcome` with these words. */
static void trouble(const char *machine_end, enum outcome outcome, const char *words, ...)
{
	auto_stream struct stream s = { 0 };
	auto_judged struct judged j = { 0 };
	va_list ap;
	int type;

	stream_add(&s, FRAME_VALUE, "pages", "2 2");
	va_start(ap, words);
	while ((type = va_arg(ap, int)) >= 0) {
		const char *name = va_arg(ap, const char *), *payload = va_arg(ap, const char *);

		stream_add(&s, (enum frame_type)type, name, payload);
	}
	va_end(ap);
	judge(&made, &s, machine_end, &j);
	assert_string_equal(j.why, words);
	assert_int_equal(j.outcome, outcome);
	assert_int_equal(j.checks, 0);
}

#define EXIT(name, number) (int)FRAME_EXIT, name, number, -1

static void process(void **state)
{
	(void)state;
	trouble("", OUTCOME_BROKEN, "its end was not reported", -1);
	trouble("", OUTCOME_BROKEN, "ended with exit code 1", EXIT("code", "1"));
	trouble("", OUTCOME_BROKEN, "ended with exit code 127: no such thing", (int)FRAME_OUT, "2",
		"no such thing", EXIT("code", "127"));
	trouble("", OUTCOME_BROKEN, "crashed: SIGSEGV (Segmentation fault)", EXIT("signal", "11"));
	trouble("", OUTCOME_BROKEN, "crashed: SIGKILL (Killed)", EXIT("signal", "9"));
	trouble("", OUTCOME_BROKEN, "crashed: signal 64", EXIT("signal", "64"));
	trouble("", OUTCOME_BROKEN, "has not ended after 30 s of virtual time",
		EXIT("deadline", "30000000000"));
	trouble("", OUTCOME_BROKEN, "floods the record channel: more than 8388608 bytes",
		EXIT("flood", "8388608"));
	trouble("", OUTCOME_BROKEN, "workload: mbind: Cannot allocate memory", (int)FRAME_BROKEN, "workload",
		"mbind: Cannot allocate memory", EXIT("code", "0"));
	trouble("", OUTCOME_SKIP, "no swap here", (int)FRAME_SKIP, "workload", "no swap here",
		EXIT("code", "0"));
	/* a crash is not forgiven by a SKIP before it */
	trouble("", OUTCOME_BROKEN, "crashed: SIGABRT (Aborted)", (int)FRAME_SKIP, "workload", "no swap here",
		EXIT("signal", "6"));
	trouble("", OUTCOME_BROKEN, "reports \"pagse\", which its table of metrics does not have",
		(int)FRAME_VALUE, "pagse", "0 1", EXIT("code", "0"));
}

static void oom(void **state)
{
	static const char log[] =
		"4,300,1,-;something\n3,301,2,-;Out of memory: Killed process 77 (workloads)\n6,302,3,-;more\n";

	(void)state;
	trouble("", OUTCOME_BROKEN,
		"was killed by the OOM killer: Out of memory: Killed process 77 (workloads)",
		(int)FRAME_PHASE, "end", "1", (int)FRAME_FILE, "dmesg", log, EXIT("signal", "9"));
	trouble("", OUTCOME_BROKEN, "crashed: SIGSEGV (Segmentation fault)", (int)FRAME_PHASE, "end", "1",
		(int)FRAME_FILE, "dmesg", log, EXIT("signal", "11"));
	trouble("", OUTCOME_BROKEN, "crashed: SIGKILL (Killed)", (int)FRAME_PHASE, "end", "1",
		(int)FRAME_FILE, "dmesg", "", EXIT("signal", "9"));
	/* a helper's end is in the log only: what the workload says of it, and all that it measured, is in doubt */
	trouble("", OUTCOME_BROKEN,
		"a process of it was killed by the OOM killer: Out of memory: Killed process 77 (workloads)",
		(int)FRAME_PHASE, "end", "1", (int)FRAME_FILE, "dmesg", log, EXIT("code", "0"));
	trouble("", OUTCOME_BROKEN,
		"a process of it was killed by the OOM killer: Out of memory: Killed process 77 (workloads)",
		(int)FRAME_PHASE, "end", "1", (int)FRAME_FILE, "dmesg", log, (int)FRAME_BROKEN, "workload",
		"a child ended", EXIT("code", "1"));
}

/* One that is about the OOM killer counts its kills. */
static void oom_provoked(void **state)
{
	static const struct wl_metric counts[] = { { "pages", "pages", WL_REPORTED },
						   { "ooms", "1", WL_DMESG_MATCHES,
						     "constraint=CONSTRAINT_CPUSET" } };
	static const struct workload w = { .metrics = WL_LIST(counts), .expects = WL_LIST(expects) };
	auto_stream struct stream s = { 0 };
	auto_judged struct judged j = { 0 };

	(void)state;
	stream_add(&s, FRAME_VALUE, "pages", "2 2");
	stream_add(&s, FRAME_PHASE, "end", "1");
	stream_add(&s, FRAME_FILE, "dmesg",
		   "6,1,1,-;oom-kill:constraint=CONSTRAINT_CPUSET,task=x,pid=7,uid=0\n"
		   "3,2,2,-;Out of memory: Killed process 7 (x)\n");
	stream_add(&s, FRAME_EXIT, "code", "0");
	judge(&w, &s, "", &j);
	assert_int_equal(j.outcome, OUTCOME_PASS);
}

/* A knob asked for that is not there or is refused; one that nobody asked for may be missing. */
static void knobs(void **state)
{
	static const struct {
		const char *asked, *shown;
		bool speaks;
		enum outcome outcome;
		const char *why;
	} table[] = {
		{ "thp.64kB", "!/p: No such file or directory", true, OUTCOME_SKIP,
		  "this guest has no knob thp.64kB: /p: No such file or directory" },
		{ "thp.64kB", "!/p: \"9\" was refused: Invalid argument", true, OUTCOME_BROKEN,
		  "could not set knob thp.64kB: /p: \"9\" was refused: Invalid argument" },
		{ "thp.64kB", "always", false, OUTCOME_PASS, "" },
		{ "thp.64k", "!/p: No such file or directory", false, OUTCOME_PASS, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		auto_strlist struct strlist asked = { 0 };
		struct pair shown[] = { { (char *)"ksm.run", (char *)"0" },
					{ (char *)"thp.64kB", (char *)(uintptr_t)table[i].shown },
					{ (char *)"thp.64kB", (char *)"never" } };
		const struct records r = { .knobs = { shown, ARRAY_SIZE(shown) } };
		struct judged j = { .outcome = OUTCOME_PASS };

		strlist_add(&asked, "ksm.run");
		strlist_add(&asked, "%s", table[i].asked);
		assert_int_equal(judge_knobs(&asked, &r, &j), table[i].speaks);
		assert_int_equal(j.outcome, table[i].outcome);
		assert_string_equal(j.why, table[i].why);
	}
}

/* A knob that was asked for and of which nothing was said may have been anything. */
static void knobs_not_shown(void **state)
{
	auto_strlist struct strlist files = { 0 };
	struct pair shown[] = { { (char *)"ksm.run", (char *)"0" } };
	const struct records r = { .knobs = { shown, ARRAY_SIZE(shown) } };
	struct judged j = { .outcome = OUTCOME_PASS };

	(void)state;
	strlist_add(&files, "ksm.run");
	assert_false(judge_knobs_not_shown(&files, &r, &j));
	strlist_add(&files, "swappiness");
	assert_true(judge_knobs_not_shown(&files, &r, &j));
	assert_int_equal(j.outcome, OUTCOME_BROKEN);
	assert_string_equal(j.why, "knob swappiness was asked for, and the guest did not report its value");
}

/* What the machine's end says is worth more than the records: they may be of before. */
static void machine_ends(void **state)
{
	(void)state;
	trouble("the guest's kernel died: Oops: 0000", OUTCOME_BROKEN, "the guest's kernel died: Oops: 0000",
		EXIT("code", "0"));
	trouble("record 3 (file /a): its checksum is wrong", OUTCOME_BROKEN,
		"record 3 (file /a): its checksum is wrong", EXIT("code", "0"));
}

/* What a program wrote may be anything; in a result's words it is one line of plain text, or JSON refuses it. */
static void words_are_plain(void **state)
{
	char lots[400];

	(void)state;
	trouble("", OUTCOME_BROKEN, "ended with exit code 2: a?b??c", (int)FRAME_OUT, "2",
		"a\xff"
		"b\x1b\xc3"
		"c",
		EXIT("code", "2"));
	trouble("", OUTCOME_BROKEN, "ended with exit code 2: one two", (int)FRAME_OUT, "2", "one\ntwo",
		EXIT("code", "2"));
	trouble("", OUTCOME_BROKEN, "workload: \?\?", (int)FRAME_BROKEN, "workload", "\xc3\xa4",
		EXIT("code", "0"));
	trouble("", OUTCOME_SKIP, "no ?", (int)FRAME_SKIP, "workload", "no \xff", EXIT("code", "0"));
	memset(lots, 'x', sizeof(lots));
	lots[sizeof(lots) - 1] = 0;
	auto_free char *cut = xasprintf("%.*s", WL_WORDS - 1, lots);
	trouble("", OUTCOME_SKIP, cut, (int)FRAME_SKIP, "workload", lots, EXIT("code", "0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes),	   cmocka_unit_test(join),
		cmocka_unit_test(needs),	   cmocka_unit_test(unknown_kernel),
		cmocka_unit_test(passes),	   cmocka_unit_test(fails),
		cmocka_unit_test(without_checks),  cmocka_unit_test(looks_at_nothing),
		cmocka_unit_test(process),	   cmocka_unit_test(oom),
		cmocka_unit_test(oom_provoked),	   cmocka_unit_test(knobs),
		cmocka_unit_test(knobs_not_shown), cmocka_unit_test(machine_ends),
		cmocka_unit_test(words_are_plain),
	};

	return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
