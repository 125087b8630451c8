/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of the machine that was read: its CPU ids, and the changes that `about` tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "topo/import.h"

/* Ids of CPUs stay; where some are gone, the others move down in order. A plain number where that says the same. */
static void test_cpu_ids(void **state)
{
	static const struct {
		const char *cpus[2];
		unsigned most;
		const char *about, *nodes;
	} cases[] = {
		{ { "0 2", "1 3" },
		  0,
		  "",
		  "{\"cpus\": \"0,2\", \"mem\": \"64M\"},\n\t\t{\"cpus\": \"1,3\"," },
		{ { "0 1", "2 3" }, 0, "", "{\"cpus\": 2, \"mem\": \"64M\"},\n\t\t{\"cpus\": 2," },
		{ { "2 3", "0 1" },
		  0,
		  "",
		  "{\"cpus\": \"2-3\", \"mem\": \"64M\"},\n\t\t{\"cpus\": \"0-1\"," },
		{ { "0 4 8", "2 6 10" },
		  0,
		  "; CPUs here=there: 0=0 1=2 2=4 3=6 4=8 5=10",
		  "{\"cpus\": \"0,2,4\", \"mem\": \"64M\"},\n\t\t{\"cpus\": \"1,3,5\"," },
		{ { "0 1 2 8 9", "3 4 5 6" },
		  3,
		  "; at most 3 CPUs a node",
		  "{\"cpus\": 3, \"mem\": \"64M\"},\n\t\t{\"cpus\": 3," },
		{ { "0 1 2 8 9", "10 11 12" },
		  2,
		  "; at most 2 CPUs a node; CPUs here=there: 0-1=0-1 2-3=10-11",
		  "{\"cpus\": 2, \"mem\": \"64M\"},\n\t\t{\"cpus\": 2," },
		{ { "1 3 5 7 9 11 13 15 17", "19 21 23 25 27 29 31 33" },
		  0,
		  " 14=29 15=31 and so on\"",
		  "{\"cpus\": 9, \"mem\": \"64M\"},\n\t\t{\"cpus\": 8," },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *in = xasprintf(
			"available: 2 nodes (0-1)\nnode 0 cpus: %s\nnode 0 size: 64 MB\nnode 1 cpus: %s\nnode 1 "
			"size: 64 MB\nnode distances:\nnode 0 1\n0: 10 20\n1: 20 10\n",
			cases[i].cpus[0], cases[i].cpus[1]);
		struct topo_import how = { .num = 1, .den = 1, .cpus_most = cases[i].most };
		auto_text struct text out = { 0 };
		struct err err = ERR_INIT;

		if (topo_import_bytes(in, strlen(in), "x", &how, &out, &err))
			fail_msg("%s", err.msg);
		if (!strstr(out.s, cases[i].about) || !strstr(out.s, cases[i].nodes) ||
		    (!*cases[i].about && !strstr(out.s, "sizes x 1\"")))
			fail_msg("%zu: %s", i, out.s);
	}
}

/* Thirty empty nodes are one clause; what grew to boot is named. */
static void test_about(void **state)
{
	auto_text struct text in = { 0 }, out = { 0 };
	struct topo_import how = { .num = 1, .den = 16 };
	struct err err = ERR_INIT;

	(void)state;
	text_printf(&in, "available: 34 nodes (0,4-36)\n");
	for (unsigned id = 0; id <= 36; id = id ? id + 1 : 4)
		text_printf(&in, "node %u cpus:%s\nnode %u size: %u MB\n", id, id ? "" : " 0 1", id,
			    id == 0   ? 2048
			    : id == 9 ? 128
				      : 0);
	if (topo_import_bytes(in.s, in.len, "x", &how, &out, &err))
		fail_msg("%s", err.msg);
	if (!strstr(out.s,
		    "\"imported from x, sizes x 1/8 (with 1/16 node 1 would not boot); left out for want of CPUs and memory: "
		    "nodes 4-8,10-36; nodes here=there: 0=0 1=9; distances are not told, and Linux takes 10 and 20\",\n"))
		fail_msg("%s", out.s);
}

/* Sizes keep their ratio; where that would take too much memory, or rounding changes it, that is told. */
static void test_sizes(void **state)
{
	static const struct {
		unsigned mib[2];
		struct topo_import how;
		const char *about, *mem[2];
	} cases[] = {
		{ { 1024, 512 }, { .num = 1, .den = 8 }, "x, sizes x 1/8\"", { "128M", "64M" } },
		{ { 1024, 512 }, { .num = 1, .den = 16 }, "x, sizes x 1/16\"", { "64M", "32M" } },
		{ { 1024, 512 },
		  { .num = 1, .den = 256 },
		  "x, sizes x 1/16 (with 1/256 node 0-1 would not boot)\"",
		  { "64M", "32M" } },
		{ { 1024, 32 },
		  { .num = 1, .den = 16 },
		  "x, sizes x 1/2 (with 1/16 node 1 would not boot)\"",
		  { "512M", "16M" } },
		{ { 16, 8 },
		  { .num = 1, .den = 1 },
		  "x, sizes x 4 (with 1 node 0-1 would not boot)\"",
		  { "64M", "32M" } },
		{ { 1048576, 1024 },
		  { .num = 1, .den = 1024 },
		  "x, sizes x 1/1024; memory of 1 raised to the least that boots, sizes lose their ratio\"",
		  { "1G", "16M" } },
		{ { 1024, 300 },
		  { .num = 1, .den = 15 },
		  "x, sizes x 1/15; sizes rounded up to 2M, node 0 by 2%\"",
		  { "70M", "20M" } },
		{ { 1024, 0 }, { .num = 2, .den = 1 }, "x, sizes x 2\"", { "2G", NULL } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_text struct text out = { 0 }, changes = { 0 };
		auto_free char *in = xasprintf(
			"available: 2 nodes (0-1)\nnode 0 cpus: 0\nnode 0 size: %u MB\nnode 1 cpus: 1\nnode 1 "
			"size: %u MB\nnode distances:\nnode 0 1\n0: 10 20\n1: 20 10\n",
			cases[i].mib[0], cases[i].mib[1]);
		auto_free char *second =
			cases[i].mem[1] ? xasprintf(", \"mem\": \"%s\"", cases[i].mem[1]) : xstrdup("");
		auto_free char *nodes = xasprintf("{\"cpus\": 1, \"mem\": \"%s\"},\n\t\t{\"cpus\": 1%s}\n",
						  cases[i].mem[0], second);
		struct topo_import how = cases[i].how;
		struct err err = ERR_INIT;

		how.changes = &changes;
		if (topo_import_bytes(in, strlen(in), "x", &how, &out, &err))
			fail_msg("%s", err.msg);
		if (!strstr(out.s, cases[i].about) || !strstr(out.s, nodes))
			fail_msg("%zu: %s", i, out.s);
		/* What is not as it was asked for is also for standard error. */
		const char *about = strpbrk(cases[i].about, "(;");
		assert_int_equal(about != NULL, changes.len != 0);
		if (changes.len && !strstr(out.s, changes.s))
			fail_msg("%zu: %s", i, changes.s);
	}
}

/* The same ids as on the machine: node 1 has nothing, 2 and 3 are not there. */
static void test_keep_ids(void **state)
{
	static const char
		in[] = "available: 3 nodes (0-1,4)\nnode 0 cpus: 0\nnode 0 size: 64 MB\nnode 1 cpus:\nnode 1 "
		       "size: 0 MB\nnode 4 cpus: 1\nnode 4 size: 64 MB\nnode distances:\nnode 0 1 4\n"
		       "0: 10 12 31\n1: 12 10 14\n4: 31 14 10\n",
		high[] = "available: 2 nodes (0,128)\nnode 0 cpus: 0\nnode 0 size: 64 MB\nnode 128 cpus: 1\n"
			 "node 128 size: 64 MB\n";
	struct topo_import how = { .num = 1, .den = 1, .keep_ids = true };
	auto_text struct text out = { 0 }, none = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	if (topo_import_bytes(in, strlen(in), "x", &how, &out, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(
		out.s,
		"{\n\t\"about\": \"imported from x, sizes x 1; empty: nodes 1; gaps: nodes 2-3\",\n"
		"\t\"nodes\": [\n\t\t{\"cpus\": 1, \"mem\": \"64M\"},\n\t\t{\"empty\": \"online\"},\n"
		"\t\t{\"empty\": \"offline\"},\n\t\t{\"empty\": \"offline\"},\n"
		"\t\t{\"cpus\": 1, \"mem\": \"64M\"}\n\t],\n"
		"\t\"distances\": [\n\t\t[10, 12, 31, 31, 31],\n\t\t[12, 10, 31, 31, 14],\n"
		"\t\t[31, 31, 10, 31, 31],\n\t\t[31, 31, 31, 10, 31],\n\t\t[31, 14, 31, 31, 10]\n\t]\n}\n");
	assert_int_equal(topo_import_bytes(high, strlen(high), "x", &how, &none, &err), -E2BIG);
	assert_string_equal(err.msg, "x: node 128: --keep-ids takes ids up to 127");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu_ids),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_keep_ids),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
