/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The free part of a CMA area holds movable user pages (__rmqueue takes from it once more than half of a zone's free
 * memory lies there); a CMA allocation moves them out (alloc_contig_range). Twice: with room on the area's node, and
 * without. Where the pages go then is asked of no policy: __alloc_contig_migrate_range starts at the zone's own node
 * and falls back from there, whatever the pages are bound to.
 */
#include <numaif.h>

#include "workloads/lib/cma.h"
#include "workloads/lib/full.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/hugetlb.h"

#define STEP 64

struct params {
	uint64_t leave_mib;
};

static const struct wl_param params[] = {
	{ "leave_mib", WL_U64, offsetof(struct params, leave_mib), "6", 4, 1024,
	  "MiB outside of the area that are left free before all is used up" },
};

struct act {
	const char *used, *pushed; /* phases */
	const char *before, *after, *taken, *wrong, *place;
	bool room;
};

static const struct act acts[] = {
	{ "room-used", "room-pushed", "room_before", "room_after", "room_taken", "room_wrong", "room_pages",
	  true },
	{ "full-used", "full-pushed", "full_before", "full_after", "full_taken", "full_wrong", "full_pages",
	  false },
};

static uint64_t *number_of(uint64_t *area, size_t page)
{
	return area + page * (PAGE / sizeof(*area));
}

/*
 * Pages bound to the node, each with its own number, until most of the area holds such. Huge pages are movable, too:
 * the area is out of reach while they fill the node.
 */
static uint64_t *use_up(struct wl *w, const struct cma *c, size_t *pages)
{
	const struct params *p = w->params;
	struct idset one = wl_one(c->nid);
	uint64_t inside = 0;

	if (!cma_take(w, c, c->pages))
		wl_broken(w, "the CMA area of node %d is in use", c->nid);
	/* what is free is counted per CPU first, and up to some MiB of it not seen */
	wl_write(w, "/proc/sys/vm/stat_refresh", "1");
	if (!wl_sabotaged(w, "not-used"))
		wl_fill(w, c->nid, (unsigned)p->leave_mib);
	cma_give(w, c, c->pages);
	size_t most = (size_t)wl_node_meminfo(w, c->nid, "MemFree") * 1024 / PAGE;
	uint64_t *area = wl_map(w, most * PAGE);
	wl_mbind(w, area, most * PAGE, MPOL_BIND, &one, 0);
	for (*pages = 0; *pages + STEP <= most && inside < c->pages * 3 / 4; *pages += STEP) {
		for (size_t i = *pages; i < *pages + STEP; i++)
			*number_of(area, i) = i + 1;
		inside += cma_inside(w, c, number_of(area, *pages), STEP);
		if (wl_sabotaged(w, "not-used"))
			break;
	}
	return area;
}

static void act(struct wl *w, const struct cma *c, const struct act *a)
{
	bool room = a->room ? !wl_sabotaged(w, "no-room") : wl_sabotaged(w, "room");
	size_t pages, wrong = 0;
	uint64_t *area = use_up(w, c, &pages);
	struct full full = { 0 };

	if (room)
		wl_release(w, c->nid);
	else
		full_add(w, &full, c->nid);
	wl_value(w, a->before, -1, (int64_t)cma_inside(w, c, area, pages));
	wl_phase(w, a->used);
	bool taken = !wl_sabotaged(w, "not-taken") && cma_take(w, c, c->pages);
	wl_phase(w, a->pushed);
	wl_value(w, a->taken, -1, (int64_t)cma_used(w, c));
	wl_value(w, a->after, -1, (int64_t)cma_inside(w, c, area, pages));
	if (wl_sabotaged(w, "written"))
		area[0] = 0;
	for (size_t i = 0; i < pages; i++)
		wrong += *number_of(area, i) != i + 1;
	wl_value(w, a->wrong, -1, (int64_t)wrong);
	wl_place(w, a->place, area, pages * PAGE);
	if (taken && (a->room || !wl_sabotaged(w, "kept")))
		cma_give(w, c, c->pages);
	wl_unmap(area, pages * PAGE);
	if (!room)
		full_end(w, &full);
}

static void run(struct wl *w)
{
	int near, far;
	struct cma c;

	wl_two_nodes(w, &near, &far);
	cma_open(w, &c, far);
	/* one that no device uses; the first node's last, whose DMA zone keeps memory back from those bound to it */
	for (int nid = IDSET_MAX; nid-- > 0 && cma_used(w, &c);)
		if (idset_has(&w->mem_nodes, (unsigned)nid))
			cma_open(w, &c, nid);
	wl_pin_cpu(w, wl_cpu_of(w, near)); /* pages given back wait in that CPU's list */
	wl_value(w, "node", -1, c.nid);
	wl_value(w, "area", -1, (int64_t)c.pages);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		act(w, &c, &acts[i]);
	wl_value(w, "left", -1, (int64_t)cma_used(w, &c));
}

/* clang-format off */
#define ACT(a, what) \
	{ a "_before", "pages", WL_REPORTED, .timing = true, .about = "user pages inside the free area (" what ")" }, \
	{ a "_after", "pages", WL_REPORTED, .about = "of them inside after all of it was allocated" }, \
	{ a "_taken", "pages", WL_REPORTED, .about = "allocated from the area then" }, \
	{ a "_wrong", "pages", WL_REPORTED, .about = "user pages that do not hold what was written" }, \
	{ a "_pages", "pages", WL_REPORTED, .timing = true, .about = "all user pages, bound to the area's node, then" }, \
	{ a "_moved", "pages", WL_VMSTAT, "pgmigrate_success", a "-used", a "-pushed", \
	  .timing = true, .about = "migrated for the allocation" }, \
	{ a "_allocs", "1", WL_VMSTAT, "cma_alloc_success", a "-used", a "-pushed", .about = "CMA allocations" }

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "the area's node" },
	{ "area", "pages", WL_REPORTED, .about = "its CMA area" },
	ACT("room", "room on the node"), ACT("full", "no room on the node"),
	{ "left", "pages", WL_REPORTED, .about = "allocated from the area in the end" },
};
/* clang-format on */

static void holds_users(const struct wl_view *v, struct wl_verdict *out)
{
	/* of the last free memory half is the area's: so much of it went to user pages */
	wl_want_least(v, out, "room_before", -1, wl_get(v, out, "area", -1) / 2);
	wl_want_least(v, out, "full_before", -1, wl_get(v, out, "area", -1) / 2);
}

static void pushed_out(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t area = wl_get(v, out, "area", -1);

	wl_want(v, out, "room_after", -1, 0);
	wl_want(v, out, "full_after", -1, 0);
	wl_want(v, out, "room_taken", -1, area);
	wl_want(v, out, "full_taken", -1, area);
}

static void intact(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "room_wrong", -1, 0);
	wl_want(v, out, "full_wrong", -1, 0);
}

/* Others' movable pages may lie there, too; and kcompactd is awake on a full node, and moves some of its own. */
static void counted(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "room_allocs", -1, 1);
	wl_want(v, out, "full_allocs", -1, 1);
	wl_want_least(v, out, "room_moved", -1, wl_get(v, out, "room_before", -1));
	wl_want_most(v, out, "room_moved", -1, wl_get(v, out, "area", -1));
	wl_want_least(v, out, "full_moved", -1, wl_get(v, out, "full_before", -1));
}

static void stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_some_on(v, out, "room_pages", (int)wl_get(v, out, "node", -1));
}

static void leaves(const struct wl_view *v, struct wl_verdict *out)
{
	int nid = (int)wl_get(v, out, "node", -1), next = wl_fallback(v, nid, 1);
	int64_t there = wl_get(v, out, "full_pages", nid), left = wl_sum(v, out, "full_pages") - there;

	wl_documented(out,
		      left > 0 && left == wl_get(v, out, "full_pages", next) &&
			      left == wl_get(v, out, "full_before", -1),
		      !left, "%lld bound pages went to node %d: a CMA allocation asks no policy",
		      (long long)left, next);
}

static void given_back(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "left", -1, 0);
}

static const struct wl_expect expects[] = {
	{ "holds-users", "C1", "movable user pages lie in the free part of a CMA area", holds_users },
	{ "pushed-out", "C1", "an allocation of all of it moves every one of them out", pushed_out },
	{ "intact", "C1", "their content is what it was", intact },
	{ "counted", "C1", "pgmigrate_success rises by what lay in the area, cma_alloc_success by one",
	  counted },
	{ "stays-on-node", "C1", "with room on the area's node they stay on it", stays },
	{ "leaves-node", "C1", "without room there they stay all the same, being bound", leaves },
	{ "given-back", "C1", "what was allocated is free again", given_back },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "not-taken",
	  .breaks = "Nothing is allocated from the area.",
	  .fails = "pushed-out counted",
	  .options = "-k lab" },
	{ .name = "not-used",
	  .breaks = "The node is not used up.",
	  .fails = "holds-users",
	  .options = "-k lab" },
	{ .name = "written",
	  .breaks = "A page is written meanwhile.",
	  .fails = "intact",
	  .options = "-k lab" },
	{ .name = "no-room", .breaks = "No room is made.", .fails = "stays-on-node", .options = "-k lab" },
	{ .name = "room",
	  .breaks = "Room is made where none should be.",
	  .fails = "leaves-node",
	  .options = "-k lab" },
	{ .name = "kept",
	  .breaks = "The last allocation is kept.",
	  .fails = "given-back",
	  .options = "-k lab" },
};

WORKLOAD(cma_area) = {
	.about =
		"a CMA allocation moves user pages out of its area, and bound ones off their node if need be",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64, .config = CMA_CONFIG },
	.knobs = "thp.enabled=never min_free_kbytes=1024 " CMA_BOOT,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
