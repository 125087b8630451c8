/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache model and naive_caches.h count the same of random accesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "naive_caches.h"
#include "trace/caches.h"

#define SMALL "l1i=1K,l1i_ways=2,l1d=1K,l1d_ways=2,l2=2K,l2_ways=4,llc=8K,llc_ways=16"

static uint64_t next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	return *seed ^= *seed << 17;
}

static void compare(const char *options, unsigned nodes, unsigned cpus, unsigned lines, uint64_t seed)
{
	struct caches_geometry g;
	struct caches_count is, want;
	struct caches *c;
	struct err err = ERR_INIT;
	auto_free struct naive *m = xcalloc(1, sizeof(*m));
	auto_free unsigned *node = xcalloc(cpus, sizeof(*node));

	for (unsigned i = 0; i < cpus; i++)
		node[i] = i % nodes;
	caches_default(&g);
	if (caches_parse(options, &g, &err) || caches_new(&g, nodes, cpus, node, &c, &err))
		fail_msg("%s: %s", options, err.msg);
	naive_init(m, &g, nodes, cpus, node);
	caches_count_init(&is, nodes);
	caches_count_init(&want, nodes);
	for (unsigned i = 0; i < 40000; i++) {
		uint64_t r = next(&seed), of = r % nodes;
		/* half of all accesses go to an eighth of the lines; some cross into the next */
		uint64_t line = (r >> 8) % (r & 64 ? lines : lines / 8 + 1);
		uint64_t addr = of << 30 | (line * g.line + (r >> 40) % g.line);
		unsigned bytes = 1 + (unsigned)(r >> 50) % 8, cpu = (unsigned)(r >> 32) % cpus;
		enum caches_kind kind = (r >> 60) % 5 == 0  ? CACHES_FETCH
					: (r >> 60) % 5 < 3 ? CACHES_LOAD
							    : CACHES_STORE;

		caches_touch(c, &is, cpu, kind, addr, bytes, (unsigned)of);
		naive_touch(m, &want, cpu, kind, addr, bytes, (unsigned)of);
	}
	for (unsigned i = 0; i < CACHES_LEVELS; i++) {
		assert_int_equal(is.access[i], want.access[i]);
		assert_int_equal(is.miss[i], want.miss[i]);
	}
	assert_int_equal(is.dropped, want.dropped);
	/* one piece of memory, see caches_count_init() */
	assert_memory_equal(is.fill[0], want.fill[0],
			    (CACHES_KINDS + 2ull) * nodes * nodes * sizeof(uint64_t));
	uint64_t met = 0, left = is.miss[CACHES_LLC];
	for (unsigned i = 0; i < nodes * nodes; i++) {
		left -= is.fill[0][i] + is.fill[1][i] + is.fill[2][i];
		left -= i / nodes == i % nodes ? 0 : is.transfer[i];
		met |= (is.writeback[i] != 0) | (is.fill[0][i] != 0) << 1;
	}
	assert_int_equal(left, 0); /* an LLC's miss is a fill or a transfer */
	assert_int_equal(met, 3);
	assert_true(nodes == 1 || is.dropped);
	caches_free(c);
	naive_end(m);
	caches_count_free(&is);
	caches_count_free(&want);
}

static void random_as_naive(void **state)
{
	(void)state;

	for (uint64_t seed = 1; seed <= 2; seed++) {
		compare(SMALL, 2, 4, 400, seed * 12345);
		compare(SMALL, 1, 1, 200, seed * 12345);
		compare(SMALL ",l2=0", 2, 4, 150, seed * 12345);
		compare("l1i=1K,l1i_ways=1,l1d=2K,l1d_ways=32,l2=4K,l2_ways=2,llc=4K,llc_ways=1", 3, 6, 300,
			seed * 777);
		compare("line=16,l1i=1K,l1d=3K,l1d_ways=12,l2=6K,l2_ways=6,llc=12K,llc_ways=12", 4, 8, 900,
			seed * 99);
		/* more CPUs on a node than bits */
		compare("l1i=1K,l1d=1K,l2=2K,llc=16K", 2, 150, 300, seed * 4242);
		compare("l1i=1K,l1d=1K,l2=0,llc=16K", 1, 70, 600, seed * 4242);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_as_naive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
