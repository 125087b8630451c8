/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache model's lines in the access trace, what --trace=caches takes, and fills by distance. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "result/access.h"
#include "trace/trace.h"

#define HEAD "numarig-access 1\nnode 0\nnode 1\ncpu 0 0\ninterval -\ninterval bind\n"
#define TAIL "lost 0\nunmatched 0\nfull 0\nend\n"

static void reads(void **state)
{
	struct access a;
	struct err err = ERR_INIT;
	const struct access_interval *v;
	(void)state;

	if (access_parse(
		    HEAD
		    "c u level 0 1000 10\nc u level 3 9 8\nc u dropped 7\n"
		    "c u lines 0 0 1 2 3 4 5\nc u lines 0 1 10 20 30 40 50\nc k lines 1 0 9 0 0 0 0\n" TAIL,
		    &a, &err))
		fail_msg("%s", err.msg);
	assert_false(access_interval(&a, "-")->cached);
	v = access_interval(&a, "bind");
	assert_true(v->cached);
	const struct access_caches *c = &v->caches[ACCESS_USER];
	assert_int_equal(c->lines[0], 1000);
	assert_int_equal(c->misses[0], 10);
	assert_int_equal(c->misses[3], 8);
	assert_int_equal(c->dropped, 7);
	assert_int_equal(c->pairs, 2);
	assert_int_equal(c->pair[1].with, 1);
	assert_int_equal(c->pair[1].n[ACCESS_TRANSFER], 50);
	assert_int_equal(v->caches[ACCESS_KERNEL].pair[0].n[ACCESS_FILL_FETCH], 9);
	/* fills only: 6 lines at 10, 60 at 21 */
	static const uint32_t weight[4] = { 10, 21, 21, 10 };
	assert_int_equal(access_caches_weigh(c, weight, 2), 6 * 10 + 60 * 21);
	access_free(&a);
}

static void refuses(void **state)
{
	static const char *const bad[] = {
		"c u level 4 1 1",
		"c u level 0 1 2", /* more misses than lines */
		"c u level 0 1",
		"c u level 0 1 1 1",
		"c x level 0 1 1",
		"c u lines 0 0 1 2 3 4",
		"c u lines 0 -1 1 2 3 4 5",
		"c u dropped",
		"c u dropped x",
		"c u shared 1",
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_free char *text = xasprintf(HEAD "%s\n" TAIL, bad[i]);
		struct access a;
		struct err err = ERR_INIT;

		if (access_parse(text, &a, &err) != -EBADMSG)
			fail_msg("taken: %s", bad[i]);
		if (!strstr(err.msg, bad[i]))
			fail_msg("%s: not named in: %s", bad[i], err.msg);
	}
	struct access a;
	struct err err = ERR_INIT;
	assert_int_equal(access_parse("numarig-access 1\nc u dropped 1\n" TAIL, &a, &err),
			 -EBADMSG); /* of no interval */
}

static void asks(void **state)
{
	static const struct {
		const char *what, *message; /* NULL: is taken */
	} rows[] = {
		{ NULL, NULL },
		{ "caches", NULL },
		{ "caches:", NULL },
		{ "caches:l2=2M,line=128", NULL },
		{ "cache", "--trace=cache: want --trace, --trace=caches or --trace=caches:l2=1M,..." },
		{ "caches,l2=2M",
		  "--trace=caches,l2=2M: want --trace, --trace=caches or --trace=caches:l2=1M,..." },
		{ "", "--trace=: want --trace, --trace=caches or --trace=caches:l2=1M,..." },
		{ "caches:l2=5", "--trace=caches: l2: \"5\": want a size such as \"256M\" or \"1G\"" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trace_request t = { 0 };
		struct err err = ERR_INIT;

		assert_int_equal(trace_ask(&t, rows[i].what, &err), rows[i].message ? -EINVAL : 0);
		assert_string_equal(err.msg, rows[i].message ? rows[i].message : "");
		if (!rows[i].message)
			assert_int_equal(t.caches, rows[i].what != NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads),
		cmocka_unit_test(refuses),
		cmocka_unit_test(asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
