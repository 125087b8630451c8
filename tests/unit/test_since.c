/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What checks expect of which kernel. Each row is a check whose expectation rests on the version, with what is right before that
 * version and from it on: every version has to take the one and to refuse the other; a version that is not known takes neither.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/params.h"
#include "workloads/lib/wants.h"

#define VALUES 24

struct row {
	const char *workload, *check;
	unsigned major, minor; /* where it changes */
	/* same: measured on both sides; before and since: right before and from then on. Node 0 is near, node 1 far. */
	struct wl_value same[VALUES], before[VALUES], since[VALUES];
	bool skips; /* before: it is a SKIP, whatever was measured */
};

static const struct row rows[] = {
	{ "ksm-scan",
	  "zero-page",
	  6,
	  6,
	  { { "rss_before", -1, 128 }, { "rss", -1, 0 }, { "shared", -1, 0 }, { "zeroes", -1, 32 } },
	  { { "none", -1, 0 } },
	  { { "counted", -1, 32 } } },
	{ "ksm-scan", "zeroes-unmerged", 6, 6, { { 0 } }, { { "left", -1, 32 } }, { { "left", -1, 0 } } },
	{ "ksm-scan",
	  "smart-scan",
	  6,
	  7,
	  { { 0 } },
	  { { "skipped", -1, 0 } },
	  { { "skipped", -1, 6 * 32 } },
	  true },
	{ "ksm-across",
	  "move-all",
	  6,
	  7,
	  { { "caller", -1, 0 } },
	  { { "move_all", 0, 64 },
	    { "move_all", 1, 0 },
	    { "move_all_first", 0, 64 },
	    { "move_all_first", 1, 0 } },
	  { { "move_all", 0, 0 },
	    { "move_all", 1, 64 },
	    { "move_all_first", 0, 0 },
	    { "move_all_first", 1, 64 } } },
	{ "pinned",
	  "huge-inside",
	  6,
	  7,
	  { { "near", -1, 0 }, { "far", -1, 1 }, { "inside_returned", -1, 0 }, { "inside_intact", -1, 512 } },
	  { { "inside_status", -1, -EACCES },
	    { "inside", 0, 512 },
	    { "inside", 1, 0 },
	    { "inside_changed", -1, 0 } },
	  { { "inside_status", -1, 1 },
	    { "inside", 0, 0 },
	    { "inside", 1, 512 },
	    { "inside_changed", -1, 512 } } },
	{ "migrate-latency",
	  "batch-waits",
	  6,
	  3,
	  { { "small_call", -1, 512000 } },
	  { { "small_longest_wait", -1, 1000 } },
	  { { "small_longest_wait", -1, 256000 } } },
	{ "migrate-latency",
	  "worst-rises",
	  6,
	  3,
	  { { "idle_worst", -1, 1000 }, { "huge_worst", -1, 9000 } },
	  { { "none", -1, 0 } },
	  { { "small_worst", -1, 9000 } } },
	{ "migrate-latency",
	  "others-work",
	  6,
	  3,
	  { { "toucher", -1, 0 }, { "huge_executed", 0, 0 }, { "huge_executed", 1, 1000 } },
	  { { "none", -1, 0 } },
	  { { "small_executed", 0, 0 }, { "small_executed", 1, 1000 } } },
	{ "thp-modes",
	  "middle-sized",
	  6,
	  8,
	  { { "far", -1, 1 } },
	  { { "none", -1, 0 } },
	  { { "middle_apart", -1, 0 }, { "middle_huge", -1, 0 }, { "middle", 0, 0 }, { "middle", 1, 16 } },
	  true },
	{ "weighted-interleave",
	  "known",
	  6,
	  9,
	  { { 0 } },
	  { { "refused", -1, EINVAL } },
	  { { "refused", -1, 0 } } },
	{ "balance-fault",
	  "written-forgets",
	  6,
	  2,
	  { { 0 } },
	  { { "rewritten_remote", -1, 2 * 256 } },
	  { { "rewritten_remote", -1, 256 } } },
	{ "migrate-calls",
	  "status-matrix",
	  6,
	  12,
	  { { "far", -1, 1 },
	    { "ok", -1, 1 },
	    { "there", -1, 1 },
	    { "zero_page", -1, -EFAULT },
	    { "unmapped", -1, -EFAULT },
	    { "kernels", -1, -EBUSY },
	    { "shared", -1, -EACCES } },
	  { { "untouched", -1, -EFAULT } },
	  { { "untouched", -1, -ENOENT } } },
};

/* Where the number behind these decides: stable kernels before it, it, and those of other series. */
static const struct {
	unsigned kernel[3];
	bool fixed;
} fixes[] = {
	{ { 6, 12, 108 }, false }, { { 6, 12, 109 }, true }, { { 6, 12, 200 }, true },
	{ { 6, 11, 200 }, false }, { { 6, 13, 0 }, true },   { { 5, 19, 200 }, false },
	{ { 7, 0, 0 }, true },	   { { 7, 12, 0 }, true },
};

static const unsigned versions[][3] = { { 4, 19, 300 }, { 5, 10, 262 }, { 5, 19, 17 },	{ 6, 1, 176 },
					{ 6, 2, 0 },	{ 6, 3, 1 },	{ 6, 6, 0 },	{ 6, 7, 12 },
					{ 6, 8, 0 },	{ 6, 9, 0 },	{ 6, 12, 117 }, { 7, 0, 13 },
					{ 7, 3, 4 },	{ 10, 1, 0 } };

static const struct workload *workload(const char *name)
{
	for (const struct workload_entry *e = workload_table; e->name; e++)
		if (!strcmp(e->name, name))
			return e->w;
	fail_msg("there is no workload %s", name);
	return NULL;
}

static const struct wl_expect *check(const struct workload *w, const char *name)
{
	const struct wl_expects *const tables[] = { &w->expects, &w->trace_expects };

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
		wl_foreach (e, tables[i])
			if (!strcmp(e->name, name))
				return e;
	fail_msg("there is no check %s", name);
	return NULL;
}

static size_t put(struct wl_value *into, size_t n, const struct wl_value *from)
{
	for (; from->name; from++)
		into[n++] = *from;
	return n;
}

/* What the check says of these values on this kernel. */
static void judge(const struct row *r, const struct wl_value *of, const unsigned kernel[3],
		  struct wl_verdict *out)
{
	const struct workload *w = workload(r->workload);
	auto_free void *params = calloc(1, w->params.size + 1);
	struct wl_value values[2 * VALUES];
	struct wl_view v = { .w = w, .params = params, .values = values };

	memcpy(v.kernel, kernel, sizeof(v.kernel));
	params_default(w, params);
	for (unsigned nid = 0; nid < 2; nid++) {
		idset_add(&v.mem_nodes, nid);
		idset_add(&v.cpu_nodes, nid);
	}
	v.nvalues = put(values, put(values, 0, r->same), of);
	*out = (struct wl_verdict){ 0 };
	wl_judge(&v, check(w, r->check), out);
}

static bool takes(const struct row *r, bool since, const unsigned kernel[3])
{
	struct wl_verdict out;

	judge(r, since ? r->since : r->before, kernel, &out);
	return out.outcome == OUTCOME_PASS || out.outcome == OUTCOME_XFAIL;
}

/* What is wrong with the check on this version; NULL. Some ask for less before, and take what came later, too. */
static const char *wrong(const struct row *r, const unsigned v[3])
{
	bool since = v[0] > r->major || (v[0] == r->major && v[1] >= r->minor);
	struct wl_verdict out;

	judge(r, r->since, v, &out);
	if (r->skips && !since)
		return out.outcome == OUTCOME_SKIP ? NULL : "is no skip";
	if (!takes(r, since, v))
		return "refuses what is right there";
	return since && takes(r, false, v) ? "takes what was right before" : NULL;
}

static void every_version(void **state)
{
	unsigned bad = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(versions); k++) {
			const char *why = wrong(&rows[i], versions[k]);

			if (!why)
				continue;
			print_error("%s %s: Linux %u.%u %s\n", rows[i].workload, rows[i].check,
				    versions[k][0], versions[k][1], why);
			bad++;
		}
	}
	assert_int_equal(bad, 0);
}

/* An image that does not tell its version: neither expectation is the right one. */
static void unknown_version(void **state)
{
	static const unsigned none[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct wl_verdict before, since;

		judge(&rows[i], rows[i].before, none, &before);
		judge(&rows[i], rows[i].since, none, &since);
		if (before.outcome != OUTCOME_BROKEN || since.outcome != OUTCOME_BROKEN)
			fail_msg("%s %s judges a kernel of unknown version", rows[i].workload, rows[i].check);
	}
}

static void comparing(void **state)
{
	static const struct {
		unsigned kernel[3], major, minor;
		bool since;
	} cases[] = {
		{ { 5, 10, 0 }, 6, 3, false }, { { 5, 19, 9 }, 6, 3, false }, { { 6, 2, 99 }, 6, 3, false },
		{ { 6, 3, 0 }, 6, 3, true },   { { 6, 12, 1 }, 6, 3, true },  { { 7, 0, 0 }, 6, 3, true },
		{ { 7, 3, 4 }, 6, 12, true },  { { 6, 1, 0 }, 6, 12, false }, { { 6, 99, 0 }, 7, 0, false },
		{ { 0, 0, 0 }, 4, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (kernel_since(cases[i].kernel, cases[i].major, cases[i].minor) != cases[i].since)
			fail_msg("row %zu", i);
	assert_true(kernel_known(cases[0].kernel));
	assert_false(kernel_known(cases[9].kernel));
}

/* balance-never's shared-moves: it moved, or it stayed as documented before 6.12.109. */
static void by_fix(void **state)
{
	struct row r = { "balance-never", "shared-moves", 6, 12, { { "near", -1, 0 }, { "far", -1, 1 } } };
	static const unsigned none[3];
	struct wl_verdict out;

	(void)state;
	memcpy(r.since, (struct wl_value[]){ { "shared", 0, 0 }, { "shared", 1, 16 } }, 2 * sizeof(*r.since));
	memcpy(r.before,
	       (struct wl_value[]){ { "shared", 0, 16 },
				    { "shared", 1, 0 },
				    { "plain", 0, 0 },
				    { "plain", 1, 16 },
				    { "scans", -1, 100 } },
	       5 * sizeof(*r.before));
	for (size_t i = 0; i < ARRAY_SIZE(fixes); i++) {
		assert_int_equal(kernel_since_fix(fixes[i].kernel, 6, 12, 109), fixes[i].fixed);
		judge(&r, r.since, fixes[i].kernel, &out);
		assert_int_equal(out.outcome, fixes[i].fixed ? OUTCOME_PASS : OUTCOME_FAIL);
		judge(&r, r.before, fixes[i].kernel, &out);
		assert_int_equal(out.outcome, fixes[i].fixed ? OUTCOME_FAIL : OUTCOME_XFAIL);
	}
	judge(&r, r.before, none, &out);
	assert_int_equal(out.outcome, OUTCOME_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing),
		cmocka_unit_test(every_version),
		cmocka_unit_test(unknown_version),
		cmocka_unit_test(by_fix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
