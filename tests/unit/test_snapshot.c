/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state_patch_shift: one saved state runs under another shift of the instruction clock, and its virtual time stays
 * what it was: bias + (icount << shift), in 64 bits, whatever the sign of the bias.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <endian.h>
#include <errno.h>

#include "base/auto.h"
#include "machine/snapshot.h"

#define SECTION "\x05\x0ctimer/icount"
#define HEAD (sizeof(SECTION) - 1)
#define BEFORE 100
#define SIZE (BEFORE + HEAD + 4 + 16 + 50)

/* A state of noise with the clock's section in it. Exactly SIZE bytes, so that a write behind it is seen. */
static char *made(int64_t bias, int64_t icount)
{
	char *s = malloc(SIZE);
	uint32_t version = htobe32(1);
	uint64_t b = htobe64((uint64_t)bias), i = htobe64((uint64_t)icount);

	for (size_t k = 0; k < SIZE; k++)
		s[k] = (char)(k * 7);
	memcpy(s + BEFORE, SECTION, HEAD);
	memcpy(s + BEFORE + HEAD, &version, 4);
	memcpy(s + BEFORE + HEAD + 4, &b, 8);
	memcpy(s + BEFORE + HEAD + 12, &i, 8);
	return s;
}

static int64_t field(const char *s, size_t at)
{
	uint64_t v;

	memcpy(&v, s + BEFORE + HEAD + at, 8);
	return (int64_t)be64toh(v);
}

static void exact(void **state)
{
	static const struct {
		int64_t bias, icount;
		unsigned from, to;
		int64_t want;
	} cases[] = {
		{ 0, 0, 4, 5, 0 },
		{ 0, 1000000, 4, 5, -16000000 },
		{ 0, 1000000, 5, 4, 16000000 },
		{ 7, 1000000, 4, 4, 7 },
		{ -16000000, 1000000, 5, 4, 0 },
		{ -5, 3, 3, 6, -5 + (3 << 3) - (3 << 6) },
		{ 123456789012345, 987654321, 3, 5,
		  123456789012345 + (987654321ll << 3) - (987654321ll << 5) },
		{ INT64_MIN, 0, 0, 10, INT64_MIN },
		{ -1, 1ll << 50, 0, 10, -1 + (1ll << 50) - (1ll << 60) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *s = made(cases[i].bias, cases[i].icount);
		auto_free char *before = made(cases[i].bias, cases[i].icount);
		struct err err = ERR_INIT;

		assert_int_equal(state_patch_shift(s, SIZE, cases[i].from, cases[i].to, &err), 0);
		assert_true(field(s, 4) == cases[i].want);
		/* the clock goes on where it stood */
		assert_true((uint64_t)field(s, 4) + ((uint64_t)cases[i].icount << cases[i].to) ==
			    (uint64_t)cases[i].bias + ((uint64_t)cases[i].icount << cases[i].from));
		/* and nothing else was touched */
		memcpy(before + BEFORE + HEAD + 4, s + BEFORE + HEAD + 4, 8);
		assert_memory_equal(s, before, SIZE);
		/* back again */
		assert_int_equal(state_patch_shift(s, SIZE, cases[i].to, cases[i].from, &err), 0);
		assert_true(field(s, 4) == cases[i].bias);
	}
}

static void refused(const char *bytes, size_t n)
{
	char *copy = malloc(n ? n : 1), *same = malloc(n ? n : 1);
	struct err err = ERR_INIT;

	memcpy(copy, bytes, n);
	memcpy(same, bytes, n);
	assert_int_equal(state_patch_shift(copy, n, 4, 5, &err), -EBADMSG);
	assert_string_equal(err.msg, "saved state: has no instruction clock");
	assert_memory_equal(copy, same, n);
	free(copy);
	free(same);
}

static void no_section(void **state)
{
	auto_free char *s = made(1, 2);
	const size_t whole = BEFORE + HEAD + 4 + 16;
	struct err err = ERR_INIT;

	(void)state;
	for (size_t n = 0; n < whole; n++)
		refused(s, n); /* cut at each byte */
	assert_int_equal(state_patch_shift(s, whole, 4, 5, &err), 0);
	s[BEFORE + 3] ^= 1;
	refused(s, SIZE);
	refused("", 0);
	/* the name without its frame: a description of the format at the end of a state has it, too */
	refused("....timer/icount........................................", 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(exact), cmocka_unit_test(no_section) };

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
