/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks that are rows: what they say of values, on three nodes with memory (0, 1, 3) and one with CPUs only (5). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/wants.h"

struct params {
	uint64_t pages;
	int to;
};

static const struct wl_param param_rows[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "8", 1, 16, "pages" },
	{ "to", WL_NODE, offsetof(struct params, to), "-1", 0, 0, "a node" },
};

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED },		{ "far", "nid", WL_REPORTED },
	{ "got", "pages", WL_REPORTED },	{ "half", "pages", WL_REPORTED },
	{ "total", "pages", WL_REPORTED },	{ "code", "1", WL_REPORTED },
	{ "cost", "instructions", WL_CLOCKED }, { "never", "1", WL_REPORTED },
	{ "to", "nid", WL_REPORTED },		{ "lost", "nid", WL_REPORTED },
};

static const struct workload w = { .params = WL_PARAMS(param_rows, struct params),
				   .metrics = WL_LIST(metrics) };

static const struct wl_value values[] = {
	{ "near", -1, 0 },  { "far", -1, 3 }, { "got", 0, 8 },	 { "got", 1, 0 },  { "got", 3, 0 },
	{ "got", 5, 9 },    { "half", 0, 4 }, { "half", 1, 2 },	 { "half", 3, 0 }, { "total", -1, 7 },
	{ "code", -1, -5 }, { "to", -1, 1 },  { "lost", -1, 2 },
};

static struct wl_verdict judged(const struct wl_expect *e, int shift, unsigned mem_nodes)
{
	static const unsigned nids[] = { 0, 1, 3 };
	static const struct params params = { 8, 3 };
	struct wl_view v = {
		.w = &w, .params = &params, .values = values, .nvalues = ARRAY_SIZE(values), .shift = shift
	};
	struct wl_verdict out = { 0 };

	for (unsigned i = 0; i < mem_nodes; i++)
		idset_add(&v.mem_nodes, nids[i]);
	idset_add(&v.cpu_nodes, 0);
	idset_add(&v.cpu_nodes, 5);
	wl_judge(&v, e, &out);
	return out;
}

static void is(const struct wl_verdict *o, enum outcome outcome, const char *expected, const char *actual,
	       const char *why)
{
	assert_string_equal(o->why, why);
	assert_int_equal(o->outcome, outcome);
	assert_string_equal(o->expected, expected);
	assert_string_equal(o->actual, actual);
}

static const struct {
	struct wl_want row;
	enum outcome outcome;
	const char *expected, *actual, *why;
} rows[] = {
	/* conditions */
	{ { "total", "7" }, OUTCOME_PASS, "total: 7", "7", "" },
	{ { "total", "8" }, OUTCOME_FAIL, "total: 8", "7", "total is 7, expected 8" },
	{ { "total", "!= 7" }, OUTCOME_FAIL, "total: != 7", "7", "total is 7, expected != 7" },
	{ { "total", "< 7" }, OUTCOME_FAIL, "total: < 7", "7", "total is 7, expected < 7" },
	{ { "total", "<= 6" }, OUTCOME_FAIL, "total: <= 6", "7", "total is 7, expected <= 6" },
	{ { "total", "> 7" }, OUTCOME_FAIL, "total: > 7", "7", "total is 7, expected > 7" },
	{ { "total", ">=8" }, OUTCOME_FAIL, "total: >= 8", "7", "total is 7, expected >= 8" },
	{ { "total", "7..9" }, OUTCOME_PASS, "total: 7..9", "7", "" },
	{ { "total", "8..9" }, OUTCOME_FAIL, "total: 8..9", "7", "total is 7, expected 8..9" },
	{ { "total", "..6" }, OUTCOME_FAIL, "total: <= 6", "7", "total is 7, expected <= 6" },
	{ { "total", "8.." }, OUTCOME_FAIL, "total: >= 8", "7", "total is 7, expected >= 8" },
	/* expressions */
	{ { "total", "pages - 1" }, OUTCOME_PASS, "total: 7 (pages - 1)", "7", "" },
	{ { "total", "pages" }, OUTCOME_FAIL, "total: 8 (pages)", "7", "total is 7, expected 8 (pages)" },
	{ { "total", "1 + 2 * 3" }, OUTCOME_PASS, "total: 7", "7", "" },
	{ { "total", "(1 + 2) * 3 - 14 / 7" }, OUTCOME_PASS, "total: 7", "7", "" },
	{ { "total", "half@0 + half@1 + 1" }, OUTCOME_PASS, "total: 7 (half@0 + half@1 + 1)", "7", "" },
	{ { "total", "got@near - 1" }, OUTCOME_PASS, "total: 7 (got@near - 1)", "7", "" },
	{ { "total", ">= half@near..9" },
	  OUTCOME_BROKEN,
	  "",
	  "",
	  "total: \"half@near..9\": want an operator (+ - * /) between two numbers" },
	{ { "total", "half@near..pages" }, OUTCOME_PASS, "total: 4..8 (half@near..pages)", "7", "" },
	{ { "total", "3 + mem_nodes + cpu_nodes - 1" },
	  OUTCOME_PASS,
	  "total: 7 (3 + mem_nodes + cpu_nodes - 1)",
	  "7",
	  "" },
	{ { "total", "HUGE / PAGE - HUGE_PAGES + 7" },
	  OUTCOME_PASS,
	  "total: 7 (HUGE / PAGE - HUGE_PAGES + 7)",
	  "7",
	  "" },
	{ { "code", "-EIO" }, OUTCOME_PASS, "code: -5 (-EIO)", "-5", "" },
	{ { "total", "7 / half@3" }, OUTCOME_BROKEN, "", "", "7 / half@3: divides by 0" },
	/* nodes */
	{ { "got", "2 * half", "on near" }, OUTCOME_PASS, "got: 8 (2 * half) on near (node 0)", "8", "" },
	{ { "got", "pages", "only on near" }, OUTCOME_PASS, "got: 8 (pages) only on near (node 0)", "8", "" },
	{ { "got", ">= 1", "only on near" }, OUTCOME_PASS, "got: >= 1 only on near (node 0)", "8", "" },
	{ { "got", "pages", "only on far" },
	  OUTCOME_FAIL,
	  "got on node 3: 8 (pages)",
	  "0",
	  "got on node 3 is 0, expected 8 (pages)" },
	{ { "half", "4", "only on near" },
	  OUTCOME_FAIL,
	  "half on node 1: 0",
	  "2",
	  "half on node 1 is 2, expected 0" },
	{ { "half", "4", "only on near, far" },
	  OUTCOME_FAIL,
	  "half on node 3: 4",
	  "0",
	  "half on node 3 is 0, expected 4" },
	{ { "got", "0", "not on near" }, OUTCOME_PASS, "got: 0 not on near (node 0)", "0", "" },
	{ { "half", "0", "not on near" },
	  OUTCOME_FAIL,
	  "half on node 1: 0",
	  "2",
	  "half on node 1 is 2, expected 0" },
	{ { "half", "2", "not on near, far" },
	  OUTCOME_PASS,
	  "half: 2 not on near, far (node 0, 3)",
	  "2",
	  "" },
	{ { "half", "<= 4", "each node" }, OUTCOME_PASS, "half: <= 4 on each node", "0 to 4", "" },
	{ { "half", "<= got", "each node" },
	  OUTCOME_FAIL,
	  "half on node 1: <= 0 (got)",
	  "2",
	  "half on node 1 is 2, expected <= 0 (got)" },
	{ { "got", ">= half - 2", "each node" },
	  OUTCOME_PASS,
	  "got: >= half - 2 on each node",
	  "0 to 8",
	  "" },
	{ { "got", ">= 8", "each CPU node" }, OUTCOME_PASS, "got: >= 8 on each CPU node", "8 to 9", "" },
	{ { "half", "6", "in all" }, OUTCOME_PASS, "half: 6 in all", "6", "" },
	{ { "half", "7", "in all" }, OUTCOME_FAIL, "half in all: 7", "6", "half in all is 6, expected 7" },
	/* `to` is a parameter, 3, and a metric, 1 */
	{ { "half", "2", "on to" }, OUTCOME_PASS, "half: 2 on to (node 1)", "2", "" },
	{ { "total", "to + 4" }, OUTCOME_PASS, "total: 7 (to + 4)", "7", "" },
	/* what is not known */
	{ { "never", "1" }, OUTCOME_BROKEN, "", "", "never was not measured" },
	{ { "never", "1", "each node" }, OUTCOME_BROKEN, "", "", "never on node 0 was not measured" },
	{ { "never", "1", "in all" }, OUTCOME_BROKEN, "", "", "never on node 0 was not measured" },
	{ { "total", "never" }, OUTCOME_BROKEN, "", "", "never was not measured" },
	{ { "half", "0", "on lost" }, OUTCOME_BROKEN, "", "", "lost is 2, and there is no such node" },
	{ { "got", "1", "on never" }, OUTCOME_BROKEN, "", "", "never was not measured" },
	{ { "cost", "1" }, OUTCOME_BROKEN, "", "", "cost was not measured" },
};

static void one_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct wl_expect e = { "check", "N1", "is so", .wants = { &rows[i].row, 1 } };
		struct wl_verdict o = judged(&e, 5, 3);

		is(&o, rows[i].outcome, rows[i].expected, rows[i].actual, rows[i].why);
	}
}

static void several(void **state)
{
	const struct wl_expect good = { .wants =
						WL_WANTS({ "got", "pages", "on near" }, { "code", "-EIO" }) },
			       bad = { .wants = WL_WANTS({ "total", "7" }, { "total", "8" },
							 { "total", "9" }) },
			       gone = { .wants = WL_WANTS({ "total", "8" }, { "never", "9" }) },
			       clocked = { .wants = WL_WANTS({ "total", "7" }, { "cost", "9" }) },
			       clocked_bad = { .wants = WL_WANTS({ "cost", "9" }, { "total", "8" }) };
	struct wl_verdict o = judged(&good, 5, 3);

	(void)state;
	is(&o, OUTCOME_PASS, "got: 8 (pages) on near (node 0); code: -5 (-EIO)", "8; -5", "");
	o = judged(&bad, 5, 3);
	is(&o, OUTCOME_FAIL, "total: 8", "7", "total is 7, expected 8");
	o = judged(&gone, 5, 3);
	is(&o, OUTCOME_BROKEN, "", "", "never was not measured");
	o = judged(&clocked, -1, 3);
	is(&o, OUTCOME_SKIP, "", "", "instructions are counted by engine exact only");
	o = judged(&clocked_bad, -1, 3);
	is(&o, OUTCOME_FAIL, "total: 8", "7", "total is 7, expected 8");
}

/* One node: "not on near" is no node, which passes nothing, unless the metric is looked at elsewhere. */
static void no_node(void **state)
{
	const struct wl_expect none = { .wants = WL_WANTS({ "total", "7" }, { "got", "0", "not on near" }) },
			       some = { .wants = WL_WANTS({ "got", "8", "on near" },
							  { "got", "0", "not on near" }) };
	struct wl_verdict o = judged(&none, 5, 1);

	(void)state;
	is(&o, OUTCOME_SKIP, "", "", "got: there is no node to look at: not on near");
	o = judged(&some, 5, 1);
	is(&o, OUTCOME_PASS, "got: 8 on near (node 0)", "8", "");
}

static void documented(void **state)
{
	const struct wl_expect known = { .documented = WL_WANTS({ "total", "7" }),
					 .wished = WL_WANTS({ "total", "8" }),
					 .why = "it is so" },
			       news = { .documented = WL_WANTS({ "total", "6" }),
					.wished = WL_WANTS({ "total", "7" }),
					.why = "it is so" },
			       neither = { .documented = WL_WANTS({ "total", "6" }),
					   .wished = WL_WANTS({ "total", "8" }),
					   .why = "it is so" },
			       alone = { .documented = WL_WANTS({ "total", "7" }), .why = "it is so" },
			       first = { .wants = WL_WANTS({ "code", "0" }),
					 .documented = WL_WANTS({ "total", "7" }),
					 .why = "it is so" },
			       unknown = { .documented = WL_WANTS({ "total", "7" }),
					   .wished = WL_WANTS({ "never", "8" }),
					   .why = "it is so" };
	struct wl_verdict o = judged(&known, 5, 3);

	(void)state;
	is(&o, OUTCOME_XFAIL, "total: 7", "7", "it is so");
	o = judged(&news, 5, 3);
	is(&o, OUTCOME_FAIL, "total: 6", "7", "the documented behaviour is gone: it is so");
	o = judged(&neither, 5, 3);
	is(&o, OUTCOME_FAIL, "total: 6", "7", "neither what was asked for nor what is documented: it is so");
	o = judged(&alone, 5, 3);
	is(&o, OUTCOME_XFAIL, "total: 7", "7", "it is so");
	o = judged(&first, 5, 3);
	is(&o, OUTCOME_FAIL, "code: 0", "-5", "code is -5, expected 0");
	o = judged(&unknown, 5, 3);
	is(&o, OUTCOME_BROKEN, "", "", "never was not measured");
}

/* What time decides is judged with an instruction clock only, be it rows or a function. */
static void fails(const struct wl_view *v, struct wl_verdict *out)
{
	(void)v;
	wl_worse(out, OUTCOME_FAIL, "it took long");
}

static void timed(void **state)
{
	struct wl_expect rows_of = { .timed = true, .wants = WL_WANTS({ "total", "8" }) },
			 of_function = { .timed = true, .judge = fails };
	static const char why[] = "rests on time, which passes by the host's clock; engine exact tells";

	(void)state;
	struct wl_verdict o = judged(&rows_of, -1, 3);
	is(&o, OUTCOME_SKIP, "", "", why);
	o = judged(&of_function, -1, 3);
	is(&o, OUTCOME_SKIP, "", "", why);
	o = judged(&rows_of, 0, 3);
	is(&o, OUTCOME_FAIL, "total: 8", "7", "total is 7, expected 8");
	o = judged(&of_function, 0, 3);
	is(&o, OUTCOME_FAIL, "", "", "it took long");
	rows_of.timed = false;
	o = judged(&rows_of, -1, 3);
	is(&o, OUTCOME_FAIL, "total: 8", "7", "total is 7, expected 8");
}

/* Words end in dots where there is no room for all. */
static void many(void **state)
{
	struct wl_want same[40];
	struct wl_expect e = { .wants = { same, ARRAY_SIZE(same) } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++)
		same[i] = (struct wl_want){ "total", "pages - 1" };
	struct wl_verdict o = judged(&e, 5, 3);

	assert_int_equal(o.outcome, OUTCOME_PASS);
	assert_int_equal(strlen(o.expected), WL_WORDS - 1);
	assert_string_equal(o.expected + WL_WORDS - 4, "...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_row),    cmocka_unit_test(several), cmocka_unit_test(no_node),
		cmocka_unit_test(documented), cmocka_unit_test(many),	 cmocka_unit_test(timed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
