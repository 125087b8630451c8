/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reserving huge pages at run time on a node whose free memory is in pieces. What is in the way is moved, and
 * the pool gets what it asked for; when that can't be moved, here because it is mlocked and
 * compact_unevictable_allowed is 0, the pool falls short, with as much memory free. A huge page that is in use
 * sits through all of it.
 */
#include <errno.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/lib/fragment.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"

#define ALLOWED "/proc/sys/vm/compact_unevictable_allowed"
#define AREA (FRAGMENT_MOST * HUGE)
#define PAGES 512

struct params {
	uint64_t blocks, ask;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "blocks", WL_U64, AT(blocks), "8", 6, FRAGMENT_MOST / 2,
	  "blocks of 2 MiB that are broken, of each node" },
	{ "ask", WL_U64, AT(ask), "3", 1, FRAGMENT_MOST / 4,
	  "huge pages asked for; compaction wants 2 blocks to work with, and room for watermarks" },
};

/* Asks for more on the node, in pieces, what is in the way locked or not; how many more it got. */
static int64_t ask(struct wl *w, int nid, bool locked, const char *pages)
{
	const struct params *p = w->params;
	bool fixed = !wl_sabotaged(w, "movable") && (locked || wl_sabotaged(w, "unmovable"));
	struct fragment f;
	int64_t had, got;

	fragment_make(w, &f, nid, (unsigned)p->blocks, 8);
	if ((locked || fixed) && mlock2(f.area, AREA, MLOCK_ONFAULT))
		wl_broken(w, "mlock2: %s", strerror(errno));
	wl_write(w, ALLOWED, fixed ? "0" : "1");
	wl_phase(w, locked ? "locked" : "free");
	had = hugetlb_get(w, nid, HUGETLB_2M, "nr_hugepages");
	got = hugetlb_set(w, nid, HUGETLB_2M, had + (int64_t)p->ask) - had;
	wl_phase(w, locked ? "locked-asked" : "free-asked");
	wl_value(w, pages, nid, f.blocks * 8);
	fragment_place(w, &f, locked ? "locked_pages" : "free_pages");
	wl_write(w, ALLOWED, "1");
	wl_unmap(f.area, AREA);
	return got;
}

static void run(struct wl *w)
{
	int one = wl_nth(&w->mem_nodes, idset_count(&w->mem_nodes) - 1), other = wl_nth(&w->mem_nodes, 0);
	static uint64_t before[PAGES], now[PAGES];
	struct idset there = wl_one(one);
	int64_t same = 0;

	wl_value(w, "one", -1, one);
	wl_value(w, "other", -1, other);
	hugetlb_set(w, one, HUGETLB_2M, 1);
	wl_mempolicy(w, MPOL_BIND, &there);
	char *page = hugetlb_map(1, 0);
	if (!page)
		wl_broken(w, "mmap of a huge page: %s", strerror(errno));
	wl_touch(page, HUGE, 77);
	wl_mempolicy(w, MPOL_DEFAULT, NULL);
	wl_page_pfns(w, page, PAGES, before);
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, one)));
	if (wl_sabotaged(w, "given-back"))
		madvise(page, HUGE, MADV_DONTNEED);
	wl_value(w, "free", -1, ask(w, one, false, "free_kept"));
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, other)));
	wl_value(w, "locked", -1, ask(w, other, true, "locked_kept"));
	wl_page_pfns(w, page, PAGES, now);
	for (unsigned i = 0; i < PAGES; i++)
		same += now[i] && now[i] == before[i] && *(volatile uint64_t *)(page + i * 4096) == 77;
	wl_value(w, "held", -1, same);
	munmap(page, HUGE);
	wl_release(w, one);
	wl_release(w, other);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "one", "nid", WL_REPORTED, .about = "where what is in the way can be moved" },
	{ "other", "nid", WL_REPORTED, .about = "where it can't" },
	{ "free", "pages", WL_REPORTED, .better = WL_HIGHER, .about = "huge ones got on the one, of `ask`" },
	{ "locked", "pages", WL_REPORTED, .better = WL_HIGHER, .about = "huge ones got on the other, of `ask`" },
	{ "free_success", "1", WL_VMSTAT, "compact_success", "free", "free-asked", .timing = true, .about = "allocations that compaction gave a page, on the one" },
	{ "locked_success", "1", WL_VMSTAT, "compact_success", "locked", "locked-asked", .timing = true, .about = "the same on the other" },
	{ "locked_fail", "1", WL_VMSTAT, "compact_fail", "locked", "locked-asked", .timing = true, .about = "allocations that compacted in vain, on the other" },
	{ "mem_free", "kB", WL_NODE_MEMINFO, "MemFree", "start", "locked-asked", .timing = true, .about = "free when the pool had fallen short" },
	{ "free_kept", "pages", WL_REPORTED, .about = "in the way, on the one" },
	{ "free_pages", "pages", WL_REPORTED, .about = "of them then, content intact" },
	{ "locked_kept", "pages", WL_REPORTED, .about = "in the way, on the other" },
	{ "locked_pages", "pages", WL_REPORTED, .about = "of them then, content intact" },
	{ "held", "pages", WL_REPORTED, .about = "small, of a huge page in use on the one, with PFN and content as before" },
};
/* clang-format on */

static int nid_of(const struct wl_view *v, struct wl_verdict *out, const char *who)
{
	return (int)wl_get(v, out, who, -1);
}

static void compacts(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;
	int one = nid_of(v, out, "one");

	wl_want_least(v, out, "free_success", -1, 1);
	wl_want_only_on(v, out, "free_pages", one, wl_get(v, out, "free_kept", one));
	wl_want(v, out, "free", -1, (int64_t)p->ask);
}

static void falls_short(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;
	int other = nid_of(v, out, "other");

	wl_want_least(v, out, "mem_free", other, (int64_t)p->ask * 2048);
	wl_want_only_on(v, out, "locked_pages", other, wl_get(v, out, "locked_kept", other));
	wl_want_most(v, out, "locked", -1, (int64_t)p->ask - 1);
}

static void stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "held", -1, PAGES);
}

static const struct wl_expect expects[] = {
	{ "run-time-compacts", "C5", "reserving on memory in pieces compacts, and gets what was asked for",
	  compacts },
	{ "run-time-short", "C5", "what can't be moved lets it fall short, with enough memory free",
	  falls_short },
	{ "huge-page-stays", "C4", "a huge page in use keeps its place through compaction and reclaim",
	  stays },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "movable", .breaks = "Mlocked pages may be moved.", .fails = "run-time-short" },
	{ .name = "unmovable", .breaks = "Nothing may.", .fails = "run-time-compacts" },
	{ .name = "given-back",
	  .breaks = "The huge page is given back meanwhile.",
	  .fails = "huge-page-stays" },
};

WORKLOAD(hugetlb_fragmented) = {
	.about = "huge pages reserved at run time are compacted together, or fall short",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 48 },
	.knobs = FRAGMENT_KNOBS,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 120,
	.run = run,
};
