/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that are for one node only, with that node full (workloads/lib/full.h) and room on all others. What asks
 * with __GFP_THISNODE has nothing to fall back to: a node's huge page pool (alloc_pool_huge_page in mm/hugetlb.c,
 * alloc_pool_huge_folio in 6.12), move_pages(2) and migrate_pages(2) (alloc_migration_target in mm/migrate.c).
 * mbind(2) with MPOL_MF_MOVE allocates by the policy instead (new_page, alloc_migration_target_by_mpol in
 * mm/mempolicy.c), so pages that should come to a node they only prefer go to another one.
 */
#include <errno.h>
#include <numaif.h>
#include <stddef.h>

#include "workloads/lib/full.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"

/* as the rows below have them */
#define PAGES 32
#define MORE 2 /* huge pages for each node that has room */
#define UNTOUCHED (-777)

static void count_pools(struct wl *w, int64_t pool[WL_NODES], int sign)
{
	idset_foreach (nid, &w->mem_nodes) {
		pool[nid] += sign * hugepool_get(w, (int)nid);
	}
}

/* Asks for more huge pages on the node, or on the machine (-1), and reports by how much each node's pool grows. */
static void grow(struct wl *w, int nid, int64_t by, const char *metric)
{
	int64_t pool[WL_NODES] = { 0 };

	count_pools(w, pool, -1);
	hugepool_set(w, nid, hugepool_get(w, nid) + by);
	count_pools(w, pool, 1);
	idset_foreach (id, &w->mem_nodes) {
		wl_value(w, metric, (int)id, pool[id]);
		hugepool_set(w, (int)id, hugepool_get(w, (int)id) - pool[id]);
	}
}

/* An area of PAGES pages on the node, without a policy. */
static char *area_on(struct wl *w, int nid)
{
	char *area = wl_map(w, PAGES * PAGE);
	struct idset one = wl_one(nid);

	wl_mbind(w, area, PAGES * PAGE, MPOL_BIND, &one, 0);
	wl_touch(area, PAGES * PAGE, 1);
	wl_mbind(w, area, PAGES * PAGE, MPOL_DEFAULT, NULL, 0);
	return area;
}

static void by_move_pages(struct wl *w, char *area, int to)
{
	int node[PAGES], status[PAGES];
	void *at[PAGES];
	int64_t untouched = 0;
	long r;

	for (unsigned i = 0; i < PAGES; i++) {
		at[i] = area + i * PAGE;
		node[i] = to;
		status[i] = UNTOUCHED;
	}
	r = move_pages(0, PAGES, at, node, status, MPOL_MF_MOVE);
	wl_value(w, "move_error", -1, r < 0 ? errno : 0);
	for (unsigned i = 0; i < PAGES; i++)
		untouched += status[i] == UNTOUCHED;
	wl_value(w, "move_untold", -1, untouched);
	wl_place(w, "moved", area, PAGES * PAGE);
}

static void by_migrate_pages(struct wl *w, char *area, int from, int to)
{
	struct idset old = wl_one(from), new = wl_one(to);
	long r = migrate_pages(0, IDSET_MAX + 1, (unsigned long *)old.bits, (unsigned long *)new.bits);

	wl_value(w, "migrate_error", -1, r < 0 ? errno : 0);
	wl_place(w, "migrated", area, PAGES * PAGE);
}

static void by_mbind(struct wl *w, char *area, int to)
{
	struct idset one = wl_one(to);

	wl_mbind(w, area, PAGES * PAGE, MPOL_PREFERRED, &one, MPOL_MF_MOVE);
	wl_place(w, "rebound", area, PAGES * PAGE);
}

static void run(struct wl *w)
{
	unsigned nodes = idset_count(&w->mem_nodes);
	int full_nid = wl_nth(&w->mem_nodes, 0), from = wl_nth(&w->mem_nodes, nodes / 2);
	struct full full = { 0 };
	char *area = area_on(w, from);

	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, full_nid)));
	if (!wl_sabotaged(w, "not-full"))
		full_add(w, &full, full_nid);
	wl_value(w, "full", -1, full_nid);
	wl_value(w, "from", -1, from);
	grow(w, full_nid, MORE, "pool_of_node");
	grow(w, -1, (int64_t)(nodes - 1) * MORE, "pool_of_machine");
	by_move_pages(w, area, full_nid);
	by_migrate_pages(w, area, from, full_nid);
	by_mbind(w, area, full_nid);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "full", "nid", WL_REPORTED, .about = "the node that has no free memory" },
	{ "from", "nid", WL_REPORTED, .about = "the node whose pages are to be moved to the full one" },
	{ "pool_of_node", "huge pages", WL_REPORTED,
	  .about = "by which the node's pool grew when the full node's was to grow" },
	{ "pool_of_machine", "huge pages", WL_REPORTED,
	  .about = "by which the node's pool grew when the machine's was to grow" },
	{ "moved", "pages", WL_REPORTED, .about = "of the area after move_pages(2) to the full node" },
	{ "move_error", "errno", WL_REPORTED, .about = "of move_pages(2)" },
	{ "move_untold", "pages", WL_REPORTED, .about = "whose status move_pages(2) has not written" },
	{ "migrated", "pages", WL_REPORTED, .about = "of the area after migrate_pages(2) to the full node" },
	{ "migrate_error", "errno", WL_REPORTED, .about = "of migrate_pages(2)" },
	{ "rebound", "pages", WL_REPORTED,
	  .about = "of the area after mbind(2) with MPOL_PREFERRED for the full node and MPOL_MF_MOVE" },
};
/* clang-format on */

static void mbind_falls_back(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "rebound", wl_fallback(v, wl_nid(v, out, "full", -1), 1), PAGES);
}

/* clang-format off */
static const struct wl_expect expects[] = {
	{ "pool-stays", "N2", "more huge pages asked of a full node: its pool does not grow, nor does another node's instead",
	  .wants = WL_WANTS({ "pool_of_node", "0", "each node" }) },
	{ "pool-elsewhere", "N2",
	  "more huge pages asked of the machine with one node full: each other node's pool grows by its share of 2",
	  .wants = WL_WANTS({ "pool_of_machine", "0", "on full" }, { "pool_of_machine", "2", "not on full" }) },
	{ "move-stays", "N2", "move_pages(2) to a full node moves no page and fails with ENOMEM",
	  .wants = WL_WANTS({ "moved", "32", "only on from" }, { "move_error", "ENOMEM" }) },
	{ "move-silent", "N2", "move_pages(2) to a full node leaves the status of all pages unwritten",
	  .wants = WL_WANTS({ "move_untold", "32" }) },
	{ "migrate-stays", "N2", "migrate_pages(2) to a full node moves no page and fails with ENOMEM",
	  .wants = WL_WANTS({ "migrated", "32", "only on from" }, { "migrate_error", "ENOMEM" }) },
	{ "mbind-falls-back", "N2 N3",
	  "mbind(2) with MPOL_PREFERRED and MPOL_MF_MOVE to a full node moves all pages to the next node of its zonelist",
	  mbind_falls_back },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "not-full", "No node is full.",
	  "pool-stays pool-elsewhere move-stays move-silent migrate-stays mbind-falls-back" },
};

WORKLOAD(this_node) = {
	.about =
		"requests for a full node's huge pages and for moving pages there fail rather than fall back",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
