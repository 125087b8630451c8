/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of the machine that was read: its CPU ids, and the changes that `about` tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

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
		    "\"imported from x, sizes x 1/16; left out for want of CPUs and memory: nodes 4-8,10-36; nodes "
		    "here=there: 0=0 1=9; memory of 1 raised to the least that boots\",\n"))
		fail_msg("%s", out.s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpu_ids),
		cmocka_unit_test(test_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
