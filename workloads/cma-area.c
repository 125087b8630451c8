/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The free part of a CMA area holds movable user pages: __rmqueue() takes from it once more than half of a zone's free
 * memory lies there. A CMA allocation moves them out (alloc_contig_range()). This is done twice, with room on the area's
 * node and without. No memory policy decides where the pages go: __alloc_contig_migrate_range() starts at the zone's own
 * node and falls back from there, whatever node the pages are bound to.
 */
#include <numaif.h>
#include <string.h>

#include "workloads/lib/cma.h"
#include "workloads/lib/full.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"

#define STEP 64 /* pages written between two looks at how many lie in the area */

struct params {
	uint64_t leave_mib;
};

static const struct wl_param params[] = {
	{ "leave_mib", WL_U64, offsetof(struct params, leave_mib), "6", 4, 1024,
	  "MiB outside of the CMA area that are left free before user pages are written" },
};

static uint64_t *number_of(uint64_t *area, size_t page)
{
	return area + page * (PAGE / sizeof(*area));
}

/*
 * Pages bound to the node, with a number of its own in each, until they fill three quarters of the CMA area. The node is
 * filled with huge pages first, which are movable and would go to the area: it is allocated meanwhile.
 */
static uint64_t *use_up(struct wl *w, const struct cma *c, size_t *pages)
{
	const struct params *p = w->params;
	struct idset one = wl_one(c->nid);
	uint64_t inside = 0;

	if (!cma_take(w, c, c->pages))
		wl_broken(w, "the CMA area of node %d is in use", c->nid);
	/* free pages are counted by each CPU first: up to some MiB are not in the node's counter yet */
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

/* `name`, "room" or "full", begins the metrics' names. The allocation from the area is between the two phases. */
static void push_out(struct wl *w, const struct cma *c, const char *name, const char *used,
		     const char *pushed)
{
	bool wants_room = !strcmp(name, "room");
	bool room = wants_room ? !wl_sabotaged(w, "no-room") : wl_sabotaged(w, "room");
	size_t pages, wrong = 0;
	uint64_t *area = use_up(w, c, &pages);
	struct full full = { 0 };

	if (room)
		wl_release(w, c->nid);
	else
		full_add(w, &full, c->nid);
	wl_value(w, WL_NAMED(name, "before"), -1, (int64_t)cma_inside(w, c, area, pages));
	wl_phase(w, used);
	bool taken = !wl_sabotaged(w, "not-taken") && cma_take(w, c, c->pages);
	wl_phase(w, pushed);
	wl_value(w, WL_NAMED(name, "taken"), -1, (int64_t)cma_used(w, c));
	wl_value(w, WL_NAMED(name, "after"), -1, (int64_t)cma_inside(w, c, area, pages));
	if (wl_sabotaged(w, "written"))
		area[0] = 0;
	for (size_t i = 0; i < pages; i++)
		wrong += *number_of(area, i) != i + 1;
	wl_value(w, WL_NAMED(name, "wrong"), -1, (int64_t)wrong);
	wl_place(w, WL_NAMED(name, "pages"), area, pages * PAGE);
	if (taken && (wants_room || !wl_sabotaged(w, "kept")))
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
	/*
	 * An area that no device uses. The first node comes last: its zone DMA holds memory back from allocations that are
	 * bound to the node.
	 */
	for (int nid = IDSET_MAX; nid-- > 0 && cma_used(w, &c);)
		if (idset_has(&w->mem_nodes, (unsigned)nid))
			cma_open(w, &c, nid);
	wl_pin_cpu(w, wl_cpu_of(w, near)); /* freed pages wait in that CPU's list */
	wl_value(w, "node", -1, c.nid);
	wl_value(w, "area", -1, (int64_t)c.pages);
	push_out(w, &c, "room", "room-used", "room-pushed");
	push_out(w, &c, "full", "full-used", "full-pushed");
	wl_value(w, "left", -1, (int64_t)cma_used(w, &c));
}

/* clang-format off */
#define RUN(r, what) \
	{ r "_before", "pages", WL_REPORTED, .timing = true, \
	  .about = "user pages in the free CMA area before it is allocated, " what }, \
	{ r "_after", "pages", WL_REPORTED, .about = "user pages in the CMA area after all of it was allocated, " what }, \
	{ r "_taken", "pages", WL_REPORTED, .about = "pages of the CMA area that are allocated after the allocation, " what }, \
	{ r "_wrong", "pages", WL_REPORTED, .about = "user pages that have lost their content after the allocation, " what }, \
	{ r "_pages", "pages", WL_REPORTED, .timing = true, \
	  .about = "all user pages, bound to the area's node, by node after the allocation, " what }, \
	{ r "_moved", "pages", WL_VMSTAT, "pgmigrate_success", r "-used", r "-pushed", .timing = true, \
	  .about = "pgmigrate_success during the allocation, " what }, \
	{ r "_allocs", "1", WL_VMSTAT, "cma_alloc_success", r "-used", r "-pushed", \
	  .about = "cma_alloc_success during the allocation, " what }

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "the node of the CMA area" },
	{ "area", "pages", WL_REPORTED, .about = "size of the CMA area" },
	RUN("room", "with room on its node"), RUN("full", "without room on its node"),
	{ "left", "pages", WL_REPORTED, .about = "pages of the CMA area that are still allocated when all were freed" },
};

/* __alloc_contig_migrate_range() allocates without a policy, so a full node's pages go to the next of its zonelist. */
static void leaves(const struct wl_view *v, struct wl_verdict *out)
{
	int nid = (int)wl_get(v, out, "node", -1), next = wl_fallback(v, nid, 1);
	int64_t there = wl_get(v, out, "full_pages", nid), left = wl_sum(v, out, "full_pages") - there;

	wl_documented(out,
		      left > 0 && left == wl_get(v, out, "full_pages", next) && left == wl_get(v, out, "full_before", -1),
		      !left, "%lld pages bound to node %d went to node %d: a CMA allocation regards no policy",
		      (long long)left, nid, next);
}

static const struct wl_expect expects[] = {
	/* of the zone's last free memory half is the area's: so much of it went to user pages */
	{ "holds-users", "C1", "on a node that is used up, movable user pages fill at least half of its free CMA area",
	  .wants = WL_WANTS({ "room_before", ">= area / 2" }, { "full_before", ">= area / 2" }) },
	{ "pushed-out", "C1", "an allocation of the whole CMA area succeeds and moves every user page out of it",
	  .wants = WL_WANTS({ "room_after", "0" }, { "full_after", "0" }, { "room_taken", "area" }, { "full_taken", "area" }) },
	{ "intact", "C1", "user pages that a CMA allocation moves out of the area keep their content",
	  .wants = WL_WANTS({ "room_wrong", "0" }, { "full_wrong", "0" }) },
	/* other movable pages may lie in the area as well; on a full node kcompactd is awake and moves some, too */
	{ "counted", "C1",
	  "an allocation of the whole CMA area raises cma_alloc_success by 1 and pgmigrate_success by the user pages moved out",
	  .wants = WL_WANTS({ "room_allocs", "1" }, { "full_allocs", "1" }, { "room_moved", "room_before..area" },
			    { "full_moved", ">= full_before" }) },
	{ "stays-on-node", "C1",
	  "user pages that a CMA allocation moves out of the area stay on its node while that has room",
	  .wants = WL_WANTS({ "room_pages", ">= 1", "only on node" }) },
	{ "leaves-node", "C1",
	  "user pages bound by MPOL_BIND to the CMA area's node stay there when an allocation moves them and the node is full",
	  leaves },
	{ "given-back", "C1", "all pages of the CMA area are free after what was allocated from it is freed",
	  .wants = WL_WANTS({ "left", "0" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "not-taken", "Nothing is allocated from the area.", "pushed-out counted", "-k lab" },
	{ "not-used", "The node is not used up.", "holds-users", "-k lab" },
	{ "written", "A user page is overwritten during the allocation.", "intact", "-k lab" },
	{ "no-room", "The node gets no room before the first allocation.", "stays-on-node", "-k lab" },
	{ "room", "The node gets room before the second allocation.", "leaves-node", "-k lab" },
	{ "kept", "What the second allocation took is not freed.", "given-back", "-k lab" },
};

WORKLOAD(cma_area) = {
	.about = "a CMA allocation moves user pages out of its area, and off their node when that is full, bound or not",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64, .config = CMA_CONFIG },
	.knobs = "thp.enabled=never min_free_kbytes=1024 " CMA_BOOT,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
/* clang-format on */
