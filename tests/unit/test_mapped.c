/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages a process maps and where, from numa_maps joined with maps. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "judge/mapped.h"

static const char numa_maps[] =
	"555555554000 bind:2 file=/ext4/bin/waiter mapped=1 N0=1 kernelpagesize_kB=4\n"
	"555555555000 bind:2 file=/ext4/bin/waiter mapped=6 N0=4 N1=2 kernelpagesize_kB=4\n"
	"55555555d000 bind:2 file=/ext4/bin/waiter anon=9 dirty=9 N2=9 kernelpagesize_kB=4\n"
	"55555556e000 bind:2 heap anon=5 dirty=5 N2=5 kernelpagesize_kB=4\n"
	"7ffff7e06000 bind:2 file=/ext4/lib/libc.so.6 mapped=134 N1=134 kernelpagesize_kB=4\n"
	"7ffff7fb3000 bind:2 file=/ext4/lib/libc.so.6 anon=2 dirty=5 N1=5 kernelpagesize_kB=4\n"
	"7ffff7fc8000 bind:2\n"
	"7ffff8000000 bind:2 anon=3 dirty=3 N2=3 kernelpagesize_kB=2048\n"
	"7ffffffde000 bind:2 stack anon=9 dirty=9 N2=9 kernelpagesize_kB=4\n";
static const char maps[] = "555555554000-555555555000 r--p 00000000 01:00 99 /ext4/bin/waiter\n"
			   "555555555000-55555555b000 r-xp 00001000 01:00 99 /ext4/bin/waiter\n"
			   "55555555d000-555555566000 rw-p 00008000 01:00 99 /ext4/bin/waiter\n"
			   "55555556e000-55555558f000 rw-p 00000000 00:00 0 [heap]\n"
			   "7ffff7e06000-7ffff7f5c000 r-xp 00026000 01:00 80 /ext4/lib/libc.so.6\n"
			   "7ffff7fb3000-7ffff7fb8000 rw-p 001d2000 01:00 80 /ext4/lib/libc.so.6\n"
			   "7ffff7fc8000-7ffff7fca000 r-xp 00000000 00:00 0 [vdso]\n"
			   "7ffff8000000-7ffff8600000 rw-p 00000000 00:00 0 \n"
			   "7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 [stack]\n";

static int count(const char *nodes, const char *perms, enum mapped_kind kind, const char *which,
		 uint64_t *pages, struct err *err)
{
	auto_rawset struct rawset raw = { 0 };

	if (nodes)
		rawset_put(&raw, "/proc/x/numa_maps", nodes, strlen(nodes));
	if (perms)
		rawset_put(&raw, "/proc/x/maps", perms, strlen(perms));
	return mapped_count(&raw, "x", kind, which, pages, err);
}

static void counts_by_kind_and_place(void **state)
{
	static const struct {
		enum mapped_kind kind;
		const char *which;
		uint64_t pages[3];
	} row[] = {
		{ MAPPED_TEXT, "/bin/waiter", { 4, 2, 0 } },
		{ MAPPED_TEXT, "/libc.so.6", { 0, 134, 0 } },
		{ MAPPED_TEXT, NULL, { 4, 136, 0 } },
		{ MAPPED_FILE, "/bin/waiter", { 5, 2, 0 } },
		{ MAPPED_FILE,
		  NULL,
		  { 5, 139, 0 } }, /* 134 of libc's text, 3 of its data not copied, 2 of waiter's text */
		{ MAPPED_ANON, "/bin/waiter", { 0, 0, 9 } },
		{ MAPPED_ANON, "/libc.so.6", { 0, 2, 0 } },
		{ MAPPED_ANON, "[heap]", { 0, 0, 5 } },
		{ MAPPED_ANON, "[stack]", { 0, 0, 9 } },
		{ MAPPED_ANON, NULL, { 0, 2, 9 + 5 + 3 * 512 + 9 } },
	};
	static uint64_t pages[PROCFS_NIDS];
	(void)state;

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(count(numa_maps, maps, row[i].kind, row[i].which, pages, &err), 1);
		for (int nid = 0; nid < 3; nid++)
			assert_int_equal(pages[nid], row[i].pages[nid]);
	}
}

static void what_was_not_sent_is_not_zero(void **state)
{
	static uint64_t pages[PROCFS_NIDS];
	struct err err = ERR_INIT;
	(void)state;

	assert_int_equal(count(NULL, maps, MAPPED_ANON, NULL, pages, &err), 0);
	assert_int_equal(count(numa_maps, NULL, MAPPED_ANON, NULL, pages, &err), 0);
	/* nor is a file that the process does not map, by a wrong name say */
	assert_int_equal(count(numa_maps, maps, MAPPED_TEXT, "/libm.so.6", pages, &err), 0);
	assert_int_equal(count(numa_maps, maps, MAPPED_FILE, "/bin/waiters", pages, &err), 0);
}

static void copies_and_cache_on_two_nodes_are_ambiguous(void **state)
{
	static const char mixed[] =
		"1000 default file=/a anon=1 dirty=1 mapped=2 N0=1 N1=1 kernelpagesize_kB=4\n";
	static const char more[] = "1000 default file=/a anon=3 dirty=3 N0=2 kernelpagesize_kB=4\n";
	static const char perms[] = "1000-3000 rw-p 00000000 01:00 99 /a\n";
	static uint64_t pages[PROCFS_NIDS];
	struct err err = ERR_INIT;
	(void)state;

	assert_int_equal(count(mixed, perms, MAPPED_ANON, NULL, pages, &err), 0);
	assert_int_equal(count(mixed, perms, MAPPED_FILE, NULL, pages, &err), 0);
	assert_int_equal(count(mixed, perms, MAPPED_FILE, "/b", pages, &err), 0);
	assert_int_equal(count(more, perms, MAPPED_FILE, NULL, pages, &err), 0);
}

static void texts_of_two_instants_are_refused(void **state)
{
	static uint64_t pages[PROCFS_NIDS];
	struct err err = ERR_INIT, torn = ERR_INIT;
	(void)state;

	assert_int_equal(
		count("2000 default\n", "1000-2000 rw-p 00000000 00:00 0 \n", MAPPED_ANON, NULL, pages, &err),
		-EINVAL);
	assert_string_equal(err.msg, "/proc/x: maps has nothing at 2000, numa_maps has");
	assert_int_equal(count("1000 default\n", "1000-2000 rw-p 000", MAPPED_ANON, NULL, pages, &torn),
			 -EINVAL);
	assert_non_null(strstr(torn.msg, "/proc/x: maps line 1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_kind_and_place),
		cmocka_unit_test(what_was_not_sent_is_not_zero),
		cmocka_unit_test(copies_and_cache_on_two_nodes_are_ambiguous),
		cmocka_unit_test(texts_of_two_instants_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
