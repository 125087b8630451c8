/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bench's arithmetic. Its source is taken in whole: it is no part of libnumarig. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bench/stats.c"

static void add(struct series *s, const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(series_add(s, v[i]), 0);
}
#define ADD(s, ...) \
	add(s, (const double[]){ __VA_ARGS__ }, sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double))

static void an_empty_series_has_no_median(void **state)
{
	struct summary sum = { .n = 7, .median = 7 };
	struct series s = { 0 };
	(void)state;

	assert_false(series_summary(&s, &sum));
	assert_int_equal(sum.n, 7); /* untouched: no zero to take for a measurement */
	series_free(&s);
}

static void one_sample_is_all_three(void **state)
{
	struct series s = { 0 };
	struct summary sum;
	(void)state;

	ADD(&s, 0.25);
	assert_true(series_summary(&s, &sum));
	assert_int_equal(sum.n, 1);
	assert_true(sum.min == 0.25 && sum.median == 0.25 && sum.max == 0.25);
	series_free(&s);
}

static void odd_counts_have_a_middle_one(void **state)
{
	struct series s = { 0 };
	struct summary sum;
	(void)state;

	ADD(&s, 9, 1, 5, 100, 2);
	assert_true(series_summary(&s, &sum));
	assert_true(sum.min == 1 && sum.median == 5 && sum.max == 100);
	assert_true(s.v[0] == 9 && s.v[3] == 100); /* the order measured in is kept */
	series_free(&s);
}

static void even_counts_take_the_middle_two(void **state)
{
	struct series s = { 0 };
	struct summary sum;
	(void)state;

	ADD(&s, 4, 1, 3, 100);
	assert_true(series_summary(&s, &sum));
	assert_true(sum.median == 3.5);
	series_free(&s);
}

static void equal_samples_and_zeroes_are_fine(void **state)
{
	struct series s = { 0 };
	struct summary sum;
	(void)state;

	ADD(&s, 0, 0, 0);
	assert_true(series_summary(&s, &sum));
	assert_true(sum.min == 0 && sum.median == 0 && sum.max == 0);
	series_free(&s);
}

static void many_samples_grow_it(void **state)
{
	struct series s = { 0 };
	struct summary sum;
	(void)state;

	for (unsigned i = 1001; i > 0; i--)
		assert_int_equal(series_add(&s, i), 0);
	assert_true(series_summary(&s, &sum));
	assert_int_equal(sum.n, 1001);
	assert_true(sum.min == 1 && sum.median == 501 && sum.max == 1001);
	series_free(&s);
}

static void what_is_no_measurement_is_refused(void **state)
{
	const double bad[] = { NAN, INFINITY, -INFINITY, -0.001 };
	struct series s = { 0 };
	(void)state;

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(series_add(&s, bad[i]), -1);
	assert_int_equal(s.n, 0);
	series_free(&s);
}

static void a_ratio_is_of_medians_with_its_bounds(void **state)
{
	struct series plain = { 0 }, ours = { 0 };
	struct ratio r;
	(void)state;

	ADD(&plain, 4, 3, 5);
	ADD(&ours, 0.1, 0.2, 0.125, 0.05);
	assert_true(series_ratio(&plain, &ours, &r));
	assert_true(fabs(r.value - 4 / 0.1125) < 1e-9);
	assert_true(fabs(r.low - 3 / 0.2) < 1e-9);
	assert_true(fabs(r.high - 5 / 0.05) < 1e-9);
	series_free(&plain);
	series_free(&ours);
}

static void a_ratio_needs_both_sides(void **state)
{
	struct series some = { 0 }, none = { 0 }, zero = { 0 };
	struct ratio r = { .value = 7 };
	(void)state;

	ADD(&some, 1, 2);
	ADD(&zero, 0, 1);
	assert_false(series_ratio(&some, &none, &r));
	assert_false(series_ratio(&none, &some, &r));
	assert_false(series_ratio(&some, &zero, &r)); /* max/min would be infinite */
	assert_true(r.value == 7);
	assert_true(series_ratio(&zero, &some, &r));
	series_free(&some);
	series_free(&none);
	series_free(&zero);
}

static void a_target_is_met_at_its_limit(void **state)
{
	(void)state;
	assert_true(target_met(TARGET_AT_MOST, 0.1, 0.1));
	assert_true(target_met(TARGET_AT_MOST, 0.1, 0.09));
	assert_false(target_met(TARGET_AT_MOST, 0.1, 0.1001));
	assert_true(target_met(TARGET_AT_LEAST, 25, 25));
	assert_true(target_met(TARGET_AT_LEAST, 25, 40));
	assert_false(target_met(TARGET_AT_LEAST, 25, 24.9));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_series_has_no_median),
		cmocka_unit_test(one_sample_is_all_three),
		cmocka_unit_test(odd_counts_have_a_middle_one),
		cmocka_unit_test(even_counts_take_the_middle_two),
		cmocka_unit_test(equal_samples_and_zeroes_are_fine),
		cmocka_unit_test(many_samples_grow_it),
		cmocka_unit_test(what_is_no_measurement_is_refused),
		cmocka_unit_test(a_ratio_is_of_medians_with_its_bounds),
		cmocka_unit_test(a_ratio_needs_both_sides),
		cmocka_unit_test(a_target_is_met_at_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
