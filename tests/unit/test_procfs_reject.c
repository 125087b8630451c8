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
	struct numa_maps numa_maps;
	struct maps maps;
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
TRIER(numa_maps, numa_maps)
TRIER(maps, maps)

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
	assert_non_null(strstr(err.msg, "...\" (more than 128 nodes, want "));
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

#define WANT_MAP "want \"START-END rwxp OFFSET MAJOR:MINOR INODE NAME\")"

static void maps_rejects(void **state)
{
	static const struct reject cases[] = {
		{ try_maps, "Rss: 4 kB\n", "maps line 1: \"Rss: 4 kB\" (" WANT_MAP },
		{ try_maps, "00400000 r--p\n", "maps line 1: \"00400000 r--p\" (" WANT_MAP },
		{ try_maps, "00400000-00401000 rw+p 0 0:0 0 \n",
		  "maps line 1: \"00400000-00401000 rw+p 0 0:0 0 \" (" WANT_MAP },
		{ try_maps, "00400000-00400000 rw-p 0 0:0 0 \n",
		  "maps line 1: \"00400000-00400000 rw-p 0 0:0 0 \" (the mapping ends where it begins or before, " WANT_MAP },
	};
	struct err err = ERR_INIT;

	(void)state;
	check(cases, ARRAY_SIZE(cases));
	assert_int_equal(try_maps("", &err), 0);
}

/* Text of a real dump that ends inside a line is refused by every parser, and nothing leaks. */
static void torn(void **state)
{
	static const struct {
		int (*try)(const char *text, struct err *err);
		const char *name;
	} files[] = {
		{ try_vmstat, "vmstat" },     { try_meminfo, "node1/meminfo" },
		{ try_zoneinfo, "zoneinfo" }, { try_numa_maps, "process/numa_maps" },
		{ try_maps, "process/maps" },
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
	assert_int_equal(try_vmstat(text, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "xxx...\" ("));
	assert_int_equal(strspn(strchr(err.msg, 'x'), "x"), 160);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmstat_rejects),
		cmocka_unit_test(meminfo_rejects),
		cmocka_unit_test(zoneinfo_rejects),
		cmocka_unit_test(numa_maps_rejects),
		cmocka_unit_test(numa_maps_passes),
		cmocka_unit_test(maps_rejects),
		cmocka_unit_test(torn),
		cmocka_unit_test(long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
