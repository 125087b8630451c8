/* SPDX-License-Identifier: GPL-2.0-or-later */
/* workloads/lib/judge.h: what checks are written with, over a made view. A verdict only gets worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "workloads/lib/judge.h"

/* Three nodes with memory: 0, 1 and 3; node 5 has CPUs only. */
static const struct wl_value values[] = {
	{ "pages", 0, 128 }, { "pages", 1, 0 },	 { "pages", 3, 0 },
	{ "half", 0, 5 },    { "total", -1, 7 }, { "low", 0, -3 },
};

static const uint8_t distance[6 * 6] = {
	10, 20, 0, 30, 0, 30, /* from 0 */
	20, 10, 0, 20, 0, 40, /* from 1 */
	0,  0,	0, 0,  0, 0,  30, 20, 0, 10, 0, 20, [30] = 30, 40, 0, 40, 0, 10,
};

static struct wl_view view(void)
{
	struct wl_view v = {
		.values = values, .nvalues = ARRAY_SIZE(values), .distance = distance, .distance_stride = 6
	};

	idset_add(&v.mem_nodes, 0);
	idset_add(&v.mem_nodes, 1);
	idset_add(&v.mem_nodes, 3);
	idset_add(&v.cpu_nodes, 0);
	idset_add(&v.cpu_nodes, 5);
	return v;
}

static void is(const struct wl_verdict *o, enum outcome outcome, const char *expected, const char *actual,
	       const char *why)
{
	assert_string_equal(o->why, why);
	assert_int_equal(o->outcome, outcome);
	assert_string_equal(o->expected, expected);
	assert_string_equal(o->actual, actual);
}

static void reading(void **state)
{
	struct wl_view v = view();
	struct wl_verdict o = { 0 }, none = { 0 }, sum = { 0 };

	(void)state;
	assert_int_equal(wl_get(&v, &o, "pages", 0), 128);
	assert_int_equal(wl_get(&v, &o, "total", -1), 7);
	assert_int_equal(wl_get(&v, &o, "low", 0), -3);
	assert_int_equal(wl_sum(&v, &o, "pages"), 128);
	assert_int_equal(o.outcome, OUTCOME_PASS);
	assert_true(wl_has(&v, "pages", 3));
	assert_false(wl_has(&v, "pages", 2));
	assert_false(wl_has(&v, "pages", -1));
	assert_int_equal(wl_get(&v, &none, "total", 0), 0);
	is(&none, OUTCOME_BROKEN, "", "", "total on node 0 was not measured");
	wl_get(&v, &none, "other", -1);
	is(&none, OUTCOME_BROKEN, "", "", "total on node 0 was not measured"); /* the first stays */
	assert_int_equal(wl_sum(&v, &sum, "total"), 0);
	is(&sum, OUTCOME_BROKEN, "", "", "total was not measured on any node");
	memset(&sum, 0, sizeof(sum));
	wl_get(&v, &sum, "other", -1);
	is(&sum, OUTCOME_BROKEN, "", "", "other was not measured");
}

static void wanting(void **state)
{
	static const struct {
		void (*want)(const struct wl_view *, struct wl_verdict *, const char *, int, int64_t);
		const char *metric;
		int nid;
		int64_t bound;
		enum outcome outcome;
		const char *expected, *actual, *why;
	} cases[] = {
		{ wl_want, "pages", 0, 128, OUTCOME_PASS, "pages on node 0 128", "128", "" },
		{ wl_want, "pages", 0, 127, OUTCOME_FAIL, "pages on node 0 127", "128",
		  "pages on node 0 is 128, expected 127" },
		{ wl_want, "total", -1, 8, OUTCOME_FAIL, "total 8", "7", "total is 7, expected 8" },
		{ wl_want_least, "total", -1, 7, OUTCOME_PASS, "total >= 7", "7", "" },
		{ wl_want_least, "total", -1, 8, OUTCOME_FAIL, "total >= 8", "7",
		  "total is 7, expected >= 8" },
		{ wl_want_most, "total", -1, 7, OUTCOME_PASS, "total <= 7", "7", "" },
		{ wl_want_most, "total", -1, 6, OUTCOME_FAIL, "total <= 6", "7",
		  "total is 7, expected <= 6" },
		{ wl_want_most, "low", 0, -4, OUTCOME_FAIL, "low on node 0 <= -4", "-3",
		  "low on node 0 is -3, expected <= -4" },
		{ wl_want, "pages", 2, 0, OUTCOME_BROKEN, "", "",
		  "pages on node 2 was not measured" }, /* missing is not 0 */
		{ wl_want_most, "none", -1, 5, OUTCOME_BROKEN, "", "", "none was not measured" },
	};
	struct wl_view v = view();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wl_verdict o = { 0 };

		cases[i].want(&v, &o, cases[i].metric, cases[i].nid, cases[i].bound);
		is(&o, cases[i].outcome, cases[i].expected, cases[i].actual, cases[i].why);
	}
}

/* The first wrong thing stays in the words; a missing one is worse than a wrong one; a right one changes nothing. */
static void only_worse(void **state)
{
	struct wl_view v = view();
	struct wl_verdict o = { 0 };

	(void)state;
	wl_want(&v, &o, "pages", 1, 0);
	wl_want(&v, &o, "pages", 0, 1);
	is(&o, OUTCOME_FAIL, "pages on node 0 1", "128", "pages on node 0 is 128, expected 1");
	wl_want(&v, &o, "total", -1, 1);
	wl_want(&v, &o, "pages", 0, 128);
	is(&o, OUTCOME_FAIL, "pages on node 0 1", "128", "pages on node 0 is 128, expected 1");
	wl_want(&v, &o, "pages", 2, 0);
	is(&o, OUTCOME_BROKEN, "pages on node 0 1", "128", "pages on node 2 was not measured");
	wl_worse(&o, OUTCOME_FAIL, "never");
	wl_worse(&o, OUTCOME_BROKEN, "never");
	assert_string_equal(o.why, "pages on node 2 was not measured");
}

/* Without an instruction clock a check of costs is a SKIP, one that failed before stays as it is. */
static void clocked(void **state)
{
	struct wl_view none = view(), some = view();
	struct wl_verdict a = { 0 }, b = { .expected = "x", .actual = "x" }, c = { 0 };

	(void)state;
	none.shift = -1;
	some.shift = 0;
	assert_true(wl_clocked(&some, &a));
	assert_int_equal(a.outcome, OUTCOME_PASS);
	assert_false(wl_clocked(&none, &b));
	is(&b, OUTCOME_SKIP, "", "", "instructions are counted by engine exact only");
	wl_worse(&c, OUTCOME_FAIL, "no");
	assert_false(wl_clocked(&none, &c));
	assert_int_equal(c.outcome, OUTCOME_FAIL);
}

static void only_on(void **state)
{
	struct wl_view v = view();
	struct wl_verdict right = { 0 }, elsewhere = { 0 }, fewer = { 0 }, missing = { 0 };

	(void)state;
	wl_want_only_on(&v, &right, "pages", 0, 128);
	is(&right, OUTCOME_PASS, "pages: 128 on node 0, 0 elsewhere", "the same", "");
	wl_want_only_on(&v, &elsewhere, "pages", 1, 128);
	is(&elsewhere, OUTCOME_FAIL, "pages on node 0 0", "128", "pages on node 0 is 128, expected 0");
	wl_want_only_on(&v, &fewer, "pages", 0, 129);
	is(&fewer, OUTCOME_FAIL, "pages on node 0 129", "128", "pages on node 0 is 128, expected 129");
	/* 5 on node 0, but nobody looked at the others: not known to be zero */
	wl_want_only_on(&v, &missing, "half", 0, 5);
	is(&missing, OUTCOME_BROKEN, "", "", "half on node 1 was not measured");
}

static void documented(void **state)
{
	static const struct {
		bool documented, wished;
		enum outcome outcome;
		const char *why;
	} cases[] = {
		{ true, false, OUTCOME_XFAIL, "it is 3" },
		{ false, true, OUTCOME_FAIL, "the documented behaviour is gone: it is 3" },
		{ true, true, OUTCOME_FAIL, "the documented behaviour is gone: it is 3" },
		{ false, false, OUTCOME_FAIL, "neither what was asked for nor what is documented: it is 3" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wl_verdict o = { 0 }, broken = { .outcome = OUTCOME_BROKEN, .why = "before" };

		wl_documented(&o, cases[i].documented, cases[i].wished, "it is %d", 3);
		is(&o, cases[i].outcome, "", "", cases[i].why);
		wl_documented(&broken, cases[i].documented, cases[i].wished, "it is %d", 3);
		is(&broken, OUTCOME_BROKEN, "", "", "before");
	}
}

static void nodes(void **state)
{
	struct wl_view v = view();
	struct idset none = { 0 };

	(void)state;
	assert_int_equal(wl_nth(&v.mem_nodes, 0), 0);
	assert_int_equal(wl_nth(&v.mem_nodes, 2), 3);
	assert_int_equal(wl_nth(&v.mem_nodes, 3), -1);
	assert_int_equal(wl_nth(&none, 0), -1);
}

/* What indexes a table or bounds a loop comes from the guest: it is a node, or a number there can be, or BROKEN. */
static void from_the_guest(void **state)
{
	static const struct wl_value reported[] = { { "at", -1, 3 },
						    { "cpu", -1, 5 },
						    { "below", -1, -1 },
						    { "hole", -1, 2 },
						    { "far", -1, 1 << 20 },
						    { "wide", -1, INT64_MAX },
						    { "wrap", -1, (int64_t)1 << 32 },
						    { "n", -1, 4 },
						    { "zero", -1, 0 } };
	static const char *const bad[] = { "below", "hole", "far", "wide", "wrap", "missing" };
	struct wl_view v = view();
	struct wl_verdict o = { 0 }, none = { 0 }, many = { 0 };

	(void)state;
	v.values = reported;
	v.nvalues = ARRAY_SIZE(reported);
	assert_int_equal(wl_nid(&v, &o, "at", -1), 3);
	assert_int_equal(wl_nid(&v, &o, "cpu", -1), 5);
	assert_int_equal(wl_count(&v, &o, "n", 4), 4);
	assert_int_equal(o.outcome, OUTCOME_PASS);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct wl_verdict b = { 0 };

		assert_int_equal(wl_nid(&v, &b, bad[i], -1), 0);
		assert_int_equal(b.outcome, OUTCOME_BROKEN);
	}
	assert_int_equal(wl_count(&v, &none, "zero", 4), 0);
	is(&none, OUTCOME_BROKEN, "", "", "zero is 0, want 1 to 4");
	assert_int_equal(wl_count(&v, &many, "far", 4), 0);
	is(&many, OUTCOME_BROKEN, "", "", "far is 1048576, want 1 to 4");
	assert_int_equal(wl_fallback(&v, 1 << 20, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading),	  cmocka_unit_test(wanting), cmocka_unit_test(only_worse),
		cmocka_unit_test(clocked),	  cmocka_unit_test(only_on), cmocka_unit_test(documented),
		cmocka_unit_test(from_the_guest), cmocka_unit_test(nodes),
	};

	return cmocka_run_group_tests_name("judge_lib", tests, NULL, NULL);
}
