/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KSM between two processes on two nodes: what it saves, and what a write to a merged page costs.
 *
 * Equal pages become one, and the one that stays is that which a scan finds last (try_to_merge_two_pages): the
 * second copy within the first process. Who writes a merged page gets a copy by the rules of copy on write, on
 * the writer's node (do_wp_page).
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
	  "merged pages that the second process writes, at most all" },
};

/* What a process knows of its area, in memory both share. */
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

static void look(struct two *t, struct side *s)
{
	wl_page_pfns(t->w, t->area, t->pages, s->pfn);
	for (size_t i = 0; i < t->pages; i++)
		s->word[i] = *(volatile uint64_t *)(t->area + i * PAGE);
	s->rss = smaps_get(t->w, t->area, t->pages * PAGE, "Rss");
	s->pss = smaps_get(t->w, t->area, t->pages * PAGE, "Pss");
}

static void settle(struct two *t)
{
	t->area = wl_map(t->w, t->pages * PAGE);
	ksm_write(t->area, t->pages, t->p->distinct, 0);
	if (wl_sabotaged(t->w, "early"))
		ksm_mergeable(t->w, t->area, t->pages * PAGE);
}

static void offer(struct two *t)
{
	if (!wl_sabotaged(t->w, "never"))
		ksm_mergeable(t->w, t->area, t->pages * PAGE);
}

static __attribute__((noreturn)) void child(struct two *t, int nid)
{
	struct side *own = &t->side[1];

	wl_pin_node(t->w, nid);
	settle(t);
	look(t, own);
	pair_turn(t->w, &t->pair);
	offer(t);
	pair_turn(t->w, &t->pair);
	look(t, own);
	pair_turn(t->w, &t->pair);
	for (size_t i = 0; i < t->writes; i++)
		*(volatile uint64_t *)(t->area + i * PAGE) = ~0ull;
	look(t, own);
	wl_place(t->w, "copy", t->area, t->writes * PAGE);
	pair_turn(t->w, &t->pair);
	_exit(0);
}

/* Page frames that both processes' areas take; their RSS and PSS. */
static void report(struct two *t, const char *frames, const char *rss, const char *pss)
{
	static uint64_t pfn[2 * MOST];

	for (int i = 0; i < 2; i++)
		memcpy(pfn + (size_t)i * t->pages, t->side[i].pfn, t->pages * sizeof(*pfn));
	wl_value(t->w, frames, -1, (int64_t)ksm_frames(pfn, 2 * t->pages));
	wl_value(t->w, rss, -1, t->side[0].rss + t->side[1].rss);
	wl_value(t->w, pss, -1, t->side[0].pss + t->side[1].pss);
}

/* Pages of the process that have another PFN, and another value, than before. */
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

	look(t, &t->side[0]);
	offer(t);
	pair_turn(w, &t->pair);
	ksm_scan(w, KSM_PASSES);
	ksm_pause(w);
	wl_value(w, "shared", -1, ksm_get(w, "pages_shared"));
	wl_value(w, "sharing", -1, ksm_get(w, "pages_sharing"));
	look(t, &t->side[0]);
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
	wl_pin_node(w, near);
	if (pair_fork(w, &t.pair))
		child(&t, wl_sabotaged(w, "wrong-cpu") ? near : far);
	settle(&t);
	/* two equal pages that may be merged: ksmd does look */
	char *bait = wl_map(w, 2 * PAGE);
	ksm_write(bait, 2, 1, 7);
	pair_turn(w, &t.pair);
	ksm_mergeable(w, bait, 2 * PAGE);
	ksm_scan(w, KSM_PASSES);
	wl_value(w, "unasked_shared", -1, ksm_get(w, "pages_shared"));
	look(&t, &t.side[0]);
	report(&t, "unasked_frames", "unasked_rss", "unasked_pss");
	merge(&t);
	wl_place(w, "merged", t.area, t.pages * PAGE);
	memcpy(before, t.side, 2 * sizeof(*before));
	if (wl_sabotaged(w, "apart"))
		ksm_end(w);
	wl_phase(w, "merged");
	pair_turn(w, &t.pair);
	wl_phase(w, "written");
	look(&t, &t.side[0]);
	compare(&t, &before[0], &t.side[0], "other_moved", "other_changed");
	compare(&t, &before[1], &t.side[1], "writer_moved", "writer_changed");
	pair_end(w, &t.pair);
	ksm_end(w);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "where the first process runs" },
	{ "far", "nid", WL_REPORTED, .about = "where the second runs" },
	{ "unasked_shared", "pages", WL_REPORTED, .about = "KSM's, of two equal pages elsewhere: areas not mergeable" },
	{ "unasked_frames", "pages", WL_REPORTED, .about = "that both areas take, not mergeable" },
	{ "unasked_rss", "kB", WL_REPORTED, .about = "of both areas, not mergeable" },
	{ "unasked_pss", "kB", WL_REPORTED, .about = "of both areas, not mergeable" },
	{ "shared", "pages", WL_REPORTED, .about = "KSM's pages_shared, areas mergeable" },
	{ "sharing", "pages", WL_REPORTED, .about = "KSM's pages_sharing: what is saved" },
	{ "frames", "pages", WL_REPORTED, .better = WL_LOWER, .about = "that both areas take, merged" },
	{ "rss", "kB", WL_REPORTED, .about = "of both areas, merged" },
	{ "pss", "kB", WL_REPORTED, .about = "of both areas, merged" },
	{ "merged", "pages", WL_REPORTED, .about = "of the first process's area, merged" },
	{ "cow", "1", WL_VMSTAT, "cow_ksm", "merged", "written", .about = "merged pages copied for a write" },
	{ "copy", "pages", WL_REPORTED, .about = "that the second process wrote" },
	{ "writer_moved", "pages", WL_REPORTED, .about = "of the second process's area, with another PFN for it" },
	{ "writer_changed", "pages", WL_REPORTED, .about = "of it, with another value" },
	{ "other_moved", "pages", WL_REPORTED, .about = "of the first process's area, with another PFN for it" },
	{ "other_changed", "pages", WL_REPORTED, .about = "of it, with another value" },
};
/* clang-format on */

static int64_t distinct(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->distinct;
}

/* Of each process. */
static int64_t pages(const struct wl_view *v)
{
	return distinct(v) * (int64_t)((const struct params *)v->params)->copies;
}

static int64_t writes(const struct wl_view *v)
{
	int64_t n = (int64_t)((const struct params *)v->params)->writes;

	return n < pages(v) ? n : pages(v);
}

static void twice(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "unasked_shared", -1, 1);
	wl_want(v, out, "unasked_pss", -1, 2 * 4 * pages(v));
	wl_want(v, out, "unasked_frames", -1, 2 * pages(v));
}

/* The two pages elsewhere count as well. */
static void merged(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "shared", -1, distinct(v) + 1);
	wl_want(v, out, "sharing", -1, 2 * pages(v) - distinct(v) + 1);
	wl_want(v, out, "frames", -1, distinct(v));
}

static void rss_pss(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "unasked_rss", -1, 2 * 4 * pages(v));
	wl_want(v, out, "rss", -1, 2 * 4 * pages(v));
	wl_want(v, out, "pss", -1, 4 * distinct(v));
}

static void copied(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "cow", -1, writes(v));
	wl_want(v, out, "writer_moved", -1, writes(v));
	wl_want(v, out, "writer_changed", -1, writes(v));
	wl_want(v, out, "other_moved", -1, 0);
	wl_want(v, out, "other_changed", -1, 0);
}

static void writers_node(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "copy", (int)wl_get(v, out, "far", -1), writes(v));
	wl_want_only_on(v, out, "merged", (int)wl_get(v, out, "near", -1), pages(v));
}

static const struct wl_expect expects[] = {
	{ "unasked-twice", "W4",
	  "not mergeable, equal areas of two processes take memory twice, ksmd running", twice },
	{ "merged", "W4", "mergeable, each different page is there once for both processes", merged },
	{ "pss-shrinks", "W4", "merging leaves RSS as it was; PSS is what is really taken", rss_pss },
	{ "write-copies", "W5", "a write to a merged page copies it: another PFN for the writer alone",
	  copied },
	{ "on-writers-node", "W5", "the copies lie on the writer's node, the merged pages stay",
	  writers_node },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "early", .breaks = "Both areas are mergeable from the start.", .fails = "unasked-twice" },
	{ .name = "never", .breaks = "Neither ever is.", .fails = "merged pss-shrinks write-copies" },
	{ .name = "apart", .breaks = "Unmerged before the write.", .fails = "write-copies" },
	{ .name = "wrong-cpu",
	  .breaks = "The second process runs on the first one's node.",
	  .fails = "on-writers-node" },
};

WORKLOAD(ksm_merge) = {
	.about = "KSM makes equal pages of two processes one; who writes one gets a copy on its own node",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never ksm.pages_to_scan=100000 ksm.sleep_ms=5",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
