/* SPDX-License-Identifier: GPL-2.0-or-later */
/* result/access.h: what the plugin's text tells, and every way in which it is not to be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/text.h"
#include "result/access.h"

#define HEAD "numarig-access 1\nnode 0\nnode 2\ncpu 0 0\ncpu 3 2\n"
#define TAIL "lost 0\nunmatched 0\nfull 0\nend\n"
#define GOOD                                                                                                      \
	HEAD "interval -\nn 0 k l 0 7\ninterval touched\nn 3 u s 0 5\nn 0 u f 2 11\nn 0 u f 0 12\nn 3 k l -1 1\n" \
	     "region heap\nr 2 u s 0 5\nr 2 k s 0 2\nregion empty\nprogram /bin/a b\n"                            \
	     "p 7ffff7e06 2 0 1 2 3 4 5 6\n" TAIL

static void reads(void **state)
{
	auto_access struct access a = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	if (access_parse(GOOD, &a, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(a.nids, 2);
	assert_int_equal(a.nid[1], 2);
	assert_int_equal(a.cpus, 2);
	const struct access_interval *v = access_interval(&a, "touched");
	assert_non_null(v);
	/* by CPU, then by the memory's node; its own node stands beside the CPU */
	assert_int_equal(v->pairs.n, 4);
	assert_int_equal(v->pairs.v[0].to, 0);
	assert_int_equal(v->pairs.v[0].n[ACCESS_USER][ACCESS_FETCH], 12);
	assert_int_equal(v->pairs.v[1].n[ACCESS_USER][ACCESS_FETCH], 11);
	assert_int_equal(v->pairs.v[2].to, -1);
	assert_int_equal(v->pairs.v[3].cpu, 3);
	assert_int_equal(v->pairs.v[3].from, 2);
	const struct access_region *r = access_region(&v->regions, "heap");
	assert_non_null(r);
	assert_int_equal(r->pairs.n, 1);
	assert_int_equal(r->pairs.v[0].n[ACCESS_USER][ACCESS_STORE], 5);
	assert_int_equal(r->pairs.v[0].n[ACCESS_KERNEL][ACCESS_STORE], 2);
	assert_non_null(access_region(&v->regions, "empty"));
	assert_null(access_region(&v->regions, "none"));
	assert_int_equal(a.programs, 1);
	assert_string_equal(a.program[0].name, "/bin/a b");
	assert_int_equal(a.program[0].page[0].number, 0x7ffff7e06);
	assert_int_equal(a.program[0].page[0].pair.n[ACCESS_USER][ACCESS_FETCH], 3);
	assert_int_equal(a.program[0].page[0].pair.n[ACCESS_KERNEL][ACCESS_LOAD], 4);
}

static const struct {
	const char *text, *words;
} wrong[] = {
	{ "", "access trace: is empty" },
	{ "numarig-access 2\nend\n", "access trace line 1: \"numarig-access 2\"" },
	{ HEAD "end", "access trace" },
	{ HEAD, "access trace: is cut short" },
	{ GOOD "n 0 k l 0 7\n", "access trace line 23" },
	{ HEAD "lost 3\nend\n", "accesses whose CPU or memory could not be found out" },
	{ HEAD "unmatched 1\nend\n", "faults of an instruction that did not run" },
	{ HEAD "full 1\nend\n", "than the trace has room for" },
	{ "numarig-access 1\ncpu -1 0\nend\n", "a CPU that QEMU did not tell which it is" },
	{ "numarig-access 1\ncpu 0 -1\nend\n", "a CPU of no node, or one named twice" },
	{ HEAD "cpu 0 0\nend\n", "a CPU of no node, or one named twice" },
	{ HEAD "n 0 k l 0 7\nend\n", "a count of no interval" },
	{ HEAD "interval a\nn 1 k l 0 7\nend\n", "or of a CPU that was not named" },
	{ HEAD "interval a\nn 0 x l 0 7\nend\n", "access trace line 7" },
	{ HEAD "interval a\nn 0 k x 0 7\nend\n", "access trace line 7" },
	{ HEAD "interval a\nn 0 k l 0 7 8\nend\n", "access trace line 7" },
	{ HEAD "interval a\nn 0 k l 0 18446744073709551616\nend\n", "a number is above" },
	{ HEAD "interval a\nr 0 k l 0 7\nend\n", "a count of no region" },
	{ HEAD "region a\nend\n", "access trace line 6" },
	{ HEAD "interval \nend\n", "access trace line 6" },
	{ HEAD "p 1 0 0 1 2 3 4 5 6\nend\n", "access trace line 6" },
	{ HEAD "program a\np 1 0 0 1 2 3 4 5\nend\n", "access trace line 7" },
	{ HEAD "what\nend\n", "access trace line 6" },
};

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct access a;
		struct err err = ERR_INIT;

		assert_int_equal(access_parse(wrong[i].text, &a, &err), -EBADMSG);
		assert_int_equal(err.code, -EBADMSG);
		assert_int_equal(a.intervals + a.cpus + a.programs, 0);
		if (!strstr(err.msg, wrong[i].words))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.msg, wrong[i].words);
	}
}

/* No part of it passes for the whole. */
static void cut(void **state)
{
	(void)state;
	for (size_t n = 0; n + 1 < sizeof(GOOD) - 1; n++) {
		auto_text struct text t = { 0 };
		struct access a;
		struct err err = ERR_INIT;

		text_add(&t, GOOD, n);
		assert_int_equal(access_parse(text_str(&t), &a, &err), -EBADMSG);
	}
}

static void no_file(void **state)
{
	struct access a;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(access_read("/nonexistent/x.access", &a, &err), -EBADMSG);
	assert_string_equal(err.msg, "access trace: there is none: the guest did not run to its end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refused),
		cmocka_unit_test(cut),
		cmocka_unit_test(no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
