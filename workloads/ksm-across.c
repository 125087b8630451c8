/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KSM against MPOL_BIND. By default a page is merged with an equal one of any node, and no policy is asked:
 * of pages first merged the one stays that a scan finds last (try_to_merge_two_pages), here the second copy in
 * the first region, which is bound to the first node. The others join that one, wherever they are bound.
 * merge_across_nodes=0 has a tree for each node. Who breaks a page up again, by a write or by run=2 for all,
 * allocates the copies like any page of the area: by its policy, else on the breaker's own node (break_ksm).
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
	  "different pages; each region has each twice" },
};

struct regions {
	struct wl *w;
	size_t pages; /* of a region */
	char *at;     /* one a node with memory, ascending, then one without policy */
	unsigned nodes;
};

static char *region(const struct regions *r, unsigned n)
{
	return r->at + n * r->pages * PAGE;
}

/* Of each bound region, by the node it is bound to: pages there, and pages on the first node. */
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

/* Page frames that all regions take, by node. */
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

/* All merged: what refuses to change that, and what does not. */
static void disturb(struct regions *r)
{
	struct idset second = wl_one(wl_nth(&r->w->mem_nodes, 1));
	size_t bytes = r->pages * PAGE;

	wl_value(r->w, "refused", -1, ksm_try(r->w, "merge_across_nodes", 0));
	ksm_set(r->w, "merge_across_nodes", 1);
	/* the second region, bound to the second node, has its pages on the first: bound once more */
	wl_mbind(r->w, region(r, 1), bytes, MPOL_BIND, &second, MPOL_MF_MOVE);
	wl_place(r->w, "move", region(r, 1), bytes);
	wl_mbind(r->w, region(r, 1), bytes, MPOL_BIND, &second,
		 wl_sabotaged(r->w, "no-move-all") ? MPOL_MF_MOVE : MPOL_MF_MOVE_ALL);
	wl_place(r->w, "move_all", region(r, 1), bytes);
	wl_place(r->w, "move_all_first", region(r, 0), bytes);
	wl_touch(region(r, 1), PAGE, ~0ull);
	wl_place(r->w, "written", region(r, 1), PAGE);
	wl_touch(region(r, 1), PAGE, 1);
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	struct regions r = { .w = w, .pages = COPIES * p->distinct, .nodes = idset_count(&w->mem_nodes) };
	int near, far;

	wl_two_nodes(w, &near, &far);
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
	ksm_end(w);
	ksm_set(w, "merge_across_nodes", 1);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "shell", "nid", WL_REPORTED, .about = "where run=2 is written from" },
	{ "caller", "nid", WL_REPORTED, .about = "where the bindings of merged regions are asked for; not the second node" },
	{ "before", "pages", WL_REPORTED, .about = "of the region bound to this node, on it, before any merging" },
	{ "across", "pages", WL_REPORTED, .about = "of the region bound to this node, on it, merged across nodes" },
	{ "across_first", "pages", WL_REPORTED, .about = "of the region bound to this node, on the first node" },
	{ "across_frames", "pages", WL_REPORTED, .about = "that all regions take, merged across nodes" },
	{ "shared", "pages", WL_REPORTED, .about = "KSM's pages_shared, merged across nodes" },
	{ "refused", "errno", WL_REPORTED, .about = "of merge_across_nodes=0 while pages are merged" },
	{ "move", "pages", WL_REPORTED, .about = "of the second region, bound again with MPOL_MF_MOVE" },
	{ "move_all", "pages", WL_REPORTED, .about = "of the second region, bound again with MPOL_MF_MOVE_ALL" },
	{ "move_all_first", "pages", WL_REPORTED, .about = "of the first region then" },
	{ "written", "pages", WL_REPORTED, .about = "of the second region, its first page, written from elsewhere" },
	{ "unmerged", "pages", WL_REPORTED, .about = "of the region bound to this node, on it, after run=2" },
	{ "unmerged_free", "pages", WL_REPORTED, .about = "of the region without policy, after run=2" },
	{ "within", "pages", WL_REPORTED, .about = "of the region bound to this node, on it, merge_across_nodes=0" },
	{ "within_frames", "pages", WL_REPORTED, .about = "that all regions take, merge_across_nodes=0" },
};
/* clang-format on */

static int64_t distinct(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->distinct;
}

static int64_t pages(const struct wl_view *v)
{
	return COPIES * distinct(v);
}

/* The metric is `pages` for each node, but for the first `at_first`. */
static bool each(const struct wl_view *v, struct wl_verdict *out, const char *metric, int64_t first,
		 int64_t others)
{
	int one = wl_nth(&v->mem_nodes, 0);
	bool all = true;

	idset_foreach (nid, &v->mem_nodes) {
		all &= wl_get(v, out, metric, (int)nid) == ((int)nid == one ? first : others);
	}
	return all;
}

static void strays(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "before", (int)nid, pages(v));
	}
	bool wished = each(v, out, "across", pages(v), pages(v)),
	     documented =
		     each(v, out, "across", pages(v), 0) && each(v, out, "across_first", pages(v), pages(v));
	wl_documented(out, documented, wished, "regions bound to other nodes were merged onto node %d",
		      wl_nth(&v->mem_nodes, 0));
}

static void one_stable_page(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "shared", -1, distinct(v));
	wl_want_only_on(v, out, "across_frames", wl_nth(&v->mem_nodes, 0), distinct(v));
}

static void busy(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "refused", -1, EBUSY);
}

static void move_skips(const struct wl_view *v, struct wl_verdict *out)
{
	int first = wl_nth(&v->mem_nodes, 0), second = wl_nth(&v->mem_nodes, 1);
	int64_t there = wl_get(v, out, "move", second), here = wl_get(v, out, "move", first);

	wl_documented(out, here == pages(v) && !there, there == pages(v),
		      "mbind(MPOL_MF_MOVE) says 0 and moves no page that KSM shares");
}

/*
 * Until 6.6 mbind(2) took the new page's policy from the mapping it found the old page in by its anon_vma
 * (new_page); KSM pages have none, so that the caller's own policy counted. 6.12 takes the policy asked for.
 */
static void move_all(const struct wl_view *v, struct wl_verdict *out)
{
	int second = wl_nth(&v->mem_nodes, 1), caller = (int)wl_get(v, out, "caller", -1);
	bool old = !wl_since(v, out, 6, 7);

	wl_want_only_on(v, out, "move_all", old ? caller : second, pages(v));
	wl_want_only_on(v, out, "move_all_first", old ? caller : second, pages(v));
	if (old && out->outcome == OUTCOME_PASS)
		wl_documented(
			out, true, false,
			"mbind(MPOL_MF_MOVE_ALL) put KSM's pages on the caller's node %d, not on node %d",
			caller, second);
}

static void by_policy(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "written", wl_nth(&v->mem_nodes, 1), 1);
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "unmerged", (int)nid, pages(v));
	}
}

static void on_shells_node(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "unmerged_free", (int)wl_get(v, out, "shell", -1), pages(v));
}

static void within(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "within", (int)nid, pages(v));
		wl_want(v, out, "within_frames", (int)nid, distinct(v));
	}
}

static const struct wl_expect expects[] = {
	{ "binding-lost", "W6", "KSM on, as by default: a region bound to a node stays there", strays },
	{ "one-stable-page", "W6",
	  "merged across nodes there is one of each page, on the first region's node", one_stable_page },
	{ "busy", "W6", "while pages are merged merge_across_nodes can't be changed: EBUSY", busy },
	{ "move-skips", "W6", "mbind with MPOL_MF_MOVE brings a region back that was merged away",
	  move_skips },
	{ "move-all", "W6", "with MPOL_MF_MOVE_ALL it does, and takes what others share along", move_all },
	{ "apart-by-policy", "W5 W6",
	  "copies of merged pages, by a write or by run=2, lie where the area is bound", by_policy },
	{ "apart-by-shell", "W5", "without a policy run=2 leaves all pages on the node of who wrote it",
	  on_shells_node },
	{ "within-nodes", "W6", "merge_across_nodes=0: every region stays, one of each page a node", within },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "not-bound",
	  .breaks = "No region is bound.",
	  .fails = "binding-lost one-stable-page apart-by-policy within-nodes" },
	{ .name = "apart", .breaks = "All is unmerged once it was merged.", .fails = "busy move-skips" },
	{ .name = "no-move-all", .breaks = "MOVE instead of MOVE_ALL.", .fails = "move-all" },
	{ .name = "wrong-shell", .breaks = "The shell runs on another node.", .fails = "apart-by-shell" },
	{ .name = "still-across", .breaks = "Merge_across_nodes stays 1.", .fails = "within-nodes" },
};

WORKLOAD(ksm_across) = {
	.about =
		"KSM merges across nodes, whatever memory is bound to; merge_across_nodes=0 keeps one page a node",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never ksm.pages_to_scan=100000 ksm.sleep_ms=5",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
