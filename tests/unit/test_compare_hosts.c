/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results of two hosts: with another QEMU, or other programs in the guest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "judge/compare.h"
#include "judge/summary.h"
#include "report/compare.h"
#include "tests/unit/results.h"

static const char *input; /* the one that differs */
static bool lacks;	  /* bind has no number of node 1 */
static bool fails;	  /* bind does, too */

/* A page more on a node, and less on another. */
static json_t *other_host(void)
{
	json_t *r = example(), *m;
	size_t i;

	if (input)
		json_object_set_new(json_object_get(r, "inputs"), input, json_string("otherwise"));
	json_array_foreach (json_object_get(workload(r, "bind"), "metrics"), i, m) {
		if (!strcmp(json_word(m, "name"), "area") &&
		    json_integer_value(json_object_get(m, "nid")) < 2)
			json_object_set_new(m, "value", json_integer(127 + 2 * (json_int_t)i));
	}
	if (lacks)
		json_array_foreach (json_object_get(workload(r, "bind"), "metrics"), i, m) {
			if (!strcmp(json_word(m, "name"), "area") &&
			    json_integer_value(json_object_get(m, "nid")) == 1) {
				json_array_remove(json_object_get(workload(r, "bind"), "metrics"), i);
				break;
			}
		}
	if (fails)
		json_object_set_new(workload(r, "bind"), "outcome", json_string("fail"));
	return r;
}

static json_t *compared(void)
{
	auto_json json_t *was = json_pack("[o]", example()), *is = json_pack("[o]", other_host());
	auto_json json_t *a = NULL, *b = NULL;
	struct err err = ERR_INIT;
	json_t *c = NULL;

	if (summary_make(was, &a, &err) || summary_make(is, &b, &err) || compare_summaries(a, b, &c, &err))
		fail_msg("%s", err.msg);
	return c;
}

static const char *const of_host[] = { "qemu", "firmware", "steady", "initramfs" };

static void numbers_are_no_verdict(void **state)
{
	(void)state;
	fails = false;
	for (size_t i = 0; i < ARRAY_SIZE(of_host); i++) {
		auto_text struct text t = { 0 };

		input = of_host[i];
		auto_json json_t *c = compared();
		assert_string_equal(json_word(c, "basis"), "hosts");
		assert_string_equal(json_word(c, "differs"), input);
		assert_string_equal(json_word(c, "verdict"), "apart");
		assert_true(json_integer_value(json_object_get(json_object_get(c, "counts"), "apart")) > 0);
		assert_int_equal(compare_exit_code(c), 0);
		report_compare(c, "", false, &t);
		assert_ptr_equal(strstr(t.s, "verdict  no verdict changed\nwas "), t.s);
		assert_non_null(strstr(t.s, "\napart    bind: metric area on node"));
	}
}

/* What is not measured any more is not a number that differs: it counts on two hosts as well. */
static void not_measured(void **state)
{
	(void)state;
	fails = false;
	lacks = true;
	input = "initramfs";
	auto_json json_t *c = compared();
	lacks = false;
	assert_string_equal(json_word(c, "basis"), "hosts");
	assert_string_equal(json_word(c, "verdict"), "changed");
	assert_int_equal(compare_exit_code(c), 1);
}

/* The same numbers with another kernel on the same host are a difference that counts. */
static void kernels_numbers_are(void **state)
{
	(void)state;
	fails = false;
	input = "kernel";
	auto_json json_t *c = compared();
	assert_string_equal(json_word(c, "basis"), "builds");
	assert_string_equal(json_word(c, "verdict"), "changed");
	assert_int_equal(compare_exit_code(c), 1);
}

static void outcomes_are(void **state)
{
	auto_text struct text t = { 0 };

	(void)state;
	fails = true;
	input = "initramfs";
	auto_json json_t *c = compared();
	assert_string_equal(json_word(c, "verdict"), "worse");
	assert_int_equal(compare_exit_code(c), 1);
	report_compare(c, "", false, &t);
	assert_ptr_equal(strstr(t.s, "verdict  1 verdict changed: bind (pass -> fail)\nwas "), t.s);
}

/* Of what both name, and only where a program of the host is another. */
static void packages_are_named(void **state)
{
	auto_json json_t *was = json_pack("[o]", example()), *is = json_pack("[o]", other_host());
	auto_json json_t *a = NULL, *b = NULL, *c = NULL, *same = NULL;
	struct err err = ERR_INIT;

	(void)state;
	fails = false;
	input = "initramfs";
	json_array_set_new(is, 0, other_host());
	json_object_set_new(json_object_get(json_array_get(was, 0), "host"), "packages",
			    json_pack("{s:s, s:s, s:s}", "libc6", "2.36", "numactl", "2.0.16", "gcc", "12"));
	json_object_set_new(json_object_get(json_array_get(is, 0), "host"), "packages",
			    json_pack("{s:s, s:s}", "libc6", "2.41", "numactl", "2.0.16"));
	assert_int_equal(summary_make(was, &a, &err) || summary_make(is, &b, &err), 0);
	assert_int_equal(compare_summaries(a, b, &c, &err), 0);
	assert_string_equal(json_word(c, "differs"), "initramfs, package libc6 (2.36, 2.41)");
	json_object_set(json_object_get(b, "inputs"), "initramfs",
			json_object_get(json_object_get(a, "inputs"), "initramfs"));
	assert_int_equal(compare_summaries(a, b, &same, &err), 0);
	assert_string_equal(json_word(same, "differs"), "");
}

static json_t *between(json_t *was, json_t *is)
{
	auto_json json_t *a = NULL, *b = NULL, *of = json_pack("[o]", was), *to = json_pack("[o]", is);
	struct err err = ERR_INIT;
	json_t *c = NULL;

	if (summary_make(of, &a, &err) || summary_make(to, &b, &err) || compare_summaries(a, b, &c, &err))
		fail_msg("%s", err.msg);
	return c;
}

static json_t *broken(void)
{
	json_t *r = example(), *w = workload(r, "bind");

	json_object_set_new(w, "outcome", json_string("broken"));
	json_array_clear(json_object_get(w, "checks"));
	json_array_clear(json_object_get(w, "metrics"));
	return r;
}

static json_t *without_bind(void)
{
	json_t *r = example(), *all = json_object_get(r, "workloads"), *w;
	size_t i;

	json_array_foreach (all, i, w) {
		if (w == workload(r, "bind"))
			break;
	}
	json_array_remove(all, i);
	return r;
}

/* From broken to pass is no improvement, and what one side alone has is no change. */
static void words_of_odd_rows(void **state)
{
	auto_json json_t *back = between(broken(), example()), *alone = between(without_bind(), example());
	auto_text struct text t = { 0 }, u = { 0 };

	(void)state;
	report_compare(back, "", false, &t);
	assert_ptr_equal(strstr(t.s, "verdict  1 verdict changed: bind (broken -> pass)\nwas "), t.s);
	assert_non_null(strstr(t.s, "\njudged   bind: outcome: broken -> pass\n"));
	assert_non_null(strstr(t.s, "\njudged: it was broken, so there is no answer of before: "));
	report_compare(alone, "", false, &u);
	assert_ptr_equal(strstr(u.s, "verdict  no verdict changed; 1 that only one side has\nwas "), u.s);
	assert_null(strstr(u.s, "judged: "));
}

/* The first line stays one that is read. */
static void many_changed(void **state)
{
	json_t *r = example(), *w, *check;
	auto_text struct text t = { 0 };
	size_t i, k, n = 0;

	(void)state;
	json_array_foreach (json_object_get(r, "workloads"), i, w) {
		json_object_set_new(w, "outcome", json_string("fail"));
		json_array_foreach (json_object_get(w, "checks"), k, check)
			json_object_set_new(check, "outcome", json_string("fail"));
		n += 1 + k;
	}
	assert_true(n > 6);
	auto_json json_t *c = between(example(), r);
	report_compare(c, "", false, &t);
	auto_free char *more = xasprintf(", and %zu more\nwas ", n - 6);
	assert_non_null(strstr(t.s, more));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_no_verdict), cmocka_unit_test(not_measured),
		cmocka_unit_test(kernels_numbers_are),	  cmocka_unit_test(outcomes_are),
		cmocka_unit_test(packages_are_named),	  cmocka_unit_test(words_of_odd_rows),
		cmocka_unit_test(many_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
