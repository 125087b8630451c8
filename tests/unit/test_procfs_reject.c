/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made input at the edges of the formats: what must be refused, with which words, and what must just pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/file.h"
#include "wire/procfs.h"

union parsed {
	struct counters counters;
	struct zones zones;
	struct pagetypes pagetypes;
	struct numa_maps numa_maps;
	struct smaps smaps;
};

/* Defines try_WHAT(): parses, and checks that an error leaves nothing behind. */
#define TRIER(what, member)                                                            \
	static int try_##what(const char *text, struct err *err)                       \
	{                                                                              \
		union parsed out;                                                      \
		int r = what##_parse(text, &out.member, err);                          \
                                                                                       \
		if (r)                                                                 \
			assert_true(!out.member.v && !out.member.n && r == err->code); \
		member##_free(&out.member);                                            \
		return r;                                                              \
	}

TRIER(vmstat, counters)
TRIER(meminfo, counters)
TRIER(zoneinfo, zones)
TRIER(buddyinfo, zones)
TRIER(pagetypeinfo, pagetypes)
TRIER(numa_maps, numa_maps)
TRIER(smaps, smaps)

struct reject {
	int (*try)(const char *text, struct err *err);
	const char *text, *message;
};

static void check(const struct reject *c, size_t n)
{
	for (; n--; c++) {
		struct err err = ERR_INIT;

		if (c->try(c->text, &err) != -EINVAL)
			fail_msg("took \"%s\"", c->text);
		assert_string_equal(err.msg, c->message);
	}
}

#define NAME63 "a23456789012345678901234567890123456789012345678901234567890123"
#define WANT_VMSTAT "want \"name 123\")"

static void vmstat_rejects(void **state)
{
	static const struct reject cases[] = {
		{ try_vmstat, "", "vmstat: is empty (want at least one line)" },
		{ try_vmstat, "a 1\nb 2",
		  "vmstat line 2: \"b 2\" (the text stops inside this line, want a newline at its end)" },
		{ try_vmstat, "a 1\n\nb 2\n", "vmstat line 2: \"\" (" WANT_VMSTAT },
		{ try_vmstat, "a\n", "vmstat line 1: \"a\" (" WANT_VMSTAT },
		{ try_vmstat, "a \n", "vmstat line 1: \"a \" (" WANT_VMSTAT },
		{ try_vmstat, " a 1\n", "vmstat line 1: \" a 1\" (" WANT_VMSTAT },
		{ try_vmstat, "a  1\n", "vmstat line 1: \"a  1\" (" WANT_VMSTAT },
		{ try_vmstat, "a 1 \n", "vmstat line 1: \"a 1 \" (" WANT_VMSTAT },
		{ try_vmstat, "a -1\n", "vmstat line 1: \"a -1\" (" WANT_VMSTAT },
		{ try_vmstat, "a 0x1\n", "vmstat line 1: \"a 0x1\" (" WANT_VMSTAT },
		{ try_vmstat, "a 1\r\n", "vmstat line 1: \"a 1?\" (" WANT_VMSTAT },
		{ try_vmstat, "a\tb 1\n", "vmstat line 1: \"a?b 1\" (" WANT_VMSTAT },
		{ try_vmstat, "a\x7f 1\n", "vmstat line 1: \"a? 1\" (" WANT_VMSTAT },
		{ try_vmstat, "\xc3\xa4 1\n", "vmstat line 1: \"\xc3\xa4 1\" (" WANT_VMSTAT },
		{ try_vmstat, "a 01\n", "vmstat line 1: \"a 01\" (a number begins with 0, " WANT_VMSTAT },
		{ try_vmstat, "a 1\na 1\n",
		  "vmstat line 2: \"a 1\" (the name stands here twice, " WANT_VMSTAT },
		{ try_vmstat, "a 18446744073709551616\n",
		  "vmstat line 1: \"a 18446744073709551616\" (a number is above 18446744073709551615, " WANT_VMSTAT },
		{ try_vmstat, "a 99999999999999999999\n",
		  "vmstat line 1: \"a 99999999999999999999\" (a number is above 18446744073709551615, " WANT_VMSTAT },
		{ try_vmstat, NAME63 "4 1\n",
		  "vmstat line 1: \"" NAME63 "4 1\" (a name is too long, " WANT_VMSTAT },
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

#define WANT_MEMINFO "want \"Name: 123 kB\" or \"Name: 123\")"
#define WANT_NODE_MEMINFO "want \"Node 0 Name: 123 kB\" or \"Node 0 Name: 123\")"
#define ROLLUP "00400000-7ffd1ef40000 ---p 00000000 00:00 0                              [rollup]\n"

static void meminfo_rejects(void **state)
{
	static const struct reject cases[] = {
		{ try_meminfo, "", "meminfo: is empty (want at least one line)" },
		{ try_meminfo, "MemFree 1 kB\n", "meminfo line 1: \"MemFree 1 kB\" (" WANT_MEMINFO },
		{ try_meminfo, "MemFree:1 kB\n", "meminfo line 1: \"MemFree:1 kB\" (" WANT_MEMINFO },
		{ try_meminfo, "MemFree: 1 MB\n", "meminfo line 1: \"MemFree: 1 MB\" (" WANT_MEMINFO },
		{ try_meminfo, "MemFree: 1 kB \n", "meminfo line 1: \"MemFree: 1 kB \" (" WANT_MEMINFO },
		{ try_meminfo, "MemFree: 1\nMemFree: 1\n",
		  "meminfo line 2: \"MemFree: 1\" (the name stands here twice, " WANT_MEMINFO },
		{ try_meminfo, "Node 0 A: 1\nNode 1 B: 1\n",
		  "meminfo line 2: \"Node 1 B: 1\" (the line is another node's, " WANT_NODE_MEMINFO },
		{ try_meminfo, "Node 0 A: 1\nB: 1\n", "meminfo line 2: \"B: 1\" (" WANT_NODE_MEMINFO },
		{ try_meminfo, "A: 1\nNode 0 B: 1\n", "meminfo line 2: \"Node 0 B: 1\" (" WANT_MEMINFO },
		{ try_meminfo, "Node 1024 A: 1\n",
		  "meminfo line 1: \"Node 1024 A: 1\" (a node id is 1024 or more, " WANT_NODE_MEMINFO },
		/* a range of any other name is a mapping of smaps, not smaps_rollup's head; nor is it a
		   second line */
		{ try_meminfo, "00400000-00401000 r--p 00000000 00:02 5 /init\n",
		  "meminfo line 1: \"00400000-00401000 r--p 00000000 00:02 5 /init\" (" WANT_MEMINFO },
		{ try_meminfo, "Rss: 1 kB\n" ROLLUP,
		  "meminfo line 2: \"00400000-7ffd1ef40000 ---p 00000000 00:00 0                              "
		  "[rollup]\" (" WANT_MEMINFO },
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

#define ZHEAD "Node 0, zone      DMA\n"
#define ZPAGES                                                                             \
	"  pages free     1\n        min      2\n        low      3\n        high     4\n" \
	"        spanned  5\n        present  6\n        managed  7\n"
#define ZONE                                                                                \
	ZHEAD "  per-node stats\n      nr_x 1\n" ZPAGES                                     \
	      "        protection: (0, 1)\n      nr_free_pages 1\n  pagesets\n    cpu: 0\n" \
	      "              count: 182\n  vm stats threshold: 24\n  node_unreclaimable:  0\n"
#define ZONE_EMPTY                                                                            \
	"Node 1, zone  Movable\n  pages free     0\n        min      0\n        low      0\n" \
	"        high     0\n        spanned  0\n        present  0\n        managed  0\n"    \
	"        protection: (0, 0)\n"
#define WANT_ZONE_SETS "want \"    cpu: 0\", \"              name: 123\" or \"  name: 123\")"
#define WANT_ZONE_ALL                                                                                     \
	"the zone before ends early, want its pages free, min, low, high, spanned, present, managed and " \
	"protection)"

static void zoneinfo_rejects(void **state)
{
	static const struct reject cases[] = {
		{ try_zoneinfo, "", "zoneinfo: is empty (want at least one line)" },
		{ try_zoneinfo, "  pagesets\n",
		  "zoneinfo line 1: \"  pagesets\" (want \"Node 0, zone Normal\")" },
		{ try_zoneinfo, "Node x, zone DMA\n",
		  "zoneinfo line 1: \"Node x, zone DMA\" (want \"Node 0, zone Normal\")" },
		{ try_zoneinfo, "Node 0, zone a234567890123456\n",
		  "zoneinfo line 1: \"Node 0, zone a234567890123456\" (a name is too long, want \"Node 0, zone "
		  "Normal\")" },
		{ try_zoneinfo, ZHEAD, "zoneinfo line 1: end of text (" WANT_ZONE_ALL },
		{ try_zoneinfo, ZHEAD "  pagesets\n",
		  "zoneinfo line 2: \"  pagesets\" (want \"  per-node stats\" or \"  pages free 123\")" },
		{ try_zoneinfo, ZHEAD ZPAGES "Node 1, zone DMA\n",
		  "zoneinfo line 9: \"Node 1, zone DMA\" (" WANT_ZONE_ALL },
		{ try_zoneinfo, ZHEAD ZPAGES "        low      3\n",
		  "zoneinfo line 9: \"        low      3\" (the name stands here twice, want \"        name 123\" or "
		  "\"        protection: (0, 0)\")" },
		{ try_zoneinfo, ZHEAD ZPAGES "        protection: (0, 0\n",
		  "zoneinfo line 9: \"        protection: (0, 0\" (want \"        name 123\" or \"        "
		  "protection: (0, 0)\")" },
		{ try_zoneinfo, ZHEAD "  pages free     1\n        protection: (0)\n",
		  "zoneinfo line 3: end of text (" WANT_ZONE_ALL },
		{ try_zoneinfo, ZHEAD "  pages free     1\n        protection: (0)\n      nr_x 1\n",
		  "zoneinfo line 4: \"      nr_x 1\" (the zone is empty, want the next one: \"Node 0, zone "
		  "Normal\")" },
		{ try_zoneinfo, ZONE,
		  "zoneinfo line 17: end of text (the zone before ends early, want its start_pfn)" },
		{ try_zoneinfo, ZONE "  start_pfn:           1\n  start_pfn:           2\n",
		  "zoneinfo line 19: \"  start_pfn:           2\" (" WANT_ZONE_SETS },
		{ try_zoneinfo, ZONE "  start_pfn:           1\n    cpu: 0\n",
		  "zoneinfo line 19: \"    cpu: 0\" (" WANT_ZONE_SETS },
		{ try_zoneinfo, ZONE_EMPTY ZONE_EMPTY,
		  "zoneinfo line 10: \"Node 1, zone  Movable\" (the zone stands here twice, want \"Node 0, zone "
		  "Normal\")" },
		{ try_zoneinfo, ZONE_EMPTY "  pagesets\n",
		  "zoneinfo line 10: \"  pagesets\" (the zone is empty, want the next one: \"Node 0, zone "
		  "Normal\")" },
	};
	struct err err = ERR_INIT;

	(void)state;
	check(cases, ARRAY_SIZE(cases));
	/* what the cases above are broken from */
	assert_int_equal(try_zoneinfo(ZONE "  start_pfn:           1\n" ZONE_EMPTY, &err), 0);
}

#define WANT_BUDDY "want \"Node 0, zone Normal\" and 1 to 16 numbers)"
#define BUDDY "Node 0, zone Normal 1 2 \n"

static void buddyinfo_rejects(void **state)
{
	static const struct reject cases[] = {
		{ try_buddyinfo, "", "buddyinfo: is empty (want at least one line)" },
		{ try_buddyinfo, "Node 0, zone Normal\n",
		  "buddyinfo line 1: \"Node 0, zone Normal\" (" WANT_BUDDY },
		{ try_buddyinfo, "Node 0, zone Normal 1 x \n",
		  "buddyinfo line 1: \"Node 0, zone Normal 1 x \" (" WANT_BUDDY },
		{ try_buddyinfo, "Node 0, zone N 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 \n",
		  "buddyinfo line 1: \"Node 0, zone N 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 \" (" WANT_BUDDY },
		{ try_buddyinfo, BUDDY "Node 1, zone Normal 1 \n",
		  "buddyinfo line 2: \"Node 1, zone Normal 1 \" (want as many numbers as in the first line)" },
		{ try_buddyinfo, BUDDY BUDDY,
		  "buddyinfo line 2: \"Node 0, zone Normal 1 2 \" (the zone stands here twice, " WANT_BUDDY },
		/* the kernel ends every number by a space: without it the number may be cut */
		{ try_buddyinfo, "Node 0, zone Normal 1 2\n",
		  "buddyinfo line 1: \"Node 0, zone Normal 1 2\" (" WANT_BUDDY },
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

#define PT_TOP                                           \
	"Page block order: 9\nPages per block:  512\n\n" \
	"Free pages count per migrate type at order       0      1 \n"
#define PT_FREE "Node    0, zone   Normal, type      Movable      3 >100000 \n"
#define PT_BLOCKS "\nNumber of blocks type      Movable \n"
#define PT_ROW "Node 0, zone   Normal            7 \n"
#define PT_ALL PT_TOP PT_FREE PT_BLOCKS PT_ROW
#define SIXTEEN " 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 "
#define PT_ORDERS(list) \
	"Page block order: 9\nPages per block:  512\n\nFree pages count per migrate type at order" list "\n"
#define PT_ORDERS_REFUSED(list)                                                  \
	"pagetypeinfo line 4: \"Free pages count per migrate type at order" list \
	"\" (want \"Free pages count per migrate type at order 0 1 2 ...\")"
#define WANT_PT_FREE "want \"Node 0, zone Normal, type Movable\" and a number for each order)"
#define WANT_PT_BLOCKS \
	"want \"Node 0, zone Normal\" and a number for each type, of a zone in the table above)"

static void pagetypeinfo_rejects(void **state)
{
	static const struct reject cases[] = {
		{ try_pagetypeinfo, "", "pagetypeinfo: is empty (want at least one line)" },
		{ try_pagetypeinfo, "Page block order: x\n",
		  "pagetypeinfo line 1: \"Page block order: x\" (want \"Page block order: 9\")" },
		{ try_pagetypeinfo, "Page block order: 9\nx\n",
		  "pagetypeinfo line 2: \"x\" (want \"Pages per block:  512\")" },
		{ try_pagetypeinfo, PT_TOP "Node 0, zone Normal, type Movable 3 \n",
		  "pagetypeinfo line 5: \"Node 0, zone Normal, type Movable 3 \" (" WANT_PT_FREE },
		{ try_pagetypeinfo, PT_TOP "Node 0, zone Normal, type Movable 3 4 5 \n",
		  "pagetypeinfo line 5: \"Node 0, zone Normal, type Movable 3 4 5 \" (" WANT_PT_FREE },
		{ try_pagetypeinfo, PT_TOP "Node 0, zone Normal, type Movable 3 > 4 \n",
		  "pagetypeinfo line 5: \"Node 0, zone Normal, type Movable 3 > 4 \" (" WANT_PT_FREE },
		{ try_pagetypeinfo, PT_TOP "Node 0, zone Normal, type a23456789012345678901234 3 4 \n",
		  "pagetypeinfo line 5: \"Node 0, zone Normal, type a23456789012345678901234 3 4 \" (a name is too "
		  "long, " WANT_PT_FREE },
		{ try_pagetypeinfo, PT_TOP PT_FREE "Node 1, zone Normal, type Movable 3 4 \n",
		  "pagetypeinfo line 6: \"Node 1, zone Normal, type Movable 3 4 \" (" WANT_PT_FREE },
		{ try_pagetypeinfo, PT_ORDERS(" 0 2 "), PT_ORDERS_REFUSED(" 0 2 ") },
		{ try_pagetypeinfo, PT_ORDERS(SIXTEEN "16 "), PT_ORDERS_REFUSED(SIXTEEN "16 ") },
		{ try_pagetypeinfo, PT_ORDERS(SIXTEEN) "Node 0, zone N, type a" SIXTEEN "16 \n",
		  "pagetypeinfo line 5: \"Node 0, zone N, type a" SIXTEEN "16 \" (" WANT_PT_FREE },
		{ try_pagetypeinfo, PT_TOP PT_FREE "\nNumber of blocks type " SIXTEEN "16 \n",
		  "pagetypeinfo line 7: \"Number of blocks type " SIXTEEN
		  "16 \" (want \"Number of blocks type Unmovable Movable ...\")" },
		{ try_pagetypeinfo, PT_TOP PT_FREE PT_BLOCKS "Node 0, zone Normal \n",
		  "pagetypeinfo line 8: \"Node 0, zone Normal \" (" WANT_PT_BLOCKS },
		{ try_pagetypeinfo, PT_TOP PT_FREE PT_FREE,
		  "pagetypeinfo line 6: \"Node    0, zone   Normal, type      Movable      3 >100000 \" (the row "
		  "stands here twice, " WANT_PT_FREE },
		{ try_pagetypeinfo, PT_TOP PT_FREE,
		  "pagetypeinfo line 5: end of text (the text ends early, want \"Number of blocks\" for each zone of the "
		  "node)" },
		{ try_pagetypeinfo, PT_TOP PT_FREE PT_BLOCKS,
		  "pagetypeinfo line 7: end of text (the text ends early, want \"Number of blocks\" for each zone of the "
		  "node)" },
		{ try_pagetypeinfo, PT_TOP PT_FREE PT_BLOCKS PT_TOP,
		  "pagetypeinfo line 8: \"Page block order: 9\" (the node before ends early, want its \"Number of "
		  "blocks\" for each zone)" },
		{ try_pagetypeinfo, PT_TOP PT_FREE PT_BLOCKS "Node 0, zone Movable 7 \n",
		  "pagetypeinfo line 8: \"Node 0, zone Movable 7 \" (" WANT_PT_BLOCKS },
		{ try_pagetypeinfo, PT_TOP PT_FREE PT_BLOCKS "Node 0, zone Normal 7 8 \n",
		  "pagetypeinfo line 8: \"Node 0, zone Normal 7 8 \" (" WANT_PT_BLOCKS },
		{ try_pagetypeinfo, PT_ALL PT_ROW,
		  "pagetypeinfo line 9: \"Node 0, zone   Normal            7 \" (" WANT_PT_BLOCKS },
		{ try_pagetypeinfo, PT_ALL "\nx\n",
		  "pagetypeinfo line 10: \"x\" (want \"Number of blocks type Unmovable Movable ...\")" },
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

/* What the dumps do not show: a count that the kernel gave up, and the third table, of page_owner=on. */
static void pagetypeinfo_passes(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	auto_pagetypes struct pagetypes p = { 0 };

	assert_int_equal(
		pagetypeinfo_parse(PT_ALL
				   "\nNumber of mixed blocks      Movable \nNode 0, zone   Normal    1 \n",
				   &p, &err),
		0);
	assert_int_equal(p.n, 1);
	assert_false(p.v[0].at_least[0]);
	assert_true(p.v[0].at_least[1]);
	assert_int_equal(p.v[0].blocks[1], 100000);
	assert_int_equal(p.v[0].pageblocks, 7);
}

#define WANT_MAPS                                                                       \
	"want \"ADDRESS POLICY [file=PATH|heap|stack] [huge] [NAME=123...] [N0=123... " \
	"kernelpagesize_kB=4]\")"
#define MAPS(text) "numa_maps line 1: \"" text "\" ("

static void numa_maps_rejects(void **state)
{
	static const struct reject cases[] = {
		{ try_numa_maps, "00400000\n", MAPS("00400000") WANT_MAPS },
		{ try_numa_maps, "00400000 \n", MAPS("00400000 ") WANT_MAPS },
		{ try_numa_maps, "x default\n", MAPS("x default") WANT_MAPS },
		{ try_numa_maps, "12345678901234567 default\n",
		  MAPS("12345678901234567 default") "an address has more than 64 bits, " WANT_MAPS },
		{ try_numa_maps, "00400000 file=/init\n00400000 prefer (many\n",
		  "numa_maps line 2: \"00400000 prefer (many\" (" WANT_MAPS },
		{ try_numa_maps, "00400000 bind:1 file= \n", MAPS("00400000 bind:1 file= ") WANT_MAPS },
		{ try_numa_maps, "00400000 default heaps\n", MAPS("00400000 default heaps") WANT_MAPS },
		{ try_numa_maps, "00400000 default anon=1 N0=1\n",
		  MAPS("00400000 default anon=1 N0=1") WANT_MAPS },
		{ try_numa_maps, "00400000 default anon=1 kernelpagesize_kB=4\n",
		  MAPS("00400000 default anon=1 kernelpagesize_kB=4") WANT_MAPS },
		{ try_numa_maps, "00400000 default N0=1 anon=1 kernelpagesize_kB=4\n",
		  MAPS("00400000 default N0=1 anon=1 kernelpagesize_kB=4") WANT_MAPS },
		{ try_numa_maps, "00400000 default N0=1 kernelpagesize_kB=4 N1=1\n",
		  MAPS("00400000 default N0=1 kernelpagesize_kB=4 N1=1") WANT_MAPS },
		{ try_numa_maps, "00400000 default N1=1 N1=1 kernelpagesize_kB=4\n",
		  MAPS("00400000 default N1=1 N1=1 kernelpagesize_kB=4") "nodes do not ascend, " WANT_MAPS },
		{ try_numa_maps, "00400000 default N1024=1 kernelpagesize_kB=4\n",
		  MAPS("00400000 default N1024=1 kernelpagesize_kB=4") "a node id is 1024 or more, " WANT_MAPS },
		{ try_numa_maps, "00400000 default anon=1 anon=1 N1=1 kernelpagesize_kB=4\n",
		  MAPS("00400000 default anon=1 anon=1 N1=1 kernelpagesize_kB=4") "the name stands here twice, " WANT_MAPS },
		{ try_numa_maps, "00400000 default N1=1 kernelpagesize_kB=0\n",
		  MAPS("00400000 default N1=1 kernelpagesize_kB=0") WANT_MAPS },
	};
	auto_text struct text many = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	check(cases, ARRAY_SIZE(cases));
	text_printf(&many, "00400000 default");
	for (unsigned nid = 0; nid <= NUMA_MAP_NODES; nid++)
		text_printf(&many, " N%u=1", nid);
	text_printf(&many, " kernelpagesize_kB=4\n");
	assert_int_equal(try_numa_maps(text_str(&many), &err), -EINVAL);
	assert_non_null(strstr(err.msg, "...\" (more than 64 nodes, want "));
}

static void numa_maps_passes(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	auto_numa_maps struct numa_maps m = { 0 };

	/* a kernel thread has no mappings */
	assert_int_equal(numa_maps_parse("", &m, &err), 0);
	assert_int_equal(m.n, 0);
	/* the highest address, a list that the kernel's buffer cut, and a counter of a kernel to come */
	assert_int_equal(
		numa_maps_parse("ffffffffffffffff interleave:0,2, stack huge swapcache=2 writeback=3 new=4 "
				"N7=18446744073709551615 N1023=1 kernelpagesize_kB=1048576\n",
				&m, &err),
		0);
	assert_int_equal(m.v[0].start, UINT64_MAX);
	assert_string_equal(m.v[0].policy, "interleave:0,2,");
	assert_true(m.v[0].stack && m.v[0].huge);
	assert_int_equal(m.v[0].swapcache, 2);
	assert_int_equal(m.v[0].writeback, 3);
	assert_int_equal(*counters_get(&m.v[0].other, "new"), 4);
	assert_true(numa_map_on(&m.v[0], 7) == UINT64_MAX);
	assert_int_equal(numa_map_on(&m.v[0], 1023), 1);
	assert_int_equal(numa_map_on(&m.v[0], 0), 0);
}

#define SHEAD "00400000-00401000 r--p 00000000 00:02 5                                  /init\n"
#define WANT_SMAP "want \"START-END rwxp OFFSET MAJOR:MINOR INODE NAME\")"

static void smaps_rejects(void **state)
{
	static const struct reject cases[] = {
		{ try_smaps, "Rss: 4 kB\n",
		  "smaps line 1: \"Rss: 4 kB\" (a field outside any mapping, want \"START-END rwxp ...\" before it)" },
		{ try_smaps, "00400000 r--p\n", "smaps line 1: \"00400000 r--p\" (" WANT_SMAP },
		{ try_smaps, "00400000-00401000 rw+p 0 0:0 0 \n",
		  "smaps line 1: \"00400000-00401000 rw+p 0 0:0 0 \" (" WANT_SMAP },
		{ try_smaps, "00400000-00400000 rw-p 0 0:0 0 \n",
		  "smaps line 1: \"00400000-00400000 rw-p 0 0:0 0 \" (the mapping ends where it begins or before, " WANT_SMAP },
		{ try_smaps, SHEAD,
		  "smaps line 1: end of text (the last mapping shows nothing, want its \"Size: 123 kB\")" },
		{ try_smaps, "00400000-00401000 rw-p 0 0:0 0 \n00400000-00401000 rw-p 0 0:0 0 \n",
		  "smaps line 2: \"00400000-00401000 rw-p 0 0:0 0 \" (the mapping before shows nothing, want its "
		  "\"Size: 123 kB\")" },
		{ try_smaps, SHEAD "Size: 4 KB\n", "smaps line 2: \"Size: 4 KB\" (" WANT_MEMINFO },
		{ try_smaps, SHEAD "Size: 4 kB\nSize: 4 kB\n",
		  "smaps line 3: \"Size: 4 kB\" (the name stands here twice, " WANT_MEMINFO },
		{ try_smaps, SHEAD "Size: 4 kB\nVmFlags: rd wrr \n",
		  "smaps line 3: \"VmFlags: rd wrr \" (a name is too long, want \"VmFlags: rd wr ... \", two letters "
		  "each)" },
		{ try_smaps, SHEAD "Size: 4 kB\nVmFlags: r wr \n",
		  "smaps line 3: \"VmFlags: r wr \" (want \"VmFlags: rd wr ... \", two letters each)" },
		{ try_smaps, SHEAD "Size: 4 kB\nVmFlags: rd wr\n",
		  "smaps line 3: \"VmFlags: rd wr\" (want \"VmFlags: rd wr ... \", two letters each)" },
		{ try_smaps, SHEAD "Size: 4 kB\nVmFlags: rd \nRss: 4 kB\n",
		  "smaps line 4: \"Rss: 4 kB\" (a field outside any mapping, want \"START-END rwxp ...\" before it)" },
	};
	struct err err = ERR_INIT;

	(void)state;
	check(cases, ARRAY_SIZE(cases));
	assert_int_equal(try_smaps("", &err), 0);
	assert_int_equal(try_smaps(SHEAD "Size: 4 kB\nVmFlags: \n" SHEAD "Size: 4 kB\n", &err), 0);
}

/* Text of a real dump that ends inside a line is refused by every parser, and nothing leaks. */
static void torn(void **state)
{
	static const struct {
		int (*try)(const char *text, struct err *err);
		const char *name;
	} files[] = {
		{ try_vmstat, "vmstat" },
		{ try_meminfo, "node1/meminfo" },
		{ try_zoneinfo, "zoneinfo" },
		{ try_buddyinfo, "buddyinfo" },
		{ try_pagetypeinfo, "pagetypeinfo" },
		{ try_numa_maps, "process/numa_maps" },
		{ try_smaps, "process/smaps" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		auto_free char *path =
			xasprintf("%s/tests/data/proc-6.12/%s", TEST_SOURCE_DIR, files[i].name);
		auto_text struct text t = { 0 };
		struct err err = ERR_INIT;

		if (file_read(path, 1 << 20, &t, &err))
			fail_msg("%s", err.msg);
		for (size_t n = t.len < 2000 ? t.len - 1 : 2000; n > 0; n--) {
			t.s[n] = 0;
			if (t.s[n - 1] == '\n')
				continue;
			assert_int_equal(files[i].try(t.s, &err), -EINVAL);
			assert_non_null(strstr(err.msg, "(the text stops inside this line, want a newline "));
		}
	}
}

/* A message repeats the beginning of a long line only. */
static void long_line(void **state)
{
	struct err err = ERR_INIT;
	char text[400];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[200] = '\n';
	text[201] = 0;
	assert_int_equal(try_buddyinfo(text, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "xxx...\" ("));
	assert_int_equal(strspn(strchr(err.msg, 'x'), "x"), 160);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmstat_rejects),
		cmocka_unit_test(meminfo_rejects),
		cmocka_unit_test(zoneinfo_rejects),
		cmocka_unit_test(buddyinfo_rejects),
		cmocka_unit_test(pagetypeinfo_rejects),
		cmocka_unit_test(pagetypeinfo_passes),
		cmocka_unit_test(numa_maps_rejects),
		cmocka_unit_test(numa_maps_passes),
		cmocka_unit_test(smaps_rejects),
		cmocka_unit_test(torn),
		cmocka_unit_test(long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
