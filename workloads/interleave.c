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

/* The first, third, fifth... node of a set. */
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

/* Touches pages under the policy, reports how many are on each node, and returns those that are not where they should. */
static int64_t spread(struct wl *w, const struct idset *nodes, bool by_task, const char *metric)
{
	const struct params *p = w->params;
	unsigned width = idset_count(nodes);
	struct idset given = wl_sabotaged(w, "wrong-nodes") ? wrong_nodes(w, nodes) : *nodes;
	uint64_t index_bits = wl_kernel(w, 6, 7) ? UINT64_MAX : UINT32_MAX;
	size_t pages = p->pages * width, bytes = (pages + 1) * PAGE;
	int *nid = calloc(pages, sizeof(*nid));
	char *area = (char *)wl_map(w, bytes) + PAGE; /* an area's first page need not have index 0 */
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
	idset_foreach (nid, &w->mem_nodes) {
		wl_value(w, "in_subset", (int)nid, idset_has(&some, nid));
	}
	wl_value(w, "area_mismatches", -1, area);
	wl_value(w, "task_mismatches", -1, task);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "in_subset", "1", WL_REPORTED, .about = "1 where the node is one of every other node with memory" },
	{ "area", "pages", WL_REPORTED, .about = "of an area interleaved over all nodes with memory" },
	{ "area_subset", "pages", WL_REPORTED, .about = "of an area interleaved over every other node with memory" },
	{ "area_mismatches", "pages", WL_REPORTED, .about = "on another node than their address says, of both areas" },
	{ "area_hit", "pages", WL_NUMASTAT, "interleave_hit", "start", "area",
	  .about = "interleave_hit while both areas were touched" },
	{ "task", "pages", WL_REPORTED, .about = "of a task interleaved over all nodes with memory" },
	{ "task_subset", "pages", WL_REPORTED, .about = "of a task interleaved over every other node with memory" },
	{ "task_mismatches", "pages", WL_REPORTED, .about = "on another node than their address says, under both task policies" },
	{ "task_hit", "pages", WL_NUMASTAT, "interleave_hit", "area", "task",
	  .about = "interleave_hit while pages were touched under both task policies" },
};

static const struct wl_expect expects[] = {
	{ "area-even", "N3", "mbind(MPOL_INTERLEAVE): each node of the policy has equally many pages, no other node has any",
	  .wants = WL_WANTS({ "area", "pages", "each node" }, { "area_subset", "in_subset * pages", "each node" }) },
	{ "task-even", "N3",
	  "set_mempolicy(MPOL_INTERLEAVE): each node of the policy has equally many pages, no other node has any",
	  .wants = WL_WANTS({ "task", "pages", "each node" }, { "task_subset", "in_subset * pages", "each node" }) },
	{ "area-by-offset", "N3", "mbind(MPOL_INTERLEAVE): the node of each page follows from its address alone",
	  .wants = WL_WANTS({ "area_mismatches", "0" }) },
	{ "task-by-offset", "N3",
	  "set_mempolicy(MPOL_INTERLEAVE): the node of each page follows from its address, not from the order of touching",
	  .wants = WL_WANTS({ "task_mismatches", "0" }) },
	/* A task's policy holds for the kernel's own pages as well: page tables, slabs. */
	{ "counted", "N3",
	  "numastat's interleave_hit rises on each node by exactly the pages of interleaved areas, by those of interleaved tasks at least",
	  .wants = WL_WANTS({ "area_hit", "(1 + in_subset) * pages", "each node" },
			    { "task_hit", ">= (1 + in_subset) * pages", "each node" }) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "wrong-nodes", "Policies are for other nodes than the checks expect.",
	  "area-even task-even area-by-offset task-by-offset counted" },
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
