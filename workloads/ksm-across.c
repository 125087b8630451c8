/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KSM against MPOL_BIND. By default KSM merges a page with an equal one of any node and asks no memory policy. Of two pages
 * that are merged first, the one that a scan finds last stays (try_to_merge_two_pages): here the second copy in the first
 * region, which is bound to the first node. All further copies join that page, wherever they are bound. With
 * merge_across_nodes=0 KSM keeps one tree for each node. A write, or run=2 for all pages, unmerges (break_ksm): the copies
 * are allocated like any page of the area, by its policy, and without one on the node of the CPU that unmerges.
 */
#include <errno.h>
#include <numaif.h>
#include <string.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/ksm.h"

#define COPIES 2

struct params {
	uint64_t distinct;
};

static const struct wl_param params[] = {
	{ "distinct", WL_U64, offsetof(struct params, distinct), "32", 2, 512,
	  "different pages; each region has two copies of each" },
};

struct regions {
	struct wl *w;
	size_t pages; /* of a region */
	char *at;     /* one region for each node with memory, by ascending node, then one without a policy */
	unsigned nodes;
};

static char *region(const struct regions *r, unsigned n)
{
	return r->at + n * r->pages * PAGE;
}

/* Reports of each bound region, under the node that it is bound to, its pages on that node and its pages on the first. */
static void report(struct regions *r, const char *own, const char *first)
{
	uint64_t count[WL_NODES];

	for (unsigned n = 0; n < r->nodes; n++) {
		int nid = wl_nth(&r->w->mem_nodes, n);

		wl_count_pages(r->w, region(r, n), r->pages * PAGE, count);
		wl_value(r->w, own, nid, (int64_t)count[nid]);
		if (first)
			wl_value(r->w, first, nid, (int64_t)count[wl_nth(&r->w->mem_nodes, 0)]);
	}
}

/* Reports the page frames that all regions together take, by node. */
static void report_frames(struct regions *r, const char *metric)
{
	static uint64_t pfn[(WL_NODES + 1) * 1024];
	static int node[(WL_NODES + 1) * 1024];
	size_t all = (r->nodes + 1) * r->pages;

	wl_page_nodes(r->w, r->at, all, node);
	idset_foreach (nid, &r->w->mem_nodes) {
		wl_page_pfns(r->w, r->at, all, pfn);
		for (size_t i = 0; i < all; i++)
			pfn[i] = node[i] == (int)nid ? pfn[i] : 0;
		wl_value(r->w, metric, (int)nid, (int64_t)ksm_frames(pfn, all));
	}
}

static void make(struct regions *r, int free_nid)
{
	const struct params *p = r->w->params;
	size_t bytes = r->pages * PAGE;

	r->at = wl_map(r->w, (r->nodes + 1) * bytes);
	for (unsigned n = 0; n < r->nodes; n++) {
		struct idset one = wl_one(wl_nth(&r->w->mem_nodes, n));

		if (!wl_sabotaged(r->w, "not-bound"))
			wl_mbind(r->w, region(r, n), bytes, MPOL_BIND, &one, 0);
	}
	wl_pin_node(r->w, free_nid);
	ksm_write(r->at, (r->nodes + 1) * r->pages, p->distinct, 0);
	ksm_mergeable(r->w, r->at, (r->nodes + 1) * bytes);
}

/* While all pages are merged: merge_across_nodes is switched, the second region is bound anew, one of its pages is written. */
static void disturb(struct regions *r)
{
	struct idset second = wl_one(wl_nth(&r->w->mem_nodes, 1));
	size_t bytes = r->pages * PAGE;

	wl_value(r->w, "refused", -1, ksm_try(r->w, "merge_across_nodes", 0));
	/* the second region is bound to the second node, but KSM has merged its pages onto the first */
	wl_mbind(r->w, region(r, 1), bytes, MPOL_BIND, &second, MPOL_MF_MOVE);
	wl_place(r->w, "move", region(r, 1), bytes);
	wl_mbind(r->w, region(r, 1), bytes, MPOL_BIND, &second,
		 wl_sabotaged(r->w, "no-move-all") ? MPOL_MF_MOVE : MPOL_MF_MOVE_ALL);
	wl_place(r->w, "move_all", region(r, 1), bytes);
	wl_place(r->w, "move_all_first", region(r, 0), bytes);
	wl_touch(region(r, 1), PAGE, ~0ull);
	wl_place(r->w, "written", region(r, 1), PAGE);
	wl_touch(region(r, 1), PAGE, 1); /* equal to its copies once more, for the scans to come */
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	struct regions r = { .w = w, .pages = COPIES * p->distinct, .nodes = idset_count(&w->mem_nodes) };
	int near, far;

	wl_two_nodes(w, &near, &far);
	wl_value(w, "first", -1, wl_nth(&w->mem_nodes, 0));
	wl_value(w, "second", -1, wl_nth(&w->mem_nodes, 1));
	wl_value(w, "shell", -1, near);
	make(&r, far);
	report(&r, "before", NULL);
	ksm_set(w, "merge_across_nodes", 1);
	ksm_scan(w, KSM_PASSES);
	ksm_pause(w);
	wl_phase(w, "across");
	wl_value(w, "shared", -1, ksm_get(w, "pages_shared"));
	report(&r, "across", "across_first");
	report_frames(&r, "across_frames");
	int caller = far == wl_nth(&w->mem_nodes, 1) ? near : far;
	wl_value(w, "caller", -1, caller);
	wl_pin_node(w, caller);
	if (wl_sabotaged(w, "apart"))
		ksm_end(w);
	disturb(&r);
	wl_pin_node(w, wl_sabotaged(w, "wrong-shell") ? far : near);
	ksm_end(w);
	report(&r, "unmerged", NULL);
	wl_place(w, "unmerged_free", region(&r, r.nodes), r.pages * PAGE);
	ksm_set(w, "merge_across_nodes", wl_sabotaged(w, "still-across"));
	ksm_scan(w, KSM_PASSES);
	wl_phase(w, "within");
	report(&r, "within", NULL);
	report_frames(&r, "within_frames");
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "first", "nid", WL_REPORTED, .about = "the first node with memory" },
	{ "second", "nid", WL_REPORTED, .about = "the second node with memory" },
	{ "shell", "nid", WL_REPORTED, .about = "the node from whose CPUs run=2 is written" },
	{ "caller", "nid", WL_REPORTED,
	  .about = "the node from whose CPUs mbind(2) of the merged second region is called; never the second node" },
	{ "before", "pages", WL_REPORTED, .about = "of the region bound to this node, on this node, before any merging" },
	{ "across", "pages", WL_REPORTED, .about = "of the region bound to this node, on this node, merged across nodes" },
	{ "across_first", "pages", WL_REPORTED,
	  .about = "of the region bound to this node, on the first node, merged across nodes" },
	{ "across_frames", "pages", WL_REPORTED, .about = "page frames that all regions take, merged across nodes" },
	{ "shared", "pages", WL_REPORTED, .about = "KSM's pages_shared, merged across nodes" },
	{ "refused", "errno", WL_REPORTED, .about = "of writing merge_across_nodes=0 while pages are merged; 0: accepted" },
	{ "move", "pages", WL_REPORTED, .about = "of the second region, merged, after mbind(2) with MPOL_MF_MOVE" },
	{ "move_all", "pages", WL_REPORTED, .about = "of the second region, merged, after mbind(2) with MPOL_MF_MOVE_ALL" },
	{ "move_all_first", "pages", WL_REPORTED,
	  .about = "of the first region, merged, after mbind(2) of the second region with MPOL_MF_MOVE_ALL" },
	{ "written", "pages", WL_REPORTED,
	  .about = "of the second region's first page, copied by a write from another node's CPU" },
	{ "unmerged", "pages", WL_REPORTED, .about = "of the region bound to this node, on this node, after run=2" },
	{ "unmerged_free", "pages", WL_REPORTED, .about = "of the region without a policy, after run=2" },
	{ "within", "pages", WL_REPORTED,
	  .about = "of the region bound to this node, on this node, merged with merge_across_nodes=0" },
	{ "within_frames", "pages", WL_REPORTED,
	  .about = "page frames that all regions take, merged with merge_across_nodes=0" },
};
/* clang-format on */

/*
 * Until 6.6 mbind(2) took the new page's policy from the mapping in which it found the old page by its anon_vma
 * (new_page). KSM pages have none, so that the caller's own policy counted. 6.12 takes the policy asked for.
 */
static void move_all(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t pages = COPIES * (int64_t)((const struct params *)v->params)->distinct;
	int second = wl_nth(&v->mem_nodes, 1), caller = (int)wl_get(v, out, "caller", -1);
	bool old = !wl_since(v, out, 6, 7);

	wl_want_only_on(v, out, "move_all", old ? caller : second, pages);
	wl_want_only_on(v, out, "move_all_first", old ? caller : second, pages);
	if (old && out->outcome == OUTCOME_PASS)
		wl_documented(
			out, true, false,
			"before Linux 6.7 mbind(MPOL_MF_MOVE_ALL) puts KSM's pages on the caller's node %d, not on node %d",
			caller, second);
}

#define REGION "2 * distinct" /* pages of a region: COPIES of each */

static const struct wl_expect expects[] = {
	{ "binding-lost", "W6",
	  "KSM with merge_across_nodes=1, the default: every page of an MPOL_BIND region stays on the node bound to",
	  .wants = WL_WANTS({ "before", REGION, "each node" }),
	  .documented =
		  WL_WANTS({ "across", REGION, "only on first" }, { "across_first", REGION, "each node" }),
	  .wished = WL_WANTS({ "across", REGION, "each node" }),
	  .why = "KSM merged the regions that are bound to other nodes onto the first node with memory" },
	{ "one-stable-page", "W6",
	  "merge_across_nodes=1: one page frame of each different page is left, all on the first region's node",
	  .wants = WL_WANTS({ "shared", "distinct" }, { "across_frames", "distinct", "only on first" }) },
	{ "busy", "W6", "while pages are merged, writing merge_across_nodes=0 fails with EBUSY",
	  .wants = WL_WANTS({ "refused", "EBUSY" }) },
	{ "move-skips", "W6",
	  "mbind(2) with MPOL_MF_MOVE moves every page of a region that KSM merged onto another node to the node bound to",
	  .documented = WL_WANTS({ "move", REGION, "on first" }, { "move", "0", "on second" }),
	  .wished = WL_WANTS({ "move", REGION, "on second" }),
	  .why = "mbind(MPOL_MF_MOVE) returns 0 and moves no page that KSM shares" },
	{ "move-all", "W6",
	  "mbind(2) with MPOL_MF_MOVE_ALL moves all pages of a KSM-merged region, and of the region that shares them, to its node",
	  move_all },
	{ "apart-by-policy", "W5 W6",
	  "a copy of a KSM page made by a write or by run=2 is allocated on the node that its region is bound to",
	  .wants = WL_WANTS({ "written", "1", "only on second" }, { "unmerged", REGION, "each node" }) },
	{ "apart-by-shell", "W5",
	  "run=2: pages without a memory policy are copied to the node of the CPU that writes run=2, none elsewhere",
	  .wants = WL_WANTS({ "unmerged_free", REGION, "only on shell" }) },
	{ "within-nodes", "W6",
	  "merge_across_nodes=0: every bound region stays on its node, with one page frame of each different page per node",
	  .wants =
		  WL_WANTS({ "within", REGION, "each node" }, { "within_frames", "distinct", "each node" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "not-bound", "No region is bound.", "binding-lost one-stable-page apart-by-policy within-nodes" },
	{ "apart", "All pages are unmerged before they are looked at.", "busy move-skips" },
	{ "no-move-all", "The second region is bound with MPOL_MF_MOVE instead of MPOL_MF_MOVE_ALL.",
	  "move-all" },
	{ "wrong-shell", "A CPU of another node writes run=2.", "apart-by-shell" },
	{ "still-across", "Pages are merged with merge_across_nodes=1 where it should be 0.",
	  "within-nodes" },
};

WORKLOAD(ksm_across) = {
	.about =
		"KSM merges across nodes in spite of MPOL_BIND; with merge_across_nodes=0 it keeps one page for each node",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never ksm.pages_to_scan=100000 ksm.sleep_ms=5",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
