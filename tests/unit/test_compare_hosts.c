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
		assert_non_null(strstr(t.s, "\nverdict  no outcome changed\n"));
		assert_non_null(strstr(t.s, "\napart    bind: metric area on node"));
	}
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
	assert_non_null(strstr(t.s, "\nverdict  1 outcome changed\n"));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_no_verdict),
		cmocka_unit_test(kernels_numbers_are),
		cmocka_unit_test(outcomes_are),
		cmocka_unit_test(packages_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
