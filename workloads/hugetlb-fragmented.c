/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Huge pages are reserved at run time on a node whose free memory is fragmented. The kernel compacts: the small pages in the
 * way are moved, and the pool grows as asked for. Where they cannot be moved, here because they are mlocked and
 * compact_unevictable_allowed is 0, the pool grows by less, with enough memory free. A huge page in use stays in its place.
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

struct params {
	uint64_t blocks, ask;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "blocks", WL_U64, AT(blocks), "8", 6, FRAGMENT_MOST / 2,
	  "blocks of 2 MiB that are broken on each node" },
	{ "ask", WL_U64, AT(ask), "3", 1, FRAGMENT_MOST / 4,
	  "huge pages asked for; compaction needs 2 more blocks to work with, and room for watermarks" },
};

/* Fragments the node, with mlocked pages or others, and asks for more huge pages there. Returns how many more it got. */
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
	had = hugepool_get(w, nid);
	got = hugetlb_set(w, nid, HUGETLB_2M, had + (int64_t)p->ask) - had;
	wl_phase(w, locked ? "locked-asked" : "free-asked");
	wl_value(w, pages, nid, f.blocks * 8);
	fragment_place(w, &f, locked ? "locked_pages" : "free_pages");
	return got;
}

static void run(struct wl *w)
{
	int one = wl_nth(&w->mem_nodes, idset_count(&w->mem_nodes) - 1), other = wl_nth(&w->mem_nodes, 0);
	static uint64_t before[HUGE_PAGES], now[HUGE_PAGES];
	struct idset there = wl_one(one);
	int64_t same = 0;

	wl_value(w, "one", -1, one);
	wl_value(w, "other", -1, other);
	hugepool_set(w, one, 1);
	wl_mempolicy(w, MPOL_BIND, &there);
	char *page = hugetlb_map(1, 0);
	if (!page)
		wl_broken(w, "mmap of a huge page: %s", strerror(errno));
	wl_touch(page, HUGE, 77);
	wl_mempolicy(w, MPOL_DEFAULT, NULL);
	wl_page_pfns(w, page, HUGE_PAGES, before);
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, one)));
	if (wl_sabotaged(w, "given-back"))
		madvise(page, HUGE, MADV_DONTNEED);
	wl_value(w, "free", -1, ask(w, one, false, "free_kept"));
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, other)));
	wl_value(w, "locked", -1, ask(w, other, true, "locked_kept"));
	wl_page_pfns(w, page, HUGE_PAGES, now);
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		same += now[i] && now[i] == before[i] && *(volatile uint64_t *)(page + i * PAGE) == 77;
	wl_value(w, "held", -1, same);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "one", "nid", WL_REPORTED, .about = "the node where the pages in the way can be moved" },
	{ "other", "nid", WL_REPORTED, .about = "the node where the pages in the way are mlocked and cannot be moved" },
	{ "free", "pages", WL_REPORTED, .better = WL_HIGHER,
	  .about = "huge pages that the pool of `one` grew by; `ask` were asked for" },
	{ "locked", "pages", WL_REPORTED, .better = WL_HIGHER,
	  .about = "huge pages that the pool of `other` grew by; `ask` were asked for" },
	{ "free_success", "1", WL_VMSTAT, "compact_success", "free", "free-asked", .timing = true,
	  .about = "direct compactions that gave a huge page, on `one`" },
	{ "locked_success", "1", WL_VMSTAT, "compact_success", "locked", "locked-asked", .timing = true,
	  .about = "direct compactions that gave a huge page, on `other`" },
	{ "locked_fail", "1", WL_VMSTAT, "compact_fail", "locked", "locked-asked", .timing = true,
	  .about = "direct compactions that gave no huge page, on `other`" },
	{ "mem_free", "kB", WL_NODE_MEMINFO, "MemFree", "start", "locked-asked", .timing = true,
	  .about = "free memory of the node after the pool of `other` was asked to grow" },
	{ "free_kept", "pages", WL_REPORTED, .about = "small pages in the way on `one`" },
	{ "free_pages", "pages", WL_REPORTED, .about = "small pages that were in the way on `one`, with their content, by node" },
	{ "locked_kept", "pages", WL_REPORTED, .about = "small pages in the way on `other`" },
	{ "locked_pages", "pages", WL_REPORTED,
	  .about = "small pages that were in the way on `other`, with their content, by node" },
	{ "held", "pages", WL_REPORTED,
	  .about = "small pages of a huge page in use on `one` that have their PFN and content at the end" },
};

static const struct wl_expect expects[] = {
	{ "run-time-compacts", "C5",
	  "huge pages reserved on a node with fragmented memory: the kernel compacts, and the pool grows by all that was asked for",
	  .wants = WL_WANTS({ "free_success", ">= 1" }, { "free_pages", "free_kept", "only on one" }, { "free", "ask" }) },
	{ "run-time-short", "C5",
	  "huge pages reserved on a node fragmented by pages that cannot move: the pool grows by less, with enough memory free",
	  .wants = WL_WANTS({ "mem_free", ">= ask * 2048", "on other" }, { "locked_pages", "locked_kept", "only on other" },
			    { "locked", "<= ask - 1" }) },
	{ "huge-page-stays", "C4", "a huge page in use keeps its page frames and content while its node is compacted for others",
	  .wants = WL_WANTS({ "held", "HUGE_PAGES" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "movable", "Compaction may move mlocked pages.", "run-time-short" },
	{ "unmovable", "The pages in the way cannot be moved on either node.", "run-time-compacts" },
	{ "given-back", "The huge page is freed before the node is compacted.", "huge-page-stays" },
};

WORKLOAD(hugetlb_fragmented) = {
	.about = "huge pages reserved at run time come from compaction, and are fewer where it cannot move the pages in the way",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 48 },
	.knobs = FRAGMENT_KNOBS,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 120,
	.run = run,
};
/* clang-format on */
