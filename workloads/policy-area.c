/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An area's policy comes before its task's (mm/mempolicy.c, get_vma_policy) and belongs to a range of addresses: the
 * kernel cuts and joins mappings where policies begin and end (mbind_range). It is for the area's pages and not for what
 * the kernel needs to map them: page tables come by the task's policy (alloc_pages in mm/mempolicy.c).
 *
 * Everything runs on one CPU of node `near`.
 */
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/auto.h"
#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"

#define PAGES 12 /* as the rows below have it */
#define BYTES ((size_t)PAGES * PAGE)
#define PART (BYTES / 3)
#define TABLES 16

struct area {
	struct wl *w;
	struct idset near, far;
	char *p; /* BYTES between pages without access, so that no mapping outside joins the area's */
};

static void bind_area(struct area *a, char *p, size_t bytes, int mode, const struct idset *nodes)
{
	if (!wl_sabotaged(a->w, "no-policy"))
		wl_mbind(a->w, p, bytes, mode, nodes, 0);
}

static void open_area(struct area *a)
{
	char *all = wl_map(a->w, BYTES + 2 * PAGE);

	mprotect(all, PAGE, PROT_NONE);
	mprotect(all + PAGE + BYTES, PAGE, PROT_NONE);
	a->p = all + PAGE;
}

static void bind_task(struct area *a, bool far)
{
	wl_mempolicy(a->w, MPOL_BIND, far == (!wl_sabotaged(a->w, "swapped")) ? &a->far : &a->near);
}

/* Touches pages anew and reports where they are. */
static void look(struct area *a, char *p, size_t bytes, const char *metric)
{
	madvise(p, bytes, MADV_DONTNEED);
	wl_touch(p, bytes, 1);
	wl_place(a->w, metric, p, bytes);
}

/* Reports how many mappings the kernel has for the area, all and those with a policy. */
static void count_vmas(struct area *a, const char *metric)
{
	auto_fclose FILE *f = fopen("/proc/self/numa_maps", "re");
	int64_t all = 0, policies = 0;
	char line[1024];

	while (f && fgets(line, sizeof(line), f)) {
		char *at = (char *)(uintptr_t)strtoull(line, NULL, 16);

		if (at < a->p || at >= a->p + BYTES)
			continue;
		all++;
		policies += strstr(line, " default") == NULL;
	}
	wl_value(a->w, metric, -1, all);
	wl_value(a->w, WL_NAMED(metric, "policy"), -1, policies);
}

static void over_task(struct area *a)
{
	bind_task(a, true);
	bind_area(a, a->p, BYTES, MPOL_BIND, &a->near);
	look(a, a->p, BYTES, "near_over_far");
	bind_task(a, false);
	bind_area(a, a->p, BYTES, MPOL_PREFERRED, &a->far);
	look(a, a->p, BYTES, "far_over_near");
	bind_task(a, true);
	bind_area(a, a->p, BYTES, MPOL_DEFAULT, NULL);
	look(a, a->p, BYTES, "back_to_task");
	wl_mempolicy(a->w, MPOL_DEFAULT, NULL);
}

static void cut(struct area *a)
{
	count_vmas(a, "vmas");
	bind_area(a, a->p + PART, PART, MPOL_BIND, &a->far);
	count_vmas(a, "vmas_cut");
	look(a, a->p, BYTES, "cut");
	bind_area(a, a->p, PART, MPOL_BIND, &a->far);
	count_vmas(a, "vmas_joined");
	bind_area(a, a->p + 2 * PART, PART, MPOL_BIND, &a->far);
	count_vmas(a, "vmas_whole");
	for (unsigned i = 0; i < PAGES; i += 2)
		bind_area(a, a->p + i * PAGE, PAGE, MPOL_PREFERRED, &a->near);
	count_vmas(a, "vmas_pages");
	look(a, a->p, BYTES, "by_page");
	wl_mbind(a->w, a->p, BYTES, MPOL_DEFAULT, NULL, 0);
	count_vmas(a, "vmas_end");
}

/* A page in each 2 MiB, so that each needs a table of its own. */
static void tables(struct area *a, bool far, const char *phase)
{
	char *p = wl_map(a->w, TABLES * HUGE);

	bind_area(a, p, TABLES * HUGE, MPOL_BIND, far ? &a->near : &a->far);
	bind_task(a, far);
	for (unsigned i = 0; i < TABLES; i++)
		wl_touch(p + i * HUGE, PAGE, 1);
	wl_mempolicy(a->w, MPOL_DEFAULT, NULL);
	wl_phase(a->w, phase);
}

static void run(struct wl *w)
{
	struct area a = { .w = w };
	int near, far;

	wl_two_nodes(w, &near, &far);
	a.near = wl_one(near);
	a.far = wl_one(far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	wl_pin_cpu(w, wl_cpu_of(w, near));
	open_area(&a);
	over_task(&a);
	cut(&a);
	wl_phase(w, "mapped");
	tables(&a, false, "near-tables");
	tables(&a, true, "far-tables");
}

/* clang-format off */
#define PAGES_OF(name, what) { name, "pages", WL_REPORTED, .about = what }
#define VMAS(name, when) \
	{ name, "1", WL_REPORTED, .about = "mappings (VMAs) of the area " when }, \
	{ name "_policy", "1", WL_REPORTED, .about = "mappings (VMAs) of the area that have a policy, " when }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the node of the CPU" },
	{ "far", "nid", WL_REPORTED, .about = "the node farthest from it" },
	PAGES_OF("near_over_far", "of an area bound to the near node while its task is bound to the far one"),
	PAGES_OF("far_over_near", "of an area that prefers the far node while its task is bound to the near one"),
	PAGES_OF("back_to_task", "of an area whose policy was removed, while its task is bound to the far node"),
	VMAS("vmas", "before it has a policy"),
	VMAS("vmas_cut", "when its middle third is bound to the far node"),
	VMAS("vmas_joined", "when its first and middle thirds are bound to the far node"),
	VMAS("vmas_whole", "when all of it is bound to the far node"),
	VMAS("vmas_pages", "when every other page prefers the near node, the rest is bound to the far one"),
	VMAS("vmas_end", "when its policies are removed"),
	PAGES_OF("cut", "of the area with its middle third bound to the far node"),
	PAGES_OF("by_page", "of the area with every other page preferring the near node, the rest bound to the far one"),
	{ "near_tables", "pages", WL_NODE_VMSTAT, "nr_page_table_pages", "mapped", "near-tables",
	  .about = "of page tables for 16 pages 2 MiB apart: area bound to the far node, task to the near one" },
	{ "far_tables", "pages", WL_NODE_VMSTAT, "nr_page_table_pages", "near-tables", "far-tables",
	  .about = "of page tables for 16 pages 2 MiB apart: area bound to the near node, task to the far one" },
};

#define WANT_VMAS(name, all, with_policy) { name, all }, { name "_policy", with_policy }
/* All 12 pages of the area. */
#define WANT_BOTH(name, near, far) { name, near, "on near" }, { name, far, "on far" }, { name, "0", "not on near, far" }

static const struct wl_expect expects[] = {
	{ "area-first", "N4",
	  "an area's MPOL_BIND or MPOL_PREFERRED comes before its task's policy: all pages are on the area's node",
	  .wants = WL_WANTS({ "near_over_far", "12", "only on near" }, { "far_over_near", "12", "only on far" }) },
	{ "back-to-task", "N4",
	  "mbind(MPOL_DEFAULT) removes an area's policy: pages touched anew are on the node its task is bound to",
	  .wants = WL_WANTS({ "back_to_task", "12", "only on far" }) },
	{ "cut-and-joined", "N4",
	  "mbind(2) cuts mappings where a policy begins and ends, and joins neighbours of equal policy to one mapping",
	  .wants = WL_WANTS(WANT_VMAS("vmas", "1", "0"), WANT_VMAS("vmas_cut", "3", "1"), WANT_VMAS("vmas_joined", "2", "1"),
			    WANT_VMAS("vmas_whole", "1", "1"), WANT_VMAS("vmas_pages", "12", "12"), WANT_VMAS("vmas_end", "1", "0")) },
	{ "each-part", "N4", "where parts of an area have policies of their own, each page is on the node of its part's policy",
	  .wants = WL_WANTS(WANT_BOTH("cut", "12 - 12 / 3", "12 / 3"), WANT_BOTH("by_page", "12 / 2", "12 / 2")) },
	/* 16 tables of the last level, and maybe one of the level above. */
	{ "tables-by-task", "N4",
	  "page tables, 16 or 17 pages, are on the node that the task is bound to, not on the one that their area is bound to",
	  .wants = WL_WANTS({ "near_tables", "16..17", "only on near" }, { "far_tables", "16..17", "only on far" }) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "no-policy", "Areas get no policy.", "area-first cut-and-joined each-part" },
	{ "swapped", "The task's policies are for the other node.", "back-to-task tables-by-task" },
};

WORKLOAD(policy_area) = {
	.about =
		"an area's policy comes before its task's, page by page, for its pages but not for their page tables",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
