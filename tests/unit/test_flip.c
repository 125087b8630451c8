/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The search for the kernel where an answer flips, and the list of kernels it goes over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "cases/flip.h"
#include "kit/offered.h"

/* A row of kernels: s shows it, d does not, ? cannot tell. */
static const struct {
	const char *row;
	enum case_answer first;
	enum flip_state state;
	size_t before, at;
	unsigned most; /* kernels tried at most */
} rows[] = {
	{ "ssssssdddd", CASE_DOES_NOT, FLIP_FOUND, 5, 6, 6 },
	{ "sd", CASE_DOES_NOT, FLIP_FOUND, 0, 1, 2 },
	{ "sddddddddddddddddddd", CASE_DOES_NOT, FLIP_FOUND, 0, 1, 7 },
	{ "sssssssssssssssssssd", CASE_DOES_NOT, FLIP_FOUND, 18, 19, 7 },
	{ "ddddsss", CASE_SHOWS, FLIP_FOUND, 3, 4, 5 },
	{ "ssssssdddd", CASE_SHOWS, FLIP_NONE, 0, 9, 2 },
	{ "ssss", CASE_DOES_NOT, FLIP_NONE, 0, 3, 2 },
	{ "dddd", CASE_DOES_NOT, FLIP_NONE, 0, 3, 2 },
	{ "?ss?dd??", CASE_DOES_NOT, FLIP_FOUND, 2, 4, 8 },
	{ "s????d", CASE_DOES_NOT, FLIP_FOUND, 0, 5, 6 },
	{ "????", CASE_DOES_NOT, FLIP_UNTELLABLE, 0, 0, 4 },
	{ "??s?", CASE_DOES_NOT, FLIP_UNTELLABLE, 0, 0, 4 },
	{ "s", CASE_DOES_NOT, FLIP_UNTELLABLE, 0, 0, 1 },
	{ "", CASE_DOES_NOT, FLIP_UNTELLABLE, 0, 0, 0 },
};

static void search(size_t i)
{
	enum case_answer known[32];
	size_t n = strlen(rows[i].row);
	unsigned tried = 0;
	struct flip f;

	for (size_t k = 0; k < n; k++)
		known[k] = CASE_ANSWERS;
	while ((f = flip_next(known, n, rows[i].first)).state == FLIP_TRY) {
		assert_true(f.at < n);
		assert_int_equal(known[f.at], CASE_ANSWERS); /* none twice, or it would not end */
		char is = rows[i].row[f.at];
		known[f.at] = is == 's' ? CASE_SHOWS : is == 'd' ? CASE_DOES_NOT : CASE_CANNOT_TELL;
		tried++;
	}
	if (f.state != rows[i].state || tried > rows[i].most)
		fail_msg("%s: state %d, tried %u", rows[i].row, f.state, tried);
	if (f.state == FLIP_FOUND || f.state == FLIP_NONE) {
		assert_int_equal(f.before, rows[i].before);
		assert_int_equal(f.at, rows[i].at);
	}
}

static void finds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		search(i);
}

/* Every row of 9 with one flip, from each side. */
static void finds_all(void **state)
{
	(void)state;
	for (size_t n = 2; n < 10; n++)
		for (size_t flips = 1; flips < n; flips++) {
			enum case_answer known[16];
			struct flip f;

			for (size_t k = 0; k < n; k++)
				known[k] = CASE_ANSWERS;
			while ((f = flip_next(known, n, CASE_SHOWS)).state == FLIP_TRY)
				known[f.at] = f.at < flips ? CASE_DOES_NOT : CASE_SHOWS;
			assert_int_equal(f.state, FLIP_FOUND);
			assert_int_equal(f.before, flips - 1);
			assert_int_equal(f.at, flips);
		}
}

static void offered(void **state)
{
	static const char list[] = "6.12.90+deb12.1-cloud-amd64 6.12.90-2~bpo12+1 bookworm-backports\n"
				   "6.12.90+deb12-cloud-amd64 6.12.90-1~bpo12+1 bookworm-backports\n"
				   "6.12.100+deb12-cloud-amd64 6.12.100-1~deb12u1 bookworm-security\n"
				   "6.1.0-56-cloud-amd64 6.1.192-2 bookworm-security\n"
				   "6.1.0-55-cloud-amd64 6.1.192-1 bookworm-security\n";
	static const char *const order[] = { "6.1.0-55-cloud-amd64", "6.1.0-56-cloud-amd64",
					     "6.12.90+deb12-cloud-amd64", "6.12.90+deb12.1-cloud-amd64",
					     "6.12.100+deb12-cloud-amd64" };
	auto_offered struct offered o = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(offered_parse(list, &o, &err), 0);
	assert_int_equal(o.n, 5);
	for (size_t i = 0; i < o.n; i++)
		assert_string_equal(o.v[i].abi, order[i]);
	assert_string_equal(o.v[1].series, "6.1");
	assert_string_equal(o.v[2].series, "6.12");
	assert_string_equal(o.v[2].package, "6.12.90-1~bpo12+1");
}

static void offered_refuses(void **state)
{
	auto_offered struct offered o = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_true(offered_parse("", &o, &err) < 0);
	assert_string_equal(err.msg, "the archive has no kernel");
	assert_true(offered_parse("6.1.0-55-cloud-amd64\n", &o, &err) < 0);
	assert_string_equal(err.msg,
			    "the list of kernels has a line without a version: \"6.1.0-55-cloud-amd64\"");
	assert_true(offered_parse("a b c\n", &o, &err) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(finds_all),
		cmocka_unit_test(offered),
		cmocka_unit_test(offered_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
