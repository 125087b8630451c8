/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KSM between two processes on two nodes: what it saves, and what a write to a merged page costs.
 *
 * Equal pages become one, and the one that a scan finds last stays (try_to_merge_two_pages): the second copy within the
 * first process. A process that writes a merged page gets a copy as in copy on write, on its own node (do_wp_page).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/ksm.h"
#include "workloads/lib/pair.h"
#include "workloads/lib/smaps.h"

#define MOST 1024

struct params {
	uint64_t distinct, copies, writes;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "distinct", WL_U64, AT(distinct), "64", 1, 64, "different pages" },
	{ "copies", WL_U64, AT(copies), "4", 1, 16, "how often each process has each of them" },
	{ "writes", WL_U64, AT(writes), "16", 1, 64,
	  "merged pages that the second process writes; no more than it has" },
};

/* What a process has found out about its area, in memory that both share. */
struct side {
	uint64_t pfn[MOST], word[MOST];
	int64_t rss, pss;
};

struct two {
	struct wl *w;
	const struct params *p;
	size_t pages, writes;
	struct side *side; /* [0] the parent's, [1] the child's */
	char *area;
	struct pair pair;
};

static void observe(struct two *t, struct side *s)
{
	wl_page_pfns(t->w, t->area, t->pages, s->pfn);
	for (size_t i = 0; i < t->pages; i++)
		s->word[i] = *(volatile uint64_t *)(t->area + i * PAGE);
	s->rss = smaps_get(t->w, t->area, t->pages * PAGE, "Rss");
	s->pss = smaps_get(t->w, t->area, t->pages * PAGE, "Pss");
}

static void make_area(struct two *t)
{
	t->area = wl_map(t->w, t->pages * PAGE);
	ksm_write(t->area, t->pages, t->p->distinct, 0);
	if (wl_sabotaged(t->w, "early"))
		ksm_mergeable(t->w, t->area, t->pages * PAGE);
}

static void make_mergeable(struct two *t)
{
	if (!wl_sabotaged(t->w, "never"))
		ksm_mergeable(t->w, t->area, t->pages * PAGE);
}

static __attribute__((noreturn)) void child(struct two *t, int nid)
{
	struct side *own = &t->side[1];

	wl_pin_node(t->w, nid);
	make_area(t);
	observe(t, own);
	pair_turn(t->w, &t->pair);
	make_mergeable(t);
	pair_turn(t->w, &t->pair);
	observe(t, own);
	pair_turn(t->w, &t->pair);
	for (size_t i = 0; i < t->writes; i++)
		*(volatile uint64_t *)(t->area + i * PAGE) = ~0ull;
	observe(t, own);
	wl_place(t->w, "copy", t->area, t->writes * PAGE);
	pair_turn(t->w, &t->pair);
	_exit(0);
}

/* Reports the page frames that both processes' areas take, and their RSS and PSS. */
static void report(struct two *t, const char *frames, const char *rss, const char *pss)
{
	static uint64_t pfn[2 * MOST];

	for (int i = 0; i < 2; i++)
		memcpy(pfn + (size_t)i * t->pages, t->side[i].pfn, t->pages * sizeof(*pfn));
	wl_value(t->w, frames, -1, (int64_t)ksm_frames(pfn, 2 * t->pages));
	wl_value(t->w, rss, -1, t->side[0].rss + t->side[1].rss);
	wl_value(t->w, pss, -1, t->side[0].pss + t->side[1].pss);
}

/* Reports how many of the process's pages have another PFN, and how many another value, than before. */
static void compare(struct two *t, const struct side *before, const struct side *now, const char *moved,
		    const char *changed)
{
	int64_t pfns = 0, words = 0;

	for (size_t i = 0; i < t->pages; i++) {
		pfns += before->pfn[i] != now->pfn[i];
		words += before->word[i] != now->word[i];
	}
	wl_value(t->w, moved, -1, pfns);
	wl_value(t->w, changed, -1, words);
}

static void merge(struct two *t)
{
	struct wl *w = t->w;

	observe(t, &t->side[0]);
	make_mergeable(t);
	pair_turn(w, &t->pair);
	ksm_scan(w, KSM_PASSES);
	ksm_pause(w);
	wl_value(w, "shared", -1, ksm_get(w, "pages_shared"));
	wl_value(w, "sharing", -1, ksm_get(w, "pages_sharing"));
	observe(t, &t->side[0]);
	pair_turn(w, &t->pair);
	report(t, "frames", "rss", "pss");
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	struct two t = { .w = w, .p = p, .pages = p->distinct * p->copies };
	struct side *before =
		mmap(NULL, 4 * sizeof(*before), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int near, far;

	t.side = before + 2;
	t.writes = p->writes < t.pages ? p->writes : t.pages;
	wl_two_nodes(w, &near, &far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	wl_value(w, "written", -1, (int64_t)t.writes);
	wl_pin_node(w, near);
	if (pair_fork(w, &t.pair))
		child(&t, wl_sabotaged(w, "wrong-cpu") ? near : far);
	make_area(&t);
	/* two equal pages that may be merged, which shows that ksmd scans */
	char *bait = wl_map(w, 2 * PAGE);
	ksm_write(bait, 2, 1, 7);
	pair_turn(w, &t.pair);
	ksm_mergeable(w, bait, 2 * PAGE);
	ksm_scan(w, KSM_PASSES);
	wl_value(w, "unasked_shared", -1, ksm_get(w, "pages_shared"));
	observe(&t, &t.side[0]);
	report(&t, "unasked_frames", "unasked_rss", "unasked_pss");
	merge(&t);
	wl_place(w, "merged", t.area, t.pages * PAGE);
	memcpy(before, t.side, 2 * sizeof(*before));
	if (wl_sabotaged(w, "apart"))
		ksm_end(w);
	wl_phase(w, "merged");
	pair_turn(w, &t.pair);
	wl_phase(w, "written");
	observe(&t, &t.side[0]);
	compare(&t, &before[0], &t.side[0], "other_moved", "other_changed");
	compare(&t, &before[1], &t.side[1], "writer_moved", "writer_changed");
	pair_end(w, &t.pair);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the node where the first process runs" },
	{ "far", "nid", WL_REPORTED, .about = "the node where the second process runs" },
	{ "unasked_shared", "pages", WL_REPORTED,
	  .about = "KSM's pages_shared while only two equal pages outside both areas are mergeable" },
	{ "unasked_frames", "pages", WL_REPORTED, .about = "page frames that both areas take, not mergeable" },
	{ "unasked_rss", "kB", WL_REPORTED, .about = "RSS of both areas, not mergeable" },
	{ "unasked_pss", "kB", WL_REPORTED, .about = "PSS of both areas, not mergeable" },
	{ "shared", "pages", WL_REPORTED, .about = "KSM's pages_shared, both areas mergeable" },
	{ "sharing", "pages", WL_REPORTED, .about = "KSM's pages_sharing, the pages saved, both areas mergeable" },
	{ "frames", "pages", WL_REPORTED, .better = WL_LOWER, .about = "page frames that both areas take, merged" },
	{ "rss", "kB", WL_REPORTED, .about = "RSS of both areas, merged" },
	{ "pss", "kB", WL_REPORTED, .about = "PSS of both areas, merged" },
	{ "merged", "pages", WL_REPORTED, .about = "of the first process's area, merged, by node" },
	{ "written", "pages", WL_REPORTED, .about = "merged pages that the second process writes" },
	{ "cow", "1", WL_VMSTAT, "cow_ksm", "merged", "written", .about = "merged pages copied for a write (cow_ksm)" },
	{ "copy", "pages", WL_REPORTED, .about = "that the second process wrote, by node" },
	{ "writer_moved", "pages", WL_REPORTED, .about = "of the second process's area with another PFN after its writes" },
	{ "writer_changed", "pages", WL_REPORTED, .about = "of the second process's area with another value after its writes" },
	{ "other_moved", "pages", WL_REPORTED, .about = "of the first process's area with another PFN after those writes" },
	{ "other_changed", "pages", WL_REPORTED, .about = "of the first process's area with another value after those writes" },
};
/* clang-format on */

#define AREA "distinct * copies" /* pages of a process's area */

static const struct wl_expect expects[] = {
	{ "unasked-twice", "W4",
	  "without MADV_MERGEABLE, while ksmd scans: equal areas of two processes take two page frames for each page",
	  .wants = WL_WANTS({ "unasked_shared", "1" }, { "unasked_pss", "2 * 4 * " AREA },
			    { "unasked_frames", "2 * " AREA }) },
	/* the two equal pages outside the areas count as well: one more is shared, one more saved */
	{ "merged", "W4",
	  "MADV_MERGEABLE: KSM leaves one page frame of each different page for both processes",
	  .wants = WL_WANTS({ "shared", "distinct + 1" }, { "sharing", "2 * " AREA " - distinct + 1" },
			    { "frames", "distinct" }) },
	{ "pss-shrinks", "W4",
	  "merging by KSM leaves the areas' RSS unchanged and reduces their PSS to the memory taken: 4 kB a different page",
	  .wants = WL_WANTS({ "unasked_rss", "2 * 4 * " AREA }, { "rss", "2 * 4 * " AREA },
			    { "pss", "4 * distinct" }) },
	{ "write-copies", "W5",
	  "a write to a KSM page copies it (cow_ksm): only the writer's mapping gets another PFN and another value",
	  .wants = WL_WANTS({ "cow", "written" }, { "writer_moved", "written" },
			    { "writer_changed", "written" }, { "other_moved", "0" },
			    { "other_changed", "0" }) },
	{ "on-writers-node", "W5",
	  "copies of written KSM pages lie on the writer's node, and merged pages on the first process's node",
	  .wants = WL_WANTS({ "copy", "written", "only on far" }, { "merged", AREA, "only on near" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "early", "Both areas are mergeable from the start.", "unasked-twice" },
	{ "never", "Neither area is ever mergeable.", "merged pss-shrinks write-copies" },
	{ "apart", "All pages are unmerged before the second process writes.", "write-copies" },
	{ "wrong-cpu", "The second process runs on the first one's node.", "on-writers-node" },
};

WORKLOAD(ksm_merge) = {
	.about =
		"KSM makes equal pages of two processes one; a process that writes one gets a copy on its own node",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never ksm.pages_to_scan=100000 ksm.sleep_ms=5",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
