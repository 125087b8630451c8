/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MPOL_INTERLEAVE over all nodes and over every other one, by the area and by the task.
 *
 * The node of a page of anonymous memory follows from its place alone, not from the order of touching: index
 * vm_pgoff + (address - vm_start) / 4096 into the policy's nodes, modulo their number (mm/mempolicy.c:
 * interleave_nid and offset_il_node in 6.1; get_vma_policy and interleave_nid since ddc1a5cbc05d, 6.7). For
 * private anonymous memory vm_pgoff is vm_start / 4096, so the index is the page's number in the address
 * space. A task's policy counts the same way in a page fault; its round robin (il_prev) serves allocations
 * that have no area, such as page tables.
 *
 * Before that commit the index was cut to 32 bits first ("(unsigned int)n % nnodes"), which shows where the
 * number of nodes does not divide 2^32: on three nodes, 6.1 and 6.12 place each page of an area at 0x7f...
 * differently.
 */
#include <numaif.h>
#include <stdlib.h>

#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "64", 1, 1024,
	  "4 KiB pages for each node of a policy" },
};

/* The first, third, fifth... of a set. */
static struct idset every_other(const struct idset *s)
{
	struct idset out = { 0 };

	for (unsigned n = 0; n < idset_count(s); n += 2)
		idset_add(&out, (unsigned)wl_nth(s, n));
	return out;
}

/* All nodes without the first for the whole set, the whole set for a part of it. */
static struct idset wrong_nodes(struct wl *w, const struct idset *nodes)
{
	struct idset out = w->mem_nodes;

	if (idset_equal(nodes, &w->mem_nodes))
		out.bits[0] &= ~(1ull << idset_next(nodes, 0));
	return out;
}

/* Touches pages under the policy, reports how many lie on each node, and returns those that are not where
 * they should. */
static int64_t spread(struct wl *w, const struct idset *nodes, bool by_task, const char *metric)
{
	const struct params *p = w->params;
	unsigned width = idset_count(nodes);
	struct idset given = wl_sabotaged(w, "wrong-nodes") ? wrong_nodes(w, nodes) : *nodes;
	uint64_t index_bits = wl_kernel(w, 6, 7) ? UINT64_MAX : UINT32_MAX;
	size_t pages = p->pages * width, bytes = (pages + 1) * PAGE;
	int *nid = calloc(pages, sizeof(*nid));
	char *map = wl_map(w, bytes), *area = map + PAGE; /* an area's first page need not have index 0 */
	int64_t mismatches = 0;

	wl_mbind(w, area, bytes - PAGE, by_task ? MPOL_DEFAULT : MPOL_INTERLEAVE, by_task ? NULL : &given, 0);
	wl_mempolicy(w, by_task ? MPOL_INTERLEAVE : MPOL_DEFAULT, by_task ? &given : NULL);
	/* even pages, then odd ones: a round robin would go wrong */
	for (size_t i = 0; i < pages; i++)
		wl_touch(area + PAGE * (i < (pages + 1) / 2 ? 2 * i : 2 * (i - (pages + 1) / 2) + 1), PAGE,
			 1);
	wl_mempolicy(w, MPOL_DEFAULT, NULL);
	wl_place(w, metric, area, bytes - PAGE);
	wl_page_nodes(w, area, pages, nid);
	for (size_t i = 0; i < pages; i++)
		mismatches += nid[i] !=
			      wl_nth(nodes, (unsigned)((((uintptr_t)area / PAGE + i) & index_bits) % width));
	wl_unmap(map, bytes);
	free(nid);
	return mismatches;
}

static void run(struct wl *w)
{
	struct idset some = every_other(&w->mem_nodes);
	int64_t area, task;

	area = spread(w, &w->mem_nodes, false, "area") + spread(w, &some, false, "area_subset");
	wl_phase(w, "area");
	task = spread(w, &w->mem_nodes, true, "task") + spread(w, &some, true, "task_subset");
	wl_phase(w, "task");
	wl_value(w, "area_mismatches", -1, area);
	wl_value(w, "task_mismatches", -1, task);
}

static const struct wl_metric metrics[] = {
	{ "area", "pages", WL_REPORTED, .about = "of an area interleaved over all nodes with memory" },
	{ "area_subset", "pages", WL_REPORTED, .about = "of an area interleaved over every other node" },
	{ "area_mismatches", "pages", WL_REPORTED,
	  .about = "of both areas, on another node than their address says" },
	{ "area_hit", "pages", WL_NUMASTAT, "interleave_hit", "start", "area",
	  .about = "counted as interleaved: areas" },
	{ "task", "pages", WL_REPORTED, .about = "of a task interleaved over all nodes with memory" },
	{ "task_subset", "pages", WL_REPORTED, .about = "of a task interleaved over every other node" },
	{ "task_mismatches", "pages", WL_REPORTED,
	  .about = "of both tasks, on another node than their address says" },
	{ "task_hit", "pages", WL_NUMASTAT, "interleave_hit", "area", "task",
	  .about = "counted as interleaved: tasks" },
};

static int64_t pages_of(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

/* So many on each node for all of them, and again on every other node for the subset. */
static void spread_want(const struct wl_view *v, struct wl_verdict *out, const char *all, const char *subset)
{
	struct idset some = every_other(&v->mem_nodes);

	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, all, (int)nid, pages_of(v));
		wl_want(v, out, subset, (int)nid, idset_has(&some, nid) ? pages_of(v) : 0);
	}
}

static void area_even(const struct wl_view *v, struct wl_verdict *out)
{
	spread_want(v, out, "area", "area_subset");
}

static void task_even(const struct wl_view *v, struct wl_verdict *out)
{
	spread_want(v, out, "task", "task_subset");
}

static void area_by_offset(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "area_mismatches", -1, 0);
}

static void task_by_offset(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "task_mismatches", -1, 0);
}

static void counted(const struct wl_view *v, struct wl_verdict *out)
{
	struct idset some = every_other(&v->mem_nodes);

	idset_foreach (nid, &v->mem_nodes) {
		int64_t pages = (idset_has(&some, nid) ? 2 : 1) * pages_of(v);

		wl_want(v, out, "area_hit", (int)nid, pages);
		/* a task's policy holds for the kernel's own pages, too: page tables, slabs */
		wl_want_least(v, out, "task_hit", (int)nid, pages);
	}
}

static const struct wl_expect expects[] = {
	{ "area-even", "N3", "mbind(MPOL_INTERLEAVE): as many pages on each node, none outside the policy",
	  area_even },
	{ "task-even", "N3", "set_mempolicy(MPOL_INTERLEAVE): as many on each node, none outside",
	  task_even },
	{ "area-by-offset", "N3", "the node of each page follows from its address alone", area_by_offset },
	{ "task-by-offset", "N3", "also under the task's policy, whatever the order of touching",
	  task_by_offset },
	{ "counted", "N3",
	  "numastat's interleave_hit rises by exactly the pages of an area, at least those of a task",
	  counted },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "wrong-nodes",
	  .breaks = "Policies get other nodes than the checks are told.",
	  .fails = "area-even task-even area-by-offset task-by-offset counted" },
};

WORKLOAD(interleave) = {
	.about =
		"interleaved memory is spread evenly, page by page as its address says, over the policy's nodes only",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
