/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attestation against texts captured from real guests (QEMU 10.0, Debian's 6.1.0-56 and 6.12.117 cloud
 * kernels), as they are and with one thing changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "topo/attest.h"
#include "topo_dump.h"

#define NODE "/sys/devices/system/node"

static const struct {
	const char *dump, *topology; /* tests/data/DUMP/boot.txt; a path from the root of the tree */
} captured[] = {
	{ "sysfs-4node-6.1", "topologies/4node.json" },
	{ "sysfs-4node-6.12", "topologies/4node.json" },
	{ "sysfs-4node-6.12-qboot", "topologies/4node.json" },
	{ "sysfs-2node-big-6.12", "topologies/2node-big.json" },
	{ "sysfs-asymmetric-6.12", "topologies/asymmetric.json" },
	{ "sysfs-cpuless-6.12", "topologies/cpuless.json" },
	{ "sysfs-dimm-6.1", "topologies/dimm.json" },
	{ "sysfs-dimm-6.12", "topologies/dimm.json" },
	{ "sysfs-far-6.12", "topologies/far.json" },
	{ "sysfs-hmat-tiers-6.1", "topologies/hmat-tiers.json" },
	{ "sysfs-hmat-tiers-6.12", "topologies/hmat-tiers.json" },
	{ "sysfs-hmat-cache-6.12", "tests/data/sysfs-hmat-cache-6.12/hmat-cache.json" },
	{ "sysfs-hmat-renumbered-6.12", "tests/data/sysfs-hmat-renumbered-6.12/hmat-renumbered.json" },
	{ "sysfs-memoryless-6.1", "topologies/memoryless.json" },
	{ "sysfs-memoryless-6.12", "topologies/memoryless.json" },
	{ "sysfs-node0-memoryless-6.1", "tests/data/sysfs-node0-memoryless-6.1/node0-memoryless.json" },
	{ "sysfs-node0-memoryless-6.12", "tests/data/sysfs-node0-memoryless-6.12/node0-memoryless.json" },
	{ "sysfs-slit10-6.12", "tests/data/sysfs-slit10-6.12/slit10.json" },
	{ "sysfs-straddle-6.1", "tests/data/sysfs-straddle-6.1/straddle.json" },
};

static struct topo *topology(const char *path)
{
	auto_free char *full = xasprintf(TEST_SOURCE_DIR "/%s", path);
	struct err err = ERR_INIT;
	struct topo *t;

	if (topo_load(full, &t, &err))
		fail_msg("%s", err.msg);
	return t;
}

static void test_captured(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(captured); i++) {
		auto_topo struct topo *t = topology(captured[i].topology);
		auto_rawset struct rawset boot = { 0 };
		struct err err = ERR_INIT;
		struct topo_guest g;

		dump_load(captured[i].dump, &boot);
		if (topo_attest(t, &boot, &g, &err))
			fail_msg("%s: %s", captured[i].dump, err.msg);
	}
}

/* Our order of fallback is the one that very kernel printed when it made its lists. */
static void test_fallback(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(captured); i++) {
		auto_text struct text ours = { 0 };
		auto_rawset struct rawset boot = { 0 };
		struct err err = ERR_INIT;
		struct topo_guest g;

		dump_load(captured[i].dump, &boot);
		assert_int_equal(topo_guest_read(&boot, &g, &err), 0);
		for (unsigned at = 0; at < g.nodes; at++) {
			unsigned order[TOPO_NODES_MAX], nid = g.node[at].nid;
			unsigned n = topo_guest_fallback(&g, nid, false, order);

			text_printf(&ours, "%u:", nid);
			/* 6.1 lists a memoryless node as its own first, where nothing can be had. */
			if (strstr(captured[i].dump, "-6.1") && !strstr(captured[i].dump, "-6.12") &&
			    !idset_has(&g.has_memory, nid))
				text_printf(&ours, " %u", nid);
			for (unsigned k = 0; k < n; k++)
				text_printf(&ours, " %u", order[k]);
			text_printf(&ours, "\n");
		}
		assert_string_equal(text_str(&ours), rawset_get(&boot, "fallback"));
	}
}

/* After memory went on- or offline the CPUs are up: a node without CPUs wins what was a tie. */
static void test_fallback_rebuilt(void **state)
{
	auto_rawset struct rawset boot = { 0 };
	struct err err = ERR_INIT;
	struct topo_guest g;
	unsigned order[TOPO_NODES_MAX];

	(void)state;
	dump_load("sysfs-cpuless-6.12", &boot);
	dump_edit(&boot, NODE "/node0/distance", "10 21 17", "10 17 17");
	assert_int_equal(topo_guest_read(&boot, &g, &err), 0);
	assert_int_equal(topo_guest_fallback(&g, 0, false, order), 3);
	assert_int_equal(order[1], 1);
	assert_int_equal(topo_guest_fallback(&g, 0, true, order), 3);
	assert_int_equal(order[1], 2);
	assert_int_equal(topo_guest_fallback(&g, 7, false, order), 0);
}

/* The file's node 1 has no CPUs: Linux calls it 2, and the file's node 2 it calls 1. */
static void test_renumbered(void **state)
{
	auto_topo struct topo *t = topology("topologies/cpuless.json");
	auto_rawset struct rawset boot = { 0 };
	struct err err = ERR_INIT;
	struct topo_guest g;

	(void)state;
	dump_load("sysfs-cpuless-6.12", &boot);
	assert_int_equal(topo_attest(t, &boot, &g, &err), 0);
	assert_int_equal(g.node[0].slot, 0);
	assert_int_equal(g.node[1].slot, 2);
	assert_int_equal(g.node[2].slot, 1);
	assert_int_equal(topo_guest_distance(&g, 0, 1), 21);
	assert_int_equal(topo_guest_distance(&g, 1, 2), 28);
	assert_int_equal(topo_guest_distance(&g, 1, 3), 0);
	assert_int_equal(g.node[2].start_pfn, 65536);
	assert_int_equal(g.node[2].present_pages, 65536);
	assert_true(idset_has(&g.has_memory, 2) && !idset_has(&g.has_cpu, 2));
}

/* The buses of devices, by the kernel's log. */
static void test_devices(void **state)
{
#define BUS(bus, nid) "7,99,1,-;pci_bus 0000:" bus ": on NUMA node " nid "\n"
	static const struct {
		const char *log, *message; /* NULL: passes */
	} logs[] = {
		{ BUS("12", "1") BUS("14", "2"), NULL },
		{ BUS("00", "0") BUS("14", "2") BUS("13", "0") BUS("12", "1"), NULL },
		{ BUS("12", "1") BUS("14", "3"),
		  "pxb: PCI bus 14: the file says on node 2, the guest shows nid 3" },
		{ BUS("12", "1"), "pxb: PCI bus 14: the file says on node 2, the guest shows none" },
		{ BUS("12", "") BUS("14", "2"),
		  "pxb: PCI bus 12: the file says on node 1, the guest shows none" },
		{ NULL, "pxb: the guest did not show its kernel's log" },
	};
	auto_topo struct topo *t = topology("topologies/pxb.json");

	(void)state;
	assert_int_equal(t->devices, 2);
	for (size_t i = 0; i < ARRAY_SIZE(logs); i++) {
		auto_rawset struct rawset boot = { 0 };
		struct err err = ERR_INIT;
		struct topo_guest g;

		dump_load("sysfs-4node-6.12", &boot);
		if (logs[i].log)
			rawset_put(&boot, "dmesg", logs[i].log, strlen(logs[i].log));
		assert_int_equal(topo_attest(t, &boot, &g, &err) != 0, logs[i].message != NULL);
		assert_string_equal(err.msg, logs[i].message ? logs[i].message : "");
	}
}

/* One thing is changed in a dump that passes; the message must name it. */
struct wrong {
	const char *dump, *topology, *path, *from, *to, *message;
};

#define FOUR "sysfs-4node-6.12", "topologies/4node.json"
#define LESS "sysfs-cpuless-6.12", "topologies/cpuless.json"
#define TIER "sysfs-hmat-tiers-6.12", "topologies/hmat-tiers.json"
#define DIMM(kernel) "sysfs-dimm-" kernel, "topologies/dimm.json"
#define NOMEM "sysfs-memoryless-6.12", "topologies/memoryless.json"
#define RENUM "sysfs-hmat-renumbered-6.12", "tests/data/sysfs-hmat-renumbered-6.12/hmat-renumbered.json"
#define CACHE "sysfs-hmat-cache-6.12", "tests/data/sysfs-hmat-cache-6.12/hmat-cache.json"

static const struct wrong wrong[] = {
	{ FOUR, NODE "/node1/distance", "15 10 15 25", "15 10 25 25",
	  "4node: distance from node 1 to node 2: the file says 15, the guest shows 25" },
	{ FOUR, NODE "/node3/distance", "15 25 15 10", "16 25 15 10",
	  "4node: distance from node 3 to node 0: the file says 15, the guest shows 16" },
	{ FOUR, NODE "/node2/distance", "25 15 10 15", "25 15 10",
	  "4node: " NODE "/node2/distance: want 4 numbers, one per online node" },
	{ FOUR, NODE "/node2/distance", "25 15 10 15", "25 15 10 15 20",
	  "4node: " NODE "/node2/distance: want 4 numbers, one per online node" },
	{ FOUR, NODE "/node2/distance", "25", "256",
	  "4node: " NODE "/node2/distance: a distance of 256: want at most 255" },
	{ FOUR, NODE "/node2/cpulist", "4-5", "4-6",
	  "4node: CPUs of node 2: the file says 4-5, the guest shows 4-6 (nid 2)" },
	{ FOUR, NODE "/node2/cpulist", "4-5", "5",
	  "4node: CPUs of node 2: the file says 4-5, the guest shows CPU 4 on no node" },
	{ FOUR, NODE "/node2/cpulist", "4-5", "4,x",
	  "4node: " NODE "/node2/cpulist: list \"4,x?\": want ids like 0-3,8 (at \"x?\")" },
	{ FOUR, NODE "/has_cpu", "0-3", "0-2",
	  "4node: nodes with CPUs (has_cpu): the file says nids 0-3, the guest shows 0-2" },
	{ FOUR, NODE "/has_memory", "0-3", "",
	  "4node: nodes with memory (has_memory): the file says nids 0-3, the guest shows none" },
	{ FOUR, NODE "/possible", "0-3", "0-2", "4node: nid 3: the guest shows it online and not possible" },
	{ FOUR, "/proc/zoneinfo", "spanned  61440", "spanned  61441",
	  "4node: memory of node 0: page after the last: the file says 65536, the guest shows 65537" },
	{ FOUR, "/proc/zoneinfo", "present  65536", "present  65535",
	  "4node: memory of node 1: present pages: the file says 65536, the guest shows 65535" },
	{ FOUR, "/proc/zoneinfo", "present  3998", "present  3838",
	  "4node: memory of node 0: present pages: the file says 65280 to 65439, the guest shows 65278" },
	{ FOUR, "/proc/zoneinfo", "start_pfn:           1", "start_pfn:           2",
	  "4node: memory of node 0: first page: the file says 1, the guest shows 2" },
	{ FOUR, "/proc/zoneinfo", "start_pfn:           4096", "start_pfn:           4095",
	  "4node: memory of node 0: page after the last: the file says 65536, the guest shows 65535" },
	{ FOUR, "/proc/zoneinfo", "spanned  4095", "spanned  4094",
	  "4node: memory of node 0: spanned pages: the file says 65535, the guest shows 65534" },
	{ FOUR, "/proc/zoneinfo", "spanned  65503", "spanned  65279",
	  "4node: memory of node 3: page after the last: the file says 261888 to 262144, the guest shows 261887" },
	{ FOUR, "/proc/zoneinfo", "present  65503", "present  65504",
	  "4node: memory of node 3: present pages: the file says 65280 to 65503, the guest shows 65504" },
	{ FOUR, "/proc/zoneinfo", "Node 3, zone   Normal", "Node 9, zone   Normal",
	  "4node: /proc/zoneinfo: node 9, which is not online" },
	{ LESS, "/proc/zoneinfo", "start_pfn:           65536", "start_pfn:           65537",
	  "cpuless: node 1: the file says memory from page 65536, the guest shows no node that starts there" },
	{ LESS, NODE "/node2/cpulist", "\n", "7\n",
	  "cpuless: CPUs of node 1: the file says none, the guest shows 7 (nid 2)" },
	{ LESS, NODE "/node1/distance", "28", "27",
	  "cpuless: distance from node 2 (nid 1) to node 1 (nid 2): the file says 28, the guest shows 27" },
	{ DIMM("6.12"), "/proc/zoneinfo", "present  65536", "present  65535",
	  "dimm: memory of node 1: present pages: the file says 65536, the guest shows 65535" },
	{ DIMM("6.12"), NODE "/has_memory", "0-1", "0-2",
	  "dimm: nodes with memory (has_memory): the file says nids 0-1, the guest shows 0-2" },
	{ DIMM("6.1"), NODE "/has_memory", "0", "1",
	  "dimm: nodes with memory (has_memory): the file says nids 0-1, the guest shows 1" },
	{ DIMM("6.1"), "/proc/zoneinfo", "present  61440", "present  61442",
	  "dimm: memory of node 0: present pages: the file says 65024 to 65439, the guest shows 65440" },
	{ NOMEM, NODE "/has_memory", "0,2", "0-2",
	  "memoryless: nodes with memory (has_memory): the file says nids 0,2, the guest shows 0-2" },
	{ TIER, NODE "/node1/access0/initiators", "node0", "nodeX",
	  "hmat-tiers: initiator of node 1: the file says nid 0, the guest shows none" },
	{ TIER, NODE "/node2/access0/initiators", "node0", "node0\nnode1",
	  "hmat-tiers: initiator of node 2: the file says nid 0, the guest shows 0-1" },
	{ TIER, NODE "/node1/access0/initiators/read_latency", "70", "71",
	  "hmat-tiers: read latency of node 1: the file says 70, the guest shows 71" },
	{ TIER, NODE "/node2/access0/initiators/write_latency", "250", "0",
	  "hmat-tiers: write latency of node 2: the file says 250, the guest shows 0" },
	{ TIER, NODE "/node2/access0/initiators/read_bandwidth", "32768", "32769",
	  "hmat-tiers: read bandwidth of node 2: the file says 32768, the guest shows 32769" },
	{ TIER, NODE "/node0/access0/initiators/write_bandwidth", "131072", "many",
	  "hmat-tiers: " NODE "/node0/access0/initiators/write_bandwidth: want a number" },
	{ RENUM, NODE "/node2/access0/initiators", "node1", "node0",
	  "hmat-renumbered: initiator of node 0 (nid 2): the file says nid 1, the guest shows 0" },
	{ RENUM, NODE "/node2/access0/initiators/read_latency", "70", "100",
	  "hmat-renumbered: read latency of node 0 (nid 2): the file says 70, the guest shows 100" },
	{ CACHE, NODE "/node2/memory_side_cache/index1/size", "16777216", "16777215",
	  "hmat-cache: cache size of node 2: the file says 16777216, the guest shows 16777215" },
	{ CACHE, NODE "/node2/memory_side_cache/index1/line_size", "64", "128",
	  "hmat-cache: cache line of node 2: the file says 64, the guest shows 128" },
	{ CACHE, NODE "/node2/memory_side_cache/index1/indexing", "0", "1",
	  "hmat-cache: cache indexing of node 2: the file says 0, the guest shows 1" },
	{ CACHE, NODE "/node2/memory_side_cache/index1/write_policy", "0", "2",
	  "hmat-cache: cache write policy of node 2: the file says 0, the guest shows 2" },
};

static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		auto_topo struct topo *t = topology(wrong[i].topology);
		auto_rawset struct rawset boot = { 0 };
		struct err err = ERR_INIT;
		struct topo_guest g;

		dump_load(wrong[i].dump, &boot);
		dump_edit(&boot, wrong[i].path, wrong[i].from, wrong[i].to);
		if (!topo_attest(t, &boot, &g, &err))
			fail_msg("passed: %s", wrong[i].message);
		assert_string_equal(err.msg, wrong[i].message);
	}
}

/* A text the guest did not show is no pass. */
static void test_missing(void **state)
{
	static const char *const texts[] = { NODE "/online",	    NODE "/possible",
					     NODE "/has_cpu",	    NODE "/has_memory",
					     NODE "/node2/cpulist", NODE "/node2/distance",
					     "/proc/zoneinfo" };
	auto_topo struct topo *t = topology("topologies/hmat-tiers.json");
	struct err err = ERR_INIT;
	struct topo_guest g;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		auto_rawset struct rawset boot = { 0 };
		auto_free char *want = xasprintf("hmat-tiers: the guest did not show %s", texts[i]);

		dump_load("sysfs-hmat-tiers-6.12", &boot);
		dump_drop(&boot, texts[i]);
		assert_true(topo_attest(t, &boot, &g, &err) < 0);
		assert_string_equal(err.msg, want);
	}
	auto_rawset struct rawset boot = { 0 };
	dump_load("sysfs-hmat-tiers-6.12", &boot);
	dump_drop(&boot, NODE "/node1/access0/initiators/read_latency");
	assert_true(topo_attest(t, &boot, &g, &err) < 0);
	assert_string_equal(err.msg,
			    "hmat-tiers: read latency of node 1: the file says 70, the guest has no " NODE
			    "/node1/access0/initiators/read_latency");
	dump_drop(&boot, NODE "/node0/access0/initiators");
	assert_true(topo_attest(t, &boot, &g, &err) < 0);
	assert_string_equal(err.msg,
			    "hmat-tiers: initiator of node 0: the file says 0, the guest has no " NODE
			    "/node0/access0/initiators (a kernel without CONFIG_ACPI_HMAT?)");
}

/* Node counts: one fewer, and one more than the file has. */
static void test_node_count(void **state)
{
	auto_topo struct topo *four = topology("topologies/4node.json");
	auto_topo struct topo *two = topology("topologies/2node.json");
	auto_rawset struct rawset boot = { 0 };
	struct err err = ERR_INIT;
	struct topo_guest g;

	(void)state;
	dump_load("sysfs-4node-6.12", &boot);
	assert_true(topo_attest(two, &boot, &g, &err) < 0);
	assert_string_equal(err.msg, "2node: nodes: the file says 2, the guest shows 4 online (0-3)");

	rawset_free(&boot);
	dump_load("sysfs-asymmetric-6.12", &boot);
	assert_true(topo_attest(four, &boot, &g, &err) < 0);
	assert_string_equal(err.msg,
			    "4node: CPUs of node 3: the file says 6-7, the guest shows CPU 6 on no node");

	dump_edit(&boot, NODE "/online", "0-2", "0-144");
	assert_true(topo_attest(four, &boot, &g, &err) < 0);
	assert_string_equal(err.msg, "4node: 145 nodes online: want at most 128");
}

/* Four nodes and an empty one: an offline one is possible only, an online one shows neither CPUs nor pages. */
static void test_empty(void **state)
{
	static const struct {
		const char *word, *possible, *message;
	} cases[] = {
		{ "offline", "0-3",
		  "made: node 4: the file says empty and offline, the guest shows no such node" },
		{ "online", "0-4",
		  "made: node 4: the file says empty and online, the guest shows no such node" },
		{ "offline", "0-4", "" },
	};
	struct topo_guest g;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		auto_free char *json = xasprintf(
			"{\"nodes\": [{\"cpus\": 2, \"mem\": \"256M\"}, {\"cpus\": 2, \"mem\": \"256M\"}, "
			"{\"cpus\": 2, \"mem\": \"256M\"}, {\"cpus\": 2, \"mem\": \"256M\"}, {\"empty\": \"%s\"}], "
			"\"distances\": [[10, 15, 25, 15, 40], [15, 10, 15, 25, 40], [25, 15, 10, 15, 40], "
			"[15, 25, 15, 10, 40], [40, 40, 40, 40, 10]]}",
			cases[i].word);
		auto_rawset struct rawset boot = { 0 };
		auto_topo struct topo *t = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(topo_parse(json, strlen(json), "made", &t, &err), 0);
		dump_load("sysfs-4node-6.12", &boot);
		if (strcmp(cases[i].possible, "0-3") != 0)
			dump_edit(&boot, NODE "/possible", "0-3", cases[i].possible);
		topo_attest(t, &boot, &g, &err);
		assert_string_equal(err.msg, cases[i].message);
		if (!*err.msg)
			assert_int_equal(g.nid[4], 4);
	}
}

/* The proof: the expectation is changed, not the machine. */
static void test_expectation_changed(void **state)
{
	auto_topo struct topo *t = topology("topologies/4node.json");
	auto_rawset struct rawset boot = { 0 };
	struct err err = ERR_INIT;
	struct topo_guest g;

	(void)state;
	dump_load("sysfs-4node-6.12", &boot);
	t->distance[1][2] = 25;
	assert_true(topo_attest(t, &boot, &g, &err) < 0);
	assert_string_equal(err.msg,
			    "4node: distance from node 1 to node 2: the file says 25, the guest shows 15");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_fallback),
		cmocka_unit_test(test_renumbered),
		cmocka_unit_test(test_devices),
		cmocka_unit_test(test_fallback_rebuilt),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_node_count),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_expectation_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
