/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trace/trace.h: what a user names, and what the plugin is told of a machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "base/auto.h"
#include "base/file.h"
#include "trace/trace.h"
#include "tests/unit/topo_dump.h"

static void regions(void **state)
{
	static const struct {
		const char *arg, *line, *words; /* line NULL: refused */
	} table[] = {
		{ "buf=0x1000,64K", "buf 1000 10000", NULL },
		{ "a.b=4096,100", "a.b 1000 64", NULL },
		{ "buf", NULL, "--region buf: want NAME=ADDRESS,LENGTH" },
		{ "=1,1", NULL, "--region =1,1: want NAME=ADDRESS,LENGTH" },
		{ "a b=1,1", NULL, "--region a b=1,1: want NAME=ADDRESS,LENGTH" },
		{ "a=x,1", NULL, "--region a=x,1: \"x,1\" begins with no address" },
		{ "a=-1,1", NULL, "--region a=-1,1: \"-1,1\" begins with no address" },
		{ "a=1", NULL, "--region a=1: \"1\" begins with no address" },
		{ "a=1,", NULL, "--region a=1,: \"\" is no length, such as 0x1000 or 64K" },
		{ "a=1,2x", NULL, "--region a=1,2x: \"2x\" is no length, such as 0x1000 or 64K" },
		{ "a=1,0", NULL, "--region a=1,0: is not in a program's address space" },
		{ "a=0x7fffffffffff,2", NULL,
		  "--region a=0x7fffffffffff,2: is not in a program's address space" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct trace_request t = { 0 };
		struct err err = ERR_INIT;
		int code = trace_add_region(&t, table[i].arg, &err);

		assert_int_equal(code, table[i].line ? 0 : -EINVAL);
		assert_string_equal(table[i].line ? t.regions.v[0] : err.msg,
				    table[i].line ? table[i].line : table[i].words);
		strlist_free(&t.regions);
	}
}

/* The file's node 0 has no CPUs, so that Linux numbers it last: every line stands under the kernel's nid. */
static void renumbered(void **state)
{
	auto_topo struct topo *topo = NULL;
	auto_rawset struct rawset boot = { 0 };
	auto_text struct text conf = { 0 };
	struct trace_request t = { .on = true };
	struct err err = ERR_INIT;
	static char ram0[] = "/c/ram0", ram1[] = "/c/ram1", ram2[] = "/c/ram2";
	char *ram[TOPO_NODES_MAX] = { ram0, ram1, ram2 };

	(void)state;
	assert_int_equal(trace_add_region(&t, "buf=0x1000,4K", &err), 0);
	dump_load("sysfs-hmat-renumbered-6.12", &boot);
	if (topo_load(TEST_SOURCE_DIR "/tests/data/sysfs-hmat-renumbered-6.12/hmat-renumbered.json", &topo,
		      &err) ||
	    trace_conf(topo, &boot, ram, &t, true, "/r/x.access", &conf, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(conf.s, "out /r/x.access\nnode 0\nnode 1\nnode 2\n"
				    "ram 8000000 10000000 0\nfile 0 /c/ram1\ncpu 0 0\n"
				    "ram 10000000 18000000 1\nfile 1 /c/ram2\ncpu 1 1\n"
				    "ram 0 8000000 2\nfile 2 /c/ram0\n"
				    "region buf 1000 1000\npages\n");
	strlist_free(&t.regions);
}

/* Memory across the hole below 4 GiB: two ranges of one file. */
static void across_the_hole(void **state)
{
	auto_topo struct topo *topo = NULL;
	auto_rawset struct rawset boot = { 0 };
	auto_text struct text conf = { 0 };
	struct trace_request t = { .on = true };
	struct err err = ERR_INIT;
	char *ram[TOPO_NODES_MAX] = { NULL };

	(void)state;
	dump_load("sysfs-straddle-6.1", &boot);
	if (topo_load(TEST_SOURCE_DIR "/tests/data/sysfs-straddle-6.1/straddle.json", &topo, &err) ||
	    trace_conf(topo, &boot, ram, &t, false, "/r/x.access", &conf, &err))
		fail_msg("%s", err.msg);
	assert_non_null(strstr(conf.s, "ram 40000000 80000000 1\nram 100000000 120000000 1\ncpu 1 1\n"));
	assert_null(strstr(conf.s, "pages"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions),
		cmocka_unit_test(renumbered),
		cmocka_unit_test(across_the_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
