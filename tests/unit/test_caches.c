/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache model: patterns whose fills one can work out by hand, and its options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "trace/caches.h"

#define NODES 2
#define CPUS 4
#define LINE 64u
#define REMOTE (1ull << 30) /* node 1's memory begins here */

/* 8, 8, 32 and 128 lines; 4, 4, 8 and 8 sets. */
#define SMALL "l1i=1K,l1i_ways=2,l1d=1K,l1d_ways=2,l2=2K,l2_ways=4,llc=8K,llc_ways=16"

struct box {
	struct caches *c;
	struct caches_count n;
};

static const unsigned on[CPUS] = { 0, 0, 1, 1 };

static void box_new(struct box *b, const char *options)
{
	struct caches_geometry g;
	struct err err = ERR_INIT;

	caches_default(&g);
	if (caches_parse(options, &g, &err) || caches_new(&g, NODES, CPUS, on, &b->c, &err))
		fail_msg("%s", err.msg);
	caches_count_init(&b->n, NODES);
}

static void box_end(struct box *b)
{
	caches_free(b->c);
	caches_count_free(&b->n);
}

static void touch(struct box *b, unsigned cpu, enum caches_kind kind, uint64_t addr, unsigned bytes)
{
	caches_touch(b->c, &b->n, cpu, kind, addr, bytes, addr >= REMOTE);
}

static void sweep(struct box *b, unsigned cpu, enum caches_kind kind, uint64_t from, unsigned times,
		  unsigned step)
{
	for (unsigned i = 0; i < times; i++)
		touch(b, cpu, kind, from + (uint64_t)i * step, 8);
}

static uint64_t sum(const uint64_t *matrix)
{
	return matrix[0] + matrix[1] + matrix[2] + matrix[3];
}

/* All of it in one cell, [of][with]. */
static void only(const uint64_t *matrix, unsigned of, unsigned with, uint64_t lines)
{
	assert_int_equal(matrix[of * NODES + with], lines);
	assert_int_equal(sum(matrix), lines);
}

static void streaming(void **state)
{
	struct box b;
	(void)state;

	/* Words of 8 bytes: one miss a line. Twice what the last level holds: the second time is as the first. */
	box_new(&b, SMALL);
	for (unsigned pass = 1; pass <= 2; pass++) {
		sweep(&b, 0, CACHES_LOAD, 0, 256 * 8, 8);
		assert_int_equal(b.n.access[CACHES_L1D], pass * 2048);
		assert_int_equal(b.n.miss[CACHES_L1D], pass * 256);
		assert_int_equal(b.n.access[CACHES_L2], pass * 256);
		assert_int_equal(b.n.miss[CACHES_LLC], pass * 256);
		only(b.n.fill[CACHES_LOAD], 0, 0, pass * 256);
	}
	assert_int_equal(b.n.access[CACHES_L1I], 0);
	assert_int_equal(sum(b.n.writeback) + sum(b.n.transfer) + b.n.dropped, 0);
	box_end(&b);

	/* As much as it holds, of the other node's memory: only the first time; L1 and L2 miss again. */
	box_new(&b, SMALL);
	for (unsigned pass = 1; pass <= 3; pass++)
		sweep(&b, 0, CACHES_LOAD, REMOTE, 128, LINE);
	only(b.n.fill[CACHES_LOAD], 0, 1, 128);
	assert_int_equal(b.n.miss[CACHES_L1D], 3 * 128);
	assert_int_equal(b.n.miss[CACHES_L2], 3 * 128);
	assert_int_equal(b.n.access[CACHES_LLC], 3 * 128);
	box_end(&b);

	/* As much as the L1 holds: nothing more is looked for elsewhere. */
	box_new(&b, SMALL);
	for (unsigned pass = 1; pass <= 3; pass++)
		sweep(&b, 0, CACHES_LOAD, REMOTE, 16, LINE);
	assert_int_equal(b.n.miss[CACHES_L1D], 16);
	assert_int_equal(b.n.access[CACHES_L2], 16);
	box_end(&b);
}

static void strided(void **state)
{
	struct box b;
	(void)state;

	/* 512 bytes apart: the L1d's 8 sets of 2 ways are used one of 1, so two lines stay and three thrash. */
	box_new(&b, SMALL);
	for (unsigned pass = 0; pass < 4; pass++)
		sweep(&b, 0, CACHES_LOAD, 0, 2, 512);
	assert_int_equal(b.n.miss[CACHES_L1D], 2);
	for (unsigned pass = 0; pass < 4; pass++)
		sweep(&b, 0, CACHES_LOAD, 1 << 20, 3, 512);
	assert_int_equal(b.n.miss[CACHES_L1D], 2 + 4 * 3);
	assert_int_equal(b.n.miss[CACHES_L2], 2 + 3);
	only(b.n.fill[CACHES_LOAD], 0, 0, 2 + 3);
	box_end(&b);

	/* Of the last level one set of 16: with 17 lines each is the one just gone, 64 times. */
	box_new(&b, SMALL);
	for (unsigned pass = 0; pass < 64; pass++)
		sweep(&b, 0, CACHES_LOAD, 0, 17, 512);
	only(b.n.fill[CACHES_LOAD], 0, 0, 64 * 17);
	box_end(&b);

	/* Two lines apart: every second set, half the capacity. */
	box_new(&b, SMALL);
	for (unsigned pass = 0; pass < 2; pass++)
		sweep(&b, 0, CACHES_LOAD, 0, 64, 2 * LINE);
	only(b.n.fill[CACHES_LOAD], 0, 0, 64);
	sweep(&b, 0, CACHES_LOAD, 0, 65, 2 * LINE);
	sweep(&b, 0, CACHES_LOAD, 0, 1, LINE);
	only(b.n.fill[CACHES_LOAD], 0, 0, 64 + 1 + 1);
	box_end(&b);
}

static void recency(void **state)
{
	struct box b;
	(void)state;

	/* Last used, not first in: A B A C leaves A and C. */
	box_new(&b, SMALL);
	for (const char *c = "ABAC"; *c; c++)
		sweep(&b, 0, CACHES_LOAD, (uint64_t)*c * 512, 1, 0);
	assert_int_equal(b.n.miss[CACHES_L1D], 3);
	sweep(&b, 0, CACHES_LOAD, 'A' * 512, 1, 0);
	assert_int_equal(b.n.miss[CACHES_L1D], 3);
	sweep(&b, 0, CACHES_LOAD, 'B' * 512, 1, 0);
	assert_int_equal(b.n.miss[CACHES_L1D], 4);
	box_end(&b);

	/* What a lower level must drop goes from above, however often it is hit there: 16 others of its set of the LLC. */
	box_new(&b, "l1d=8K,l1d_ways=64,l1i=1K,l2=8K,l2_ways=64,llc=8K,llc_ways=16");
	sweep(&b, 0, CACHES_LOAD, 0, 1, 0);
	for (unsigned i = 1; i <= 16; i++) {
		touch(&b, 0, CACHES_LOAD, 512 * i, 8);
		assert_int_equal(b.n.miss[CACHES_L1D], 1 + i);
		touch(&b, 0, CACHES_LOAD, 0, 8);
		assert_int_equal(b.n.miss[CACHES_L1D], 1 + i + (i == 16));
	}
	box_end(&b);
}

static void crossing(void **state)
{
	struct box b;
	(void)state;

	box_new(&b, SMALL);
	touch(&b, 0, CACHES_LOAD, LINE - 4, 8); /* two lines */
	assert_int_equal(b.n.access[CACHES_L1D], 2);
	only(b.n.fill[CACHES_LOAD], 0, 0, 2);
	touch(&b, 0, CACHES_LOAD, LINE - 8, 8); /* up to the edge */
	touch(&b, 0, CACHES_LOAD, LINE, 1);
	assert_int_equal(b.n.access[CACHES_L1D], 4);
	only(b.n.fill[CACHES_LOAD], 0, 0, 2);
	touch(&b, 0, CACHES_STORE, 4096 - 1, 2); /* two pages */
	only(b.n.fill[CACHES_STORE], 0, 0, 2);
	touch(&b, 0, CACHES_LOAD, 2 * 4096 + 16, 512); /* nine lines */
	assert_int_equal(b.n.access[CACHES_L1D], 4 + 2 + 9);
	touch(&b, 0, CACHES_FETCH, 3 * 4096 - 10, 20);
	assert_int_equal(b.n.access[CACHES_L1I], 2);
	only(b.n.fill[CACHES_FETCH], 0, 0, 2);
	/* the page's last line is there since, and the next page's first four as well as its last */
	touch(&b, 0, CACHES_FETCH, REMOTE - 5, 5);
	touch(&b, 0, CACHES_FETCH, REMOTE, 5);
	assert_int_equal(b.n.fill[CACHES_FETCH][0 * NODES + 1], 1);
	assert_int_equal(b.n.fill[CACHES_FETCH][0], 3);
	box_end(&b);
}

static void write_backs(void **state)
{
	struct box b;
	(void)state;

	/* Four times what the last level holds: all but its last 128 lines have gone, each written back once. */
	box_new(&b, SMALL);
	sweep(&b, 0, CACHES_STORE, REMOTE, 512, LINE);
	only(b.n.fill[CACHES_STORE], 0, 1, 512);
	only(b.n.writeback, 0, 1, 512 - 128);
	/* read over them with what is local: the rest goes; what is read does not come back */
	sweep(&b, 0, CACHES_LOAD, 0, 512, LINE);
	only(b.n.writeback, 0, 1, 512);
	only(b.n.fill[CACHES_LOAD], 0, 0, 512);
	/* clean now, dirty once more by one store to each line in a hundred words */
	for (unsigned i = 0; i < 8; i++)
		sweep(&b, 0, i ? CACHES_LOAD : CACHES_STORE, 8 * i, 128, LINE);
	sweep(&b, 0, CACHES_LOAD, 1 << 20, 128, LINE);
	assert_int_equal(b.n.writeback[0], 128);
	assert_int_equal(sum(b.n.writeback), 512 + 128);
	box_end(&b);

	/* Without an L2: the L1's dirty lines go to the last level, no further. */
	box_new(&b, SMALL ",l2=0");
	for (unsigned pass = 0; pass < 3; pass++)
		sweep(&b, 0, CACHES_STORE, 0, 128, LINE);
	assert_int_equal(b.n.miss[CACHES_L1D], 3 * 128);
	assert_int_equal(b.n.access[CACHES_L2], 0);
	only(b.n.fill[CACHES_STORE], 0, 0, 128);
	assert_int_equal(sum(b.n.writeback), 0);
	sweep(&b, 0, CACHES_LOAD, REMOTE, 128, LINE);
	only(b.n.writeback, 0, 0, 128);
	box_end(&b);
}

static void ping_pong(void **state)
{
	struct box b;
	(void)state;

	/* Stores in turn from two nodes: one fill, then the line goes to and fro, dirty, and never to memory. */
	box_new(&b, SMALL);
	for (unsigned i = 0; i < 100; i++)
		touch(&b, i % 2 * 2, CACHES_STORE, i % 2 * 8, 8); /* two words of one line */
	only(b.n.fill[CACHES_STORE], 0, 0, 1);
	assert_int_equal(b.n.transfer[0 * NODES + 1], 49);
	assert_int_equal(b.n.transfer[1 * NODES + 0], 50);
	assert_int_equal(b.n.dropped, 99);
	assert_int_equal(sum(b.n.writeback), 0);
	box_end(&b);

	/* From two CPUs of a node: the same inside of it. Two stores a turn: the second costs nothing. */
	box_new(&b, SMALL);
	for (unsigned i = 0; i < 200; i++)
		touch(&b, i / 2 % 2, CACHES_STORE, REMOTE, 8);
	only(b.n.fill[CACHES_STORE], 0, 1, 1);
	only(b.n.transfer, 0, 0, 99);
	assert_int_equal(b.n.dropped, 99);
	assert_int_equal(b.n.miss[CACHES_L1D], 100);
	assert_int_equal(b.n.miss[CACHES_LLC], 1);
	box_end(&b);

	/* One writes, one reads: each read is a transfer and cleans the line; each write after it drops the reader's copy. */
	box_new(&b, SMALL);
	for (unsigned i = 0; i < 100; i++)
		touch(&b, i % 2 * 2, i % 2 ? CACHES_LOAD : CACHES_STORE, REMOTE, 8);
	only(b.n.fill[CACHES_STORE], 0, 1, 1);
	only(b.n.transfer, 1, 0, 50);
	only(b.n.writeback, 0, 1, 50);
	assert_int_equal(sum(b.n.fill[CACHES_LOAD]), 0);
	assert_int_equal(b.n.dropped, 49);
	assert_int_equal(b.n.miss[CACHES_L1D], 1 + 50);
	box_end(&b);
}

static void sharing(void **state)
{
	struct box b;
	(void)state;

	/* Clean lines: each node fills its own, from the memory's node; a node's second CPU finds them in its LLC. */
	box_new(&b, SMALL);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		sweep(&b, cpu, CACHES_FETCH, REMOTE, 64, LINE);
	assert_int_equal(b.n.fill[CACHES_FETCH][0 * NODES + 1], 64);
	assert_int_equal(b.n.fill[CACHES_FETCH][1 * NODES + 1], 64);
	assert_int_equal(sum(b.n.fill[CACHES_FETCH]), 128);
	assert_int_equal(b.n.access[CACHES_LLC], 4 * 64);
	/* A store to one of them: all have to drop it, and fetch it anew; dirty first, then from memory. */
	touch(&b, 0, CACHES_STORE, REMOTE + 63 * LINE, 8);
	assert_int_equal(b.n.dropped, 3);
	assert_int_equal(sum(b.n.fill[CACHES_STORE]), 0);
	for (unsigned cpu = 0; cpu < CPUS; cpu++)
		touch(&b, cpu, CACHES_FETCH, REMOTE + 63 * LINE, 4);
	assert_int_equal(b.n.miss[CACHES_L1I], 4 * 64 + 4); /* the storing CPU's own as well */
	assert_int_equal(sum(b.n.fill[CACHES_FETCH]), 128);
	/* cpu 0 has it itself; cpu 1 gets it from there; node 1 once from node 0, and cpu 3 then from node 1's LLC */
	assert_int_equal(b.n.transfer[0 * NODES + 0], 1);
	assert_int_equal(b.n.transfer[1 * NODES + 0], 1);
	only(b.n.writeback, 0, 1, 1);
	box_end(&b);
}

/* CPUs 0 and 64 of a node look the same to its LLC: what one has lost the other may still have. */
static void many(void **state)
{
	static const unsigned one_node[65];
	struct caches_geometry g;
	struct caches_count n;
	struct caches *c;
	struct err err = ERR_INIT;
	(void)state;

	caches_default(&g);
	assert_int_equal(caches_parse(SMALL, &g, &err), 0);
	assert_int_equal(caches_new(&g, 1, 65, one_node, &c, &err), 0);
	caches_count_init(&n, 1);
	caches_touch(c, &n, 0, CACHES_LOAD, 0, 8, 0);
	caches_touch(c, &n, 64, CACHES_LOAD, 0, 8, 0);
	for (unsigned i = 1; i <= 4; i++) /* all of that set of the L2 */
		caches_touch(c, &n, 0, CACHES_LOAD, i * 512, 8, 0);
	caches_touch(c, &n, 1, CACHES_STORE, 0, 8, 0);
	assert_int_equal(n.dropped, 1);
	caches_touch(c, &n, 64, CACHES_LOAD, 0, 8, 0);
	assert_int_equal(n.transfer[0], 1);
	caches_free(c);
	caches_count_free(&n);
}

/* --- options --------------------------------------------------------------------------------------------------------- */

static void defaults(void **state)
{
	struct caches_geometry g;
	struct err err = ERR_INIT;
	(void)state;

	caches_default(&g);
	assert_int_equal(caches_check(&g, &err), 0);
	assert_int_equal(caches_parse(NULL, &g, &err), 0);
	assert_int_equal(caches_parse("", &g, &err), 0);
	assert_int_equal(g.bytes[CACHES_L1D], 32768);
	assert_int_equal(g.bytes[CACHES_LLC], 8 << 20);
	/* an L1's index is inside of the page */
	assert_true(g.bytes[CACHES_L1D] / g.ways[CACHES_L1D] <= 4096);
	assert_int_equal(caches_parse("l2=2M,llc=16M,llc_ways=8,line=128", &g, &err), 0);
	assert_int_equal(g.bytes[CACHES_L2], 2 << 20);
	assert_int_equal(g.ways[CACHES_LLC], 8);
	assert_int_equal(g.line, 128);
	assert_int_equal(caches_parse("l2=0", &g, &err), 0);
	/* lines: 512 + 512 + 16384 of each CPU, 131072 of each node with CPUs */
	caches_default(&g);
	assert_int_equal(caches_bytes(&g, 8, 4), 8 * 17408 * 8 + 4 * 131072 * 16);
	for (const struct caches_option *o = caches_options; o->name; o++)
		assert_true(o->min <= o->def && o->def <= o->max && *o->about);
}

static const struct {
	const char *text, *message;
} refused[] = {
	{ "l3=8M",
	  "the cache model has no \"l3\" (did you mean \"l2\"?): l1i, l1d, l2, llc, each with _ways, and line" },
	{ "l2", "\"l2\": want NAME=VALUE, such as l2=1M" },
	{ "l2=1M,", "\"\": want NAME=VALUE, such as l2=1M" },
	{ "l2=", "l2: \"\": want a size such as \"256M\" or \"1G\"" },
	{ "l2=1048576", "l2: \"1048576\": want a size such as \"256M\" or \"1G\"" },
	{ "l2=128M", "l2: 128M is out of range (0 to 64M)" },
	{ "l1d=0", "l1d: 0 is out of range (1K to 1M)" },
	{ "l2_ways=x", "l2_ways: \"x\" is no number" },
	{ "l2_ways=-1", "l2_ways: \"-1\" is no number" },
	{ "l2_ways=65", "l2_ways: 65 is out of range (1 to 64)" },
	{ "line=48", "line: 48 is no power of two" },
	{ "l2_ways=12",
	  "l2: 1M is no power of two of sets of 12 ways and 64-byte lines: 768K or 1536K would be" },
	{ "l1d=48K", "l1d: 48K is no power of two of sets of 8 ways and 64-byte lines: 32K or 64K would be" },
	{ "l1d=1K,l1d_ways=32",
	  "l1d: 1K is no power of two of sets of 32 ways and 64-byte lines: 2K or 4K would be" },
	{ "llc=512K", "llc: 512K is less than l2 has (1M), and it is to hold all of that" },
	{ "l2=16K", "l2: 16K is less than l1i has (32K), and it is to hold all of that" },
	{ "l2=0,llc=16K", "llc: 16K is less than l1i has (32K), and it is to hold all of that" },
};

static void refuses(void **state)
{
	struct caches_geometry g;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct err err = ERR_INIT;

		caches_default(&g);
		if (caches_parse(refused[i].text, &g, &err) != -EINVAL)
			fail_msg("taken: %s", refused[i].text);
		assert_string_equal(err.msg, refused[i].message);
	}
}

static void too_much(void **state)
{
	struct caches_geometry g;
	struct caches *c = NULL;
	struct err err = ERR_INIT;
	unsigned node[2] = { 0, 2 };
	(void)state;

	caches_default(&g);
	assert_int_equal(caches_new(&g, 2, 2, node, &c, &err), -EINVAL);
	assert_string_equal(err.msg, "CPU 1 is on node 2 of 2, and 64 nodes are the most");
	node[1] = 1;
	assert_int_equal(caches_parse("llc=512M,l2=64M", &g, &err), 0);
	assert_int_equal(caches_new(&g, 2, 2, node, &c, &err), 0);
	caches_free(c);
	c = NULL;
	assert_int_equal(caches_parse("line=32", &g, &err), 0);
	assert_int_equal(caches_new(&g, 2, 2, node, &c, &err), -EFBIG);
	assert_string_equal(
		err.msg, "caches of 2 CPUs on 2 nodes take 545 MiB of this machine's memory, and 512 are the "
			 "most: make them smaller, or their lines longer");
	assert_null(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streaming), cmocka_unit_test(strided),	    cmocka_unit_test(recency),
		cmocka_unit_test(crossing),  cmocka_unit_test(write_backs), cmocka_unit_test(ping_pong),
		cmocka_unit_test(sharing),   cmocka_unit_test(many),	    cmocka_unit_test(defaults),
		cmocka_unit_test(refuses),   cmocka_unit_test(too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
