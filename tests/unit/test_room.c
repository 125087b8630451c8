/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large machines: what a kernel has room for, and a clock on which the ticks of all CPUs fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/kernel_room.h"
#include "machine/setup.h"

static void kernels(void **state)
{
	static const struct {
		const char *config;
		unsigned nodes, cpus;
		const char *message;
	} cases[] = {
		{ "CONFIG_NODES_SHIFT=10\nCONFIG_NR_CPUS=8192\n", 128, 255, "" },
		{ "CONFIG_NODES_SHIFT=6\nCONFIG_NR_CPUS=64\n", 64, 64, "" },
		{ "CONFIG_NODES_SHIFT=6\nCONFIG_NR_CPUS=8192\n", 65, 1,
		  "kernel mine: is built for 64 nodes (CONFIG_NODES_SHIFT=6), and the topology has 65: want a "
		  "kernel with room for them, such as Debian's" },
		{ "CONFIG_NUMA=y\n", 128, 255, "" },
		{ "# CONFIG_NUMA is not set\nCONFIG_NR_CPUS=8\n", 2, 1,
		  "kernel mine: is built for 1 node (CONFIG_NODES_SHIFT=0), and the topology has 2: want a "
		  "kernel with room for them, such as Debian's" },
		{ "CONFIG_NODES_SHIFT=10\nCONFIG_NR_CPUS=64\n", 2, 65,
		  "kernel mine: is built for 64 CPUs (CONFIG_NR_CPUS), and the topology has 65: want a kernel "
		  "with room for them, such as Debian's" },
	};
	char path[] = "/tmp/numarig-test-room-XXXXXX";
	struct kernel k = { .asked = (char[]){ "mine" }, .config = path }, unknown = k;
	auto_close int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(file_write(path, cases[i].config, strlen(cases[i].config), &err), 0);
		assert_int_equal(kernel_room(&k, cases[i].nodes, cases[i].cpus, &err),
				 *cases[i].message ? -ENOPKG : 0);
		assert_string_equal(err.msg, cases[i].message);
	}
	unlink(path);
	unknown.config = NULL;
	struct err err = ERR_INIT;
	assert_int_equal(kernel_room(&unknown, 128, 255, &err), 0);
}

/* The shifts of shipped topologies are part of every digest. */
static void shifts(void **state)
{
	static const struct {
		unsigned cpus, boot, job;
	} cases[] = {
		{ 1, 4, 5 },  { 8, 4, 5 },  { 9, 3, 5 },   { 32, 3, 5 },
		{ 33, 2, 3 }, { 64, 2, 3 }, { 128, 1, 2 }, { 255, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(setup_boot_shift(cases[i].cpus), cases[i].boot);
		assert_int_equal(setup_job_shift(SHIFT_AUTO, cases[i].cpus), cases[i].job);
		assert_int_equal(setup_job_shift(7, cases[i].cpus), 7);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels),
		cmocka_unit_test(shifts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
