/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every parser over what two stock kernels showed (tests/data/proc-*, see the README there). The numbers were
 * read off the dumps by hand; the sums hold because the dumps were taken while nothing else ran.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/file.h"
#include "wire/procfs.h"

static const char *const series[] = { "6.1", "6.12" };
#define NODES 5 /* node 4 has a CPU and no memory */

/* A dump's text; the caller's to free. */
static char *dump(const char *kernel, const char *name)
{
	auto_free char *path = xasprintf("%s/tests/data/proc-%s/%s", TEST_SOURCE_DIR, kernel, name);
	struct text t = { 0 };
	struct err err = ERR_INIT;

	if (file_read(path, 1 << 20, &t, &err))
		fail_msg("%s", err.msg);
	return t.s;
}

/* Defines load_WHAT(): a dump, parsed, which must succeed. */
#define LOADER(what, type)                                                   \
	static struct type load_##what(const char *kernel, const char *name) \
	{                                                                    \
		auto_free char *text = dump(kernel, name);                   \
		struct type out;                                             \
		struct err err = ERR_INIT;                                   \
                                                                             \
		if (what##_parse(text, &out, &err))                          \
			fail_msg("%s %s: %s", kernel, name, err.msg);        \
		return out;                                                  \
	}

LOADER(vmstat, counters)
LOADER(meminfo, counters)
LOADER(zoneinfo, zones)
LOADER(numa_maps, numa_maps)
LOADER(maps, maps)

static uint64_t get(const struct counters *c, const char *name)
{
	const uint64_t *v = counters_get(c, name);

	if (!v)
		fail_msg("%s is not there", name);
	return *v;
}

/* nodeN/WHAT */
static struct counters load_node(const char *kernel, unsigned nid, const char *what)
{
	auto_free char *name = xasprintf("node%u/%s", nid, what);

	return strcmp(what, "meminfo") ? load_vmstat(kernel, name) : load_meminfo(kernel, name);
}

static void vmstat_dumps(void **state)
{
	static const uint64_t lines[] = { 171, 182 }, nr_free[] = { 706016, 699758 },
			      hit[] = { 23481, 22467 };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(series); k++) {
		auto_counters struct counters c = load_vmstat(series[k], "vmstat");

		assert_int_equal(c.n, lines[k]);
		assert_string_equal(c.v[0].name, "nr_free_pages");
		assert_string_equal(c.v[c.n - 1].name, "nr_unstable");
		assert_int_equal(get(&c, "nr_free_pages"), nr_free[k]);
		assert_int_equal(get(&c, "numa_hit"), hit[k]);
		assert_int_equal(get(&c, "thp_fault_alloc"), 3);
		/* absent, not zero: 6.1 does not count what khugepaged demotes */
		assert_true(!counters_get(&c, "pgdemote_khugepaged") == !strcmp(series[k], "6.1"));
		assert_null(counters_get(&c, "nr_free_page"));
	}
}

static void numastat_dumps(void **state)
{
	static const uint64_t want[2][6] = { { 2950, 0, 0, 309, 311, 2639 },
					     { 6563, 0, 0, 333, 5068, 1495 } };
	static const char *const names[] = { "numa_hit",       "numa_miss",  "numa_foreign",
					     "interleave_hit", "local_node", "other_node" };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(series); k++) {
		auto_counters struct counters c = load_node(series[k], 3, "numastat");

		assert_int_equal(c.n, 6);
		for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
			assert_string_equal(c.v[i].name, names[i]);
			assert_int_equal(c.v[i].value, want[k][i]);
		}
	}
}

static void meminfo_dumps(void **state)
{
	static const uint64_t lines[] = { 50, 52 }, total[] = { 2994560, 2989196 },
			      nr_free[] = { 2824064, 2799032 };
	static const uint64_t node3_free[] = { 958632, 939900 }, node3_huge_free[] = { 4, 1 };
	static const uint64_t pss[] = { 15506, 15397 };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(series); k++) {
		auto_counters struct counters all = load_meminfo(series[k], "meminfo");
		auto_counters struct counters node = load_node(series[k], 3, "meminfo");
		auto_counters struct counters rollup = load_meminfo(series[k], "process/smaps_rollup");

		assert_int_equal(all.n, lines[k]);
		assert_int_equal(get(&all, "MemTotal"), total[k]);
		assert_int_equal(get(&all, "MemFree"), nr_free[k]);
		assert_int_equal(get(&all, "HugePages_Total"), 19); /* 7 + 3 * 4: pages, not kB */
		assert_int_equal(get(&node, "MemFree"), node3_free[k]);
		assert_int_equal(get(&node, "AnonHugePages"), 6144);
		assert_int_equal(get(&node, "HugePages_Free"), node3_huge_free[k]);
		assert_string_equal(node.v[0].name, "MemTotal");
		assert_non_null(counters_get(&node, "Active(anon)"));
		assert_string_equal(rollup.v[0].name, "Rss");
		assert_int_equal(get(&rollup, "Pss"), pss[k]);
		assert_int_equal(get(&rollup, "Shared_Hugetlb"), 6144);
	}
}

static void zoneinfo_dumps(void **state)
{
	static const uint64_t nr_free[] = { 128654, 126686 }, min[] = { 4930, 5857 }, low[] = { 6162, 7321 };
	static const uint64_t high[] = { 7394, 8785 }, hit[] = { 1788, 2904 }, movable[] = { 118463, 117135 };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(series); k++) {
		auto_zones struct zones zones = load_zoneinfo(series[k], "zoneinfo");
		const struct zone *z = zones_get(&zones, 3, "Normal");

		assert_int_equal(zones.n,
				 NODES * 5); /* DMA DMA32 Normal Movable Device of each, empty or not */
		assert_non_null(z);
		assert_true(z->populated);
		assert_int_equal(z->free, nr_free[k]);
		assert_int_equal(z->min, min[k]);
		assert_int_equal(z->low, low[k]);
		assert_int_equal(z->high, high[k]);
		assert_int_equal(z->spanned, 131072);
		assert_int_equal(z->present, 131072);
		assert_int_equal(z->managed, 131072);
		assert_int_equal(z->start_pfn, 1048576);
		assert_int_equal(get(&z->stats, "numa_hit"), hit[k]);
		assert_int_equal(get(&z->stats, "cma"), 0);
		assert_true(!counters_get(&z->stats, "promo") == !strcmp(series[k], "6.1"));
		assert_null(counters_get(&z->stats, "nr_anon_pages")); /* the node's */
		z = zones_get(&zones, 3, "Movable");
		assert_int_equal(z->managed, movable[k]);
		assert_int_equal(z->start_pfn, 1179648);
		z = zones_get(&zones, 0, "DMA");
		assert_int_equal(z->spanned, 4095);
		assert_int_equal(z->present, 3998);
		assert_int_equal(z->managed, 3840);
		z = zones_get(&zones, 4, "Normal");
		assert_false(z->populated);
		assert_int_equal(z->present, 0);
		assert_null(zones_get(&zones, 5, "Normal"));
	}
}

/* The first mapping of that policy, or of that file. */
static const struct numa_map *map_find(const struct numa_maps *m, const char *policy, const char *file)
{
	for (size_t i = 0; i < m->n; i++)
		if (policy ? !strcmp(m->v[i].policy, policy) : m->v[i].file && !strcmp(m->v[i].file, file))
			return &m->v[i];
	fail_msg("no mapping of %s", policy ? policy : file);
	return NULL;
}

struct map_want {
	const char *policy, *file;
	bool huge;
	uint64_t anon, dirty, mapped, mapmax, page_kb, on[4];
};

static void maps_check(const char *kernel, const struct map_want *want, size_t n)
{
	auto_numa_maps struct numa_maps maps = load_numa_maps(kernel, "process/numa_maps");

	for (size_t i = 0; i < n; i++, want++) {
		const struct numa_map *m = map_find(&maps, want->policy, want->file);

		assert_int_equal(m->huge, want->huge);
		assert_int_equal(m->anon, want->anon);
		assert_int_equal(m->dirty, want->dirty);
		assert_int_equal(m->mapped, want->mapped);
		assert_int_equal(m->mapmax, want->mapmax);
		assert_int_equal(m->page_kb, want->page_kb);
		for (unsigned nid = 0; nid < 4; nid++)
			assert_int_equal(numa_map_on(m, nid), want->on[nid]);
		assert_int_equal(m->other.n, 0);
		assert_int_equal(m->swapcache + m->writeback, 0);
	}
}

static void numa_maps_dumps(void **state)
{
	static const struct map_want both[] = {
		{ "bind:1", NULL, false, 768, 768, 0, 2, 4, { 0, 768 } },
		{ "bind:2", NULL, true, 0, 1, 0, 0, 2048, { 0, 0, 1 } },
		{ "interleave:0-3", NULL, false, 512, 512, 0, 2, 4, { 128, 128, 128, 128 } },
		{ "interleave:0,2", NULL, false, 256, 256, 0, 2, 4, { 128, 0, 128 } },
		{ "interleave=relative:0-1", NULL, false, 256, 256, 0, 2, 4, { 128, 128 } },
		{ "prefer:2", NULL, false, 256, 256, 0, 2, 4, { 0, 0, 256 } },
		{ "bind=balancing:3", NULL, false, 256, 256, 0, 2, 4, { 0, 0, 0, 256 } },
		{ "bind=static|balancing:3", NULL, false, 256, 256, 0, 2, 4, { 0, 0, 0, 256 } },
	};
	static const struct map_want v61[] = {
		{ "prefer (many):1-2", NULL, false, 256, 256, 0, 2, 4, { 0, 0, 256 } },
		{ "local", NULL, false, 4, 4, 0, 2, 4, { 0, 0, 4 } },
		{ NULL, "/tmp/gone\\040(deleted)", false, 0, 0, 1, 0, 4, { 0, 0, 1 } },
		{ NULL, "/anon_hugepage\\040(deleted)", true, 0, 1, 0, 0, 2048, { 0, 0, 1 } },
	};
	static const struct map_want v612[] = {
		{ "prefer (many):1-2", NULL, false, 256, 256, 0, 2, 4, { 0, 256 } },
		{ "weighted interleave:0-3", NULL, false, 1024, 1024, 0, 2, 4, { 256, 256, 256, 256 } },
		{ NULL,
		  "/tmp/name\\040with\\040space\\075and\\011more",
		  false,
		  2,
		  16,
		  0,
		  3,
		  4,
		  { 0, 0, 0, 16 } },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(series); k++)
		maps_check(series[k], both, ARRAY_SIZE(both));
	maps_check("6.1", v61, ARRAY_SIZE(v61));
	maps_check("6.12", v612, ARRAY_SIZE(v612));
}

static void numa_maps_kinds(void **state)
{
	(void)state;
	auto_numa_maps struct numa_maps m = load_numa_maps("6.1", "process/numa_maps");
	const struct numa_map *text = map_find(&m, NULL, "/init"), *stack = &m.v[m.n - 3];

	assert_int_equal(m.n, 38);
	assert_int_equal(text->start, 0x400000);
	assert_int_equal(text->nodes + text->page_kb, 0); /* no page of it is in */
	assert_true(m.v[6].heap && m.v[7].heap && !m.v[5].heap);
	assert_int_equal(m.v[6].start, 0xdd40000);
	assert_true(stack->stack && !stack->heap);
	assert_int_equal(stack->start, 0x7fffe2462000);
	assert_true(stack->active_shown && stack->active == 1);
	/* 7fc23ca00000: mlocked pages are active, all of them, and the kernel then says nothing of it */
	assert_int_equal(m.v[10].start, 0x7fc23ca00000);
	assert_false(m.v[10].active_shown);
	assert_true(m.v[8].active_shown && !m.v[8].active);
	assert_int_equal(m.v[13].mapmax, 257); /* pages that KSM merged */
	assert_int_equal(m.v[13].nodes, 1);
}

/* Free pages: the machine's are the nodes', a node's are its zones', and MemFree says the same in kB. */
static void sums_free(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(series); k++) {
		auto_counters struct counters all = load_vmstat(series[k], "vmstat");
		auto_zones struct zones zones = load_zoneinfo(series[k], "zoneinfo");
		uint64_t sum = 0;

		for (unsigned nid = 0; nid < NODES; nid++) {
			auto_counters struct counters node = load_node(series[k], nid, "vmstat");
			auto_counters struct counters info = load_node(series[k], nid, "meminfo");
			uint64_t of_zones = 0;

			for (size_t i = 0; i < zones.n; i++)
				of_zones += zones.v[i].nid == nid ? zones.v[i].free : 0;
			assert_int_equal(of_zones, get(&node, "nr_free_pages"));
			assert_int_equal(get(&info, "MemFree"), 4 * of_zones);
			sum += get(&node, "nr_free_pages");
		}
		assert_true(sum > 0);
		assert_int_equal(get(&all, "nr_free_pages"), sum);
	}
}

/* numa_hit is counted in zones; the node's vmstat and numastat sum them. */
static void sums_numa(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(series); k++) {
		auto_counters struct counters all = load_vmstat(series[k], "vmstat");
		uint64_t hit = 0, interleave = 0;

		for (unsigned nid = 0; nid < NODES; nid++) {
			auto_counters struct counters stat = load_node(series[k], nid, "numastat");

			hit += get(&stat, "numa_hit");
			interleave += get(&stat, "interleave_hit");
		}
		assert_int_equal(hit, get(&all, "numa_hit"));
		assert_int_equal(interleave, get(&all, "numa_interleave"));
	}
}

/* maps has the mappings that numa_maps has, in its order. */
static void maps_dumps(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(series); k++) {
		auto_numa_maps struct numa_maps nodes = load_numa_maps(series[k], "process/numa_maps");
		auto_maps struct maps maps = load_maps(series[k], "process/maps");

		assert_int_equal(maps.n, nodes.n);
		unsigned seen = 0;
		for (size_t i = 0; i < maps.n; i++) {
			const struct map *m = &maps.v[i];

			assert_int_equal(m->start, nodes.v[i].start);
			assert_true(m->end > m->start);
			seen += m->name && !strcmp(m->name, "[stack]") && !strcmp(m->perms, "rw-p");
			seen += m->name && !strcmp(m->name, "/tmp/name with space=and\tmore");
			seen += !m->name && !strcmp(m->perms, "rw-p") ? 100 : 0;
		}
		assert_int_equal(seen % 100, 3); /* the stack, and the file by two mappings */
		assert_true(seen > 100);	 /* memory without a name */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vmstat_dumps),	   cmocka_unit_test(numastat_dumps),
		cmocka_unit_test(meminfo_dumps),   cmocka_unit_test(zoneinfo_dumps),
		cmocka_unit_test(numa_maps_dumps), cmocka_unit_test(numa_maps_kinds),
		cmocka_unit_test(sums_free),	   cmocka_unit_test(sums_numa),
		cmocka_unit_test(maps_dumps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
