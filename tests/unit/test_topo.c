/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "topo/attest.h"
#include "topo/layout.h"
#include "topo/topo.h"
#include "topo/size.h"
#include "topo/expected.h"

#define DIR TEST_SOURCE_DIR "/topologies"

static struct topo *parsed(const char *json)
{
	struct err err = ERR_INIT;
	struct topo *t;

	if (topo_parse(json, strlen(json), "test", &t, &err))
		fail_msg("%s", err.msg);
	return t;
}

static void refused(const char *json, size_t len, const char *name, const char *message)
{
	struct err err = ERR_INIT;
	struct topo *t = (struct topo *)1;

	assert_true(topo_parse(json, len, name, &t, &err) < 0);
	assert_string_equal(err.msg, message);
	assert_null(t);
}

/* Every shipped file loads, is called what it is called, and says what it is for. */
static void test_shipped(void **state)
{
	auto_strlist struct strlist names = { 0 };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(topo_names(DIR, &names, &err), 0);
	assert_true(names.n > 0);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = xasprintf(DIR "/%s.json", names.v[i]);
		auto_topo struct topo *t = NULL;

		if (topo_load(path, &t, &err))
			fail_msg("%s", err.msg);
		assert_string_equal(t->name, names.v[i]);
		if (strlen(t->about) <= 20)
			fail_msg("%s: \"about\" says too little: \"%s\"", path, t->about);
	}
}

/* Numbers in names are sorted as numbers. */
static void test_names_order(void **state)
{
	static const char *const made[] = { "a16.json", "a2.json", ".a3.json", "a2.err",
					    "b.json",	".json",   "a4.json" };
	static const char *const want[] = { "a2", "a4", "a16", "b" };
	auto_strlist struct strlist names = { 0 };
	char dir[] = "/tmp/numarig-test-topo.XXXXXX";
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		auto_free char *path = xasprintf("%s/%s", dir, made[i]);

		assert_int_equal(file_write(path, "", 0, &err), 0);
	}
	assert_int_equal(topo_names(dir, &names, &err), 0);
	assert_int_equal(dir_remove(dir, &err), 0);
	assert_int_equal(names.n, ARRAY_SIZE(want));
	for (size_t i = 0; i < names.n; i++)
		assert_string_equal(names.v[i], want[i]);
}

static void test_fields(void **state)
{
	auto_topo struct topo *t =
		parsed("{\"about\": \"x\", \"nodes\": ["
		       "{\"cpus\": 3, \"mem\": \"1G\", \"latency\": [80, 150], \"bandwidth\": 2048},"
		       "{\"mem\": \"64M\", \"hotplug\": \"128M\", \"initiator\": 2, \"latency\": 200,"
		       " \"bandwidth\": [1024, 512], \"cache\": {\"size\": \"16M\", \"line\": 64,"
		       " \"associativity\": \"direct\", \"policy\": \"write-back\"}},"
		       "{\"cpus\": 2}], \"distances\": [[10, 254, 11], [12, 10, 13], [14, 15, 10]]}");

	(void)state;
	assert_string_equal(t->about, "x");
	assert_int_equal(t->nodes, 3);
	assert_int_equal(t->cpus, 5);
	assert_int_equal(t->mem_bytes, (1ull << 30) + (64ull << 20));
	assert_int_equal(idset_next(&t->node[0].cpu_ids, 0), 0);
	assert_int_equal(t->node[1].cpus, 0);
	assert_int_equal(t->node[1].hotplug_bytes, 128ull << 20);
	assert_int_equal(idset_next(&t->node[2].cpu_ids, 0), 3);
	assert_int_equal(t->node[2].mem_bytes, 0);
	assert_true(t->hmat && t->has_latency && t->has_bandwidth && t->slit);
	assert_int_equal(t->node[0].initiator, 0);
	assert_int_equal(t->node[1].initiator, 2);
	assert_int_equal(t->node[2].initiator, 2);
	/* [initiator][target] */
	assert_int_equal(t->latency_ns[0][0], 80);
	assert_int_equal(t->latency_ns[2][0], 150);
	assert_int_equal(t->latency_ns[0][1], 200);
	assert_int_equal(t->latency_ns[1][0], 0);
	assert_int_equal(t->bandwidth_mib[0][1], 1024);
	assert_int_equal(t->bandwidth_mib[2][1], 512);
	assert_int_equal(t->node[1].cache.bytes, 16ull << 20);
	assert_string_equal(t->node[1].cache.associativity, "direct");
	assert_int_equal(t->distance[0][1], 254);
	assert_int_equal(t->distance[1][0], 12);
	assert_int_equal(t->distance[2][1], 15);
	assert_int_equal(json_array_size(json_object_get(t->json, "nodes")), 3);
}

static void test_defaults(void **state)
{
	auto_topo struct topo *t =
		parsed("{\"nodes\": [{\"cpus\": 1, \"mem\": \"64M\"}, {\"mem\": \"16M\"}]}");

	(void)state;
	assert_string_equal(t->about, "");
	assert_false(t->slit || t->hmat || t->expects_distance);
	assert_int_equal(t->distance[0][0], 10);
	assert_int_equal(t->distance[0][1], 20);
	assert_int_equal(t->node[0].initiator, -1);
	assert_null(t->why);
}

static void test_expect_guest(void **state)
{
	auto_topo struct topo *t =
		parsed("{\"nodes\": [{\"cpus\": 1, \"mem\": \"64M\"}, {\"cpus\": 1, \"mem\": \"16M\"}],"
		       "\"distances\": [[10, 10], [10, 10]],"
		       "\"expect_guest\": {\"why\": \"no SLIT\", \"distances\": [[10, 20], [20, 10]]}}");

	(void)state;
	assert_int_equal(t->distance[0][1], 10);
	assert_int_equal(topo_expected_distance(t, 0, 1), 20);
	assert_string_equal(t->why, "no SLIT");
}

static void test_name_and_size(void **state)
{
	static const char ok[] = "{\"nodes\": [{\"cpus\": 1, \"mem\": \"64M\"}]}";
	auto_text struct text huge = { 0 };
	char name[TOPO_NAME_MAX + 1];

	(void)state;
	refused(ok, strlen(ok), "a,b",
		"topology name \"a,b\": want letters, digits, '.', '_' and '-', the first a letter or digit");
	refused(ok, strlen(ok), ".a",
		"topology name \".a\": want letters, digits, '.', '_' and '-', the first a letter or digit");
	refused(ok, strlen(ok), "", "topology name \"\": want 1 to 63 characters");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	refused(ok, strlen(ok), name,
		"topology name \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\": want 1 to 63 characters");
	text_printf(&huge, "%s%*s", ok, (int)TOPO_FILE_MAX, "");
	refused(huge.s, huge.len, "huge", "huge.json: 1048614 bytes: want at most 1048576");
	refused(NULL, 0, "none", "none.json: line 1, column 0: '[' or '{' expected near end of file");
}

static void test_size_forms(void **state)
{
	static const struct {
		const char *s;
		uint64_t bytes;
	} good[] = { { "0", 0 },	   { "64K", 64 << 10 },	 { "256M", 256 << 20 },
		     { "3G", 3ull << 30 }, { "1T", 1ull << 40 }, { "1536M", 1536ull << 20 } };
	static const char *const bad[] = { "", "M", "-1M", "+1M", " 1M", "1.5G", "1m", "1MB", "12", "0x1M" };
	struct err err = ERR_INIT;
	uint64_t bytes;
	char buf[24];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(topo_size_parse(good[i].s, &bytes, &err), 0);
		assert_int_equal(bytes, good[i].bytes);
		assert_string_equal(topo_size_format(bytes, buf), good[i].s);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(topo_size_parse(bad[i], &bytes, &err), -EINVAL);
	assert_int_equal(topo_size_parse("65537T", &bytes, &err), -EINVAL);
	assert_string_equal(err.msg, "\"65537T\": want at most \"1T\"");
	assert_string_equal(topo_size_format(1ull << 50, buf), "1024T");
	assert_string_equal(topo_size_format(1000, buf), "1000");
}

static void test_find(void **state)
{
	struct err err = ERR_INIT;
	char *path;

	(void)state;
	assert_int_equal(topo_find(DIR, "4node", &path, &err), 0);
	assert_string_equal(path, DIR "/4node.json");
	free(path);
	assert_int_equal(topo_find("/nowhere", DIR "/uma.json", &path, &err), 0);
	assert_string_equal(path, DIR "/uma.json");
	free(path);
	assert_int_equal(topo_find(DIR "/", "4nod", &path, &err), -ENOENT);
	assert_null(path);
	assert_string_equal(err.msg, "no topology \"4nod\" in " DIR "/ (did you mean \"4node\"?)");
	auto_strlist struct strlist names = { 0 };
	auto_text struct text want = { 0 };
	assert_int_equal(topo_names(DIR, &names, &err), 0);
	text_printf(&want, "no topology \"xyzxyz\" in " DIR "/ (there: ");
	for (size_t i = 0; i < names.n; i++)
		text_printf(&want, "%s%s", names.v[i], i + 1 < names.n ? ", " : ")");
	assert_int_equal(topo_find(DIR, "xyzxyz", &path, &err), -ENOENT);
	assert_string_equal(err.msg, text_str(&want));
	assert_int_equal(topo_find(DIR, "./4nod.json", &path, &err), -ENOENT);
	assert_string_equal(err.msg, "./4nod.json: no such topology file");
	assert_int_equal(topo_find("/nowhere", "4node", &path, &err), -ENOENT);
	assert_string_equal(err.msg, "/nowhere: No such file or directory");
}

/* QEMU splits RAM from 2.75 GiB on, not one byte before. */
static void test_layout(void **state)
{
	auto_topo struct topo *below =
		parsed("{\"nodes\": [{\"cpus\": 1, \"mem\": \"2798M\"}, {\"mem\": \"16M\"}]}");
	auto_topo struct topo *across =
		parsed("{\"nodes\": [{\"cpus\": 1, \"mem\": \"1G\"}, {\"mem\": \"1G\"}, {\"mem\": \"1G\"}]}");
	auto_topo struct topo *from_there =
		parsed("{\"nodes\": [{\"cpus\": 1, \"mem\": \"2800M\"}, {\"mem\": \"16M\"}]}");
	struct layout_range r[2];
	struct layout_pages p;

	(void)state;
	assert_int_equal(layout_ranges(from_there, 1, r), 1);
	assert_int_equal(r[0].from, (4096ull + 2800 - 2048) << 20);
	assert_int_equal(layout_ranges(below, 1, r), 1);
	assert_int_equal(r[0].from, 2798ull << 20);
	assert_int_equal(layout_ranges(across, 1, r), 1);
	assert_int_equal(r[0].to, 2ull << 30);
	assert_int_equal(layout_ranges(across, 2, r), 1);
	assert_int_equal(r[0].from, 4ull << 30);
	layout_pages(across, 1, false, &p); /* the top of low memory: firmware's tables */
	assert_int_equal(p.end - p.end_least, LAYOUT_FIRMWARE_PAGES);
	layout_pages(across, 2, false, &p);
	assert_int_equal(p.end, p.end_least);
	assert_int_equal(p.present_least, (1ull << 30) / 4096);

	across->node[1].mem_bytes += 512ull << 20;
	across->mem_bytes += 512ull << 20;
	assert_int_equal(layout_ranges(across, 1, r), 2);
	assert_int_equal(r[0].to, 2ull << 30);
	assert_int_equal(r[1].from, 4ull << 30);
	assert_int_equal(r[1].to, (4ull << 30) + (512ull << 20));
}

/* From the first GiB border behind RAM and 4 GiB on, in the order of nodes. */
static void test_dimms(void **state)
{
	auto_topo struct topo *low = parsed(
		"{\"nodes\": [{\"cpus\": 1, \"mem\": \"256M\", \"dimm\": \"128M\"}, {\"cpus\": 1, \"dimm\": \"256M\"}]}");
	auto_topo struct topo *high =
		parsed("{\"nodes\": [{\"cpus\": 1, \"mem\": \"3200M\", \"dimm\": \"128M\"}]}");
	struct layout_piece piece[LAYOUT_PIECES];
	struct layout_pages p;

	(void)state;
	assert_int_equal(layout_pieces(low, piece), 3);
	assert_string_equal(piece[0].name, "ram0");
	assert_string_equal(piece[1].name, "dimm0");
	assert_int_equal(piece[1].range[0].from, 4ull << 30);
	assert_string_equal(piece[2].name, "dimm1");
	assert_int_equal(piece[2].slot, 1);
	assert_int_equal(piece[2].range[0].from, (4ull << 30) + (128ull << 20));
	assert_int_equal(piece[2].range[0].to, (4ull << 30) + (384ull << 20));
	assert_int_equal(layout_pieces(high, piece), 2);
	assert_int_equal(piece[0].ranges, 2);
	assert_int_equal(piece[1].range[0].from, 6ull << 30);

	layout_pages(low, 1, true, &p);
	assert_int_equal(p.start, ((4ull << 30) + (128ull << 20)) / 4096);
	assert_int_equal(p.present_least, (256ull << 20) / 4096);
	layout_pages(low, 1, false, &p);
	assert_int_equal(p.end, 0);
	layout_pages(low, 0, true, &p);
	assert_int_equal(p.start, 1);
	assert_int_equal(p.end, ((4ull << 30) + (128ull << 20)) / 4096);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),	     cmocka_unit_test(test_names_order),
		cmocka_unit_test(test_fields),	     cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_expect_guest), cmocka_unit_test(test_name_and_size),
		cmocka_unit_test(test_size_forms),   cmocka_unit_test(test_find),
		cmocka_unit_test(test_layout),	     cmocka_unit_test(test_dimms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
