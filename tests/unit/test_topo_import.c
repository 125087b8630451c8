/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "topo/import.h"

#define GAPS TEST_SOURCE_DIR "/tests/data/sysfs-import-gaps"

static const struct topo_import by_256 = { .num = 1, .den = 256 };

/* Node 2 has nothing, node 1 no memory, node 8 no CPUs; a 256th of the sizes, up to the next 2 MiB. */
static const char from_sysfs[] =
	"{\n\t\"about\": \"imported from NAME, sizes x 1/256; left out for want of CPUs and memory: nodes 2; nodes "
	"here=there: 0-1=0-1 2=8\",\n"
	"\t\"nodes\": [\n\t\t{\"cpus\": \"0-3,8-11\", \"mem\": \"252M\"},\n\t\t{\"cpus\": \"4-7,12-15\"},\n\t\t{\"mem\": \"504M\"}\n\t],\n"
	"\t\"distances\": [\n\t\t[10, 21, 17],\n\t\t[21, 10, 28],\n\t\t[17, 28, 10]\n\t]\n}\n";

static void same_but_name(const char *is, const char *want, const char *name)
{
	const char *at = strstr(want, "NAME");
	auto_free char *full = xasprintf("%.*s%s%s", (int)(at - want), want, name, at + 4);

	assert_string_equal(is, full);
}

static void refused(const char *bytes, size_t n, const char *message)
{
	auto_text struct text out = { 0 };
	struct err err = ERR_INIT;

	assert_true(topo_import_bytes(bytes, n, "x", &by_256, &out, &err) < 0);
	assert_string_equal(err.msg, message);
	assert_int_equal(out.len, 0);
}

static void test_scale(void **state)
{
	static const char *const bad[] = { "",	 "0",	"1/0",	  "1/",	     "/2",
					   "-1", "1.5", "1/256x", "1048577", "1/2/3" };
	struct topo_import how = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(topo_import_scale("1/256", &how, &err), 0);
	assert_true(how.num == 1 && how.den == 256);
	assert_int_equal(topo_import_scale("2", &how, &err), 0);
	assert_true(how.num == 2 && how.den == 1);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(topo_import_scale(bad[i], &how, &err), -EINVAL);
	assert_string_equal(err.msg,
			    "scale \"1/2/3\": want \"1/256\", \"1\" or \"2\", parts from 1 to 1048576");
}

static void test_folder(void **state)
{
	static const char *const paths[] = { GAPS, GAPS "/node" };
	static const char *const names[] = { "sysfs-import-gaps", "node" };
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		auto_text struct text out = { 0 };

		if (topo_import_path(paths[i], &by_256, &out, &err))
			fail_msg("%s", err.msg);
		same_but_name(out.s, from_sysfs, names[i]);
	}
	auto_text struct text none = { 0 };
	assert_int_equal(topo_import_path(TEST_SOURCE_DIR "/tests/unit", &by_256, &none, &err), -ENOENT);
	assert_string_equal(err.msg, TEST_SOURCE_DIR "/tests/unit: no node folders: want a copy of "
						     "/sys/devices/system/node or a folder with it");
	assert_int_equal(topo_import_path("/nowhere", &by_256, &none, &err), -ENOENT);
	assert_string_equal(err.msg, "/nowhere: No such file or directory");
}

static void tar_add(struct archive *a, const char *top, const char *file, size_t claims)
{
	auto_free char *from = xasprintf(GAPS "/%s", file);
	auto_free char *as = xasprintf("%s%s", top, file);
	auto_text struct text text = { 0 };
	struct archive_entry *e = archive_entry_new();
	struct err err = ERR_INIT;

	if (file_read(from, 1 << 16, &text, &err))
		fail_msg("%s", err.msg);
	/* GNU tar claims the page that stat says and fills up with zeroes. */
	while (text.len < claims)
		text_add(&text, "", 1);
	archive_entry_set_pathname(e, as);
	archive_entry_set_size(e, (la_int64_t)text.len);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, text.s, text.len), text.len);
	archive_entry_free(e);
}

static const char *const tar_files[] = { "node/online",		"node/node0/cpulist", "node/node0/meminfo",
					 "node/node0/distance", "node/node1/cpulist", "node/node1/meminfo",
					 "node/node1/distance", "node/node2/cpulist", "node/node2/meminfo",
					 "node/node2/distance", "node/node8/cpulist", "node/node8/meminfo",
					 "node/node8/distance" };

/* A tar of the folder, packed by `filter`, of the first `n` files; into buf, whose size is returned. */
static size_t tar_make(char *buf, size_t size, int filter, size_t n, const char *second_top)
{
	struct archive *a = archive_write_new();
	size_t used = 0;

	assert_int_equal(archive_write_add_filter(a, filter), ARCHIVE_OK);
	archive_write_set_format_ustar(a);
	archive_write_open_memory(a, buf, size, &used);
	for (size_t i = 0; i < n; i++)
		tar_add(a, "sys/devices/system/", tar_files[i], 4096);
	if (second_top)
		tar_add(a, second_top, tar_files[1], 0);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return used;
}

static void test_archive(void **state)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ };
	size_t size = 1 << 18;
	auto_free char *buf = xcalloc(1, size);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		size_t n = tar_make(buf, size, filters[i], ARRAY_SIZE(tar_files), NULL);
		auto_text struct text out = { 0 };
		struct err err = ERR_INIT;

		if (topo_import_bytes(buf, n, "a.tar", &by_256, &out, &err))
			fail_msg("%s", err.msg);
		same_but_name(out.s, from_sysfs, "a.tar");
	}
	refused(buf, tar_make(buf, size, ARCHIVE_FILTER_NONE, 12, NULL), "x: node8/distance: missing");
	refused(buf, tar_make(buf, size, ARCHIVE_FILTER_NONE, 4, "other/"),
		"x: archive: holds two copies, under \"sys/devices/system/node/\" and \"other/node/\": want one");
	refused(buf, tar_make(buf, size, ARCHIVE_FILTER_NONE, 0, NULL),
		"x: archive: no node folders: want one of /sys/devices/system/node");
	refused(buf, tar_make(buf, size, ARCHIVE_FILTER_GZIP, 13, NULL) - 20,
		"x: neither text of `numactl -H` nor a whole tar archive (truncated gzip input)");
	refused("\x7f\x45\x4c\x46\0\1\2", 7,
		"x: neither text of `numactl -H` nor a whole tar archive (Unrecognized archive format)");
	refused("", 0, "x: empty: want text of `numactl -H` or `lscpu` or a tar of /sys/devices/system/node");
}

static void test_numactl(void **state)
{
	auto_text struct text in = { 0 }, out = { 0 }, whole = { 0 }, few = { 0 };
	struct topo_import as_is = { .num = 1, .den = 1 }, four = { .num = 1, .den = 65536, .cpus_most = 4 };
	struct err err = ERR_INIT;

	(void)state;
	if (file_read(TEST_SOURCE_DIR "/tests/data/sysfs-import-gaps/numactl.txt", 1 << 16, &in, &err) ||
	    topo_import_bytes(in.s, in.len, "-", &by_256, &out, &err) ||
	    topo_import_bytes(in.s, in.len, "-", &as_is, &whole, &err) ||
	    topo_import_bytes(in.s, in.len, "-", &four, &few, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(
		out.s,
		"{\n\t\"about\": \"imported from -, sizes x 1/256; nodes here=there: 0-1=0-1 2=8\",\n"
		"\t\"nodes\": [\n\t\t{\"cpus\": \"0-3,8-11\", \"mem\": \"252M\"},\n\t\t{\"cpus\": \"4-7,12-15\"},\n"
		"\t\t{\"mem\": \"504M\"}\n\t],\n"
		"\t\"distances\": [\n\t\t[10, 21, 17],\n\t\t[21, 10, 28],\n\t\t[17, 28, 10]\n\t]\n}\n");
	assert_non_null(strstr(whole.s, "{\"cpus\": \"0-3,8-11\", \"mem\": \"64214M\"}"));
	assert_non_null(strstr(whole.s, "{\"mem\": \"128998M\"}"));
	/* Nothing gets less than it needs to boot, and twice as much stays twice as much. */
	assert_non_null(strstr(
		few.s,
		"sizes x 1/1003 (with 1/65536 node 0,2 would not boot); nodes here=there: 0-1=0-1 2=8; sizes rounded up to 2M, "
		"node 0 by 3%; at most 4 CPUs a node"));
	assert_non_null(strstr(few.s, "{\"cpus\": 4, \"mem\": \"66M\"}"));
	assert_non_null(strstr(few.s, "{\"mem\": \"130M\"}"));
}

/* What is not there, or makes no sense, in a copy of /sys. */
static void test_sysfs_refused(void **state)
{
	static const struct {
		const char *file, *text, *message;
	} bad[] = {
		{ "node/online", "0-1,8-7\n", "online: list \"0-1,8-7?\": want ids like 0-3,8 (at \"?\")" },
		{ "node/online", "\n", "no node is online" },
		{ "node/online", "0-127,200\n", "129 nodes: want at most 128" },
		{ "node/online", "0-3,8\n", "node3/cpulist: missing, and so is node3/cpumap" },
		{ "node/node1/cpulist", "all\n",
		  "node1/cpulist: list \"all?\": want ids like 0-3,8 (at \"all?\")" },
		{ "node/node1/distance", "21 10 40\n",
		  "node1/distance: 3 numbers: want 4, one per online node" },
		{ "node/node1/distance", "21 10 40 28 x\n",
		  "node1/distance: 4 numbers and other text: want 4, one per online node" },
		{ "node/node0/meminfo", "Node 0 MemFree:  5 kB\n", "node0/meminfo: no MemTotal" },
	};
	char dir[] = "/tmp/numarig-test-import-XXXXXX";
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		auto_free char *want = xasprintf("%s: %s", dir, bad[i].message);
		auto_text struct text out = { 0 };

		for (size_t k = 0; k < ARRAY_SIZE(tar_files); k++) {
			auto_free char *from = xasprintf(GAPS "/%s", tar_files[k]);
			auto_free char *to = xasprintf("%s/%s", dir, tar_files[k]);
			auto_free char *folder = xstrdup(to);
			auto_text struct text text = { 0 };
			bool changed = !strcmp(tar_files[k], bad[i].file);

			*strrchr(folder, '/') = 0;
			if (dir_make(folder, &err) || file_read(from, 1 << 16, &text, &err) ||
			    file_write(to, changed ? bad[i].text : text.s,
				       changed ? strlen(bad[i].text) : text.len, &err))
				fail_msg("%s", err.msg);
		}
		assert_true(topo_import_path(dir, &by_256, &out, &err) < 0);
		assert_string_equal(err.msg, want);
	}
	assert_int_equal(dir_remove(dir, &err), 0);
}

/* A folder of someone else's: a link out of it would be read with our rights and quoted in the message. */
static void test_links(void **state)
{
	static const struct {
		const char *link, *to, *message;
	} bad[] = {
		{ "node0/cpulist", "/etc/passwd",
		  "node0/cpulist: is a link that leads out of the folder: want a copy of the file (cp -L)" },
		{ "node0/cpulist", "../../OTHER/node0/cpulist",
		  "node0/cpulist: is a link that leads out of the folder: want a copy of the file (cp -L)" },
		{ "node0/cpulist", "/proc/self/root/etc/passwd",
		  "node0/cpulist: is a link that leads out of the folder: want a copy of the file (cp -L)" },
		{ "online", "/etc/passwd",
		  "online: is a link that leads out of the folder: want a copy of the file (cp -L)" },
		{ "node8", GAPS "/node/node8",
		  "node8/cpulist: is a link that leads out of the folder: want a copy of the file (cp -L)" },
		{ "node0/cpulist", "cpulist",
		  "node0/cpulist: is a link that leads out of the folder: want a copy of the file (cp -L)" },
		{ "node0/cpulist", NULL, "node0/cpulist: is no regular file" },
	};
	char dir[] = "/tmp/numarig-test-import-XXXXXX";
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i <= ARRAY_SIZE(bad); i++) {
		auto_text struct text out = { 0 };

		assert_int_equal(dir_remove(dir, &err), 0);
		for (size_t k = 0; k < ARRAY_SIZE(tar_files); k++) {
			auto_free char *from = xasprintf(GAPS "/%s", tar_files[k]);
			auto_free char *to = xasprintf("%s/%s", dir, tar_files[k] + strlen("node/"));
			auto_free char *folder = xasprintf("%.*s", (int)(strrchr(to, '/') - to), to);
			auto_text struct text text = { 0 };

			if (dir_make(folder, &err) || file_read(from, 1 << 16, &text, &err) ||
			    file_write(to, text.s, text.len, &err))
				fail_msg("%s", err.msg);
		}
		auto_free char *link = xasprintf("%s/%s", dir, i < ARRAY_SIZE(bad) ? bad[i].link : "kept");
		if (i == ARRAY_SIZE(bad)) { /* as /sys has them: a link that nobody reads */
			auto_free char *cpu = xasprintf("%s/node0/cpu0", dir);

			assert_int_equal(symlink("../../cpu/cpu0", cpu), 0);
			assert_int_equal(topo_import_path(dir, &by_256, &out, &err), 0);
			break;
		}
		assert_int_equal(dir_remove(link, &err), 0);
		assert_int_equal(bad[i].to ? symlink(bad[i].to, link) : mkfifo(link, 0600), 0);
		auto_free char *want = xasprintf("%s: %s", dir, bad[i].message);
		assert_true(topo_import_path(dir, &by_256, &out, &err) < 0);
		assert_string_equal(err.msg, want);
	}
	assert_int_equal(dir_remove(dir, &err), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),	      cmocka_unit_test(test_folder),
		cmocka_unit_test(test_archive),	      cmocka_unit_test(test_numactl),
		cmocka_unit_test(test_sysfs_refused), cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
