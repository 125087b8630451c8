/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An area's policy comes before its task's (mm/mempolicy.c, get_vma_policy) and belongs to a range of addresses: the
 * kernel cuts and joins mappings where policies begin and end (mbind_range). It is for the area's pages and not for
 * what the kernel needs to map them: page tables come by the task's policy (alloc_pages in mm/mempolicy.c).
 *
 * All from a CPU of node `near`.
 */
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/auto.h"
#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"

#define PAGES 12
#define BYTES ((size_t)PAGES * PAGE)
#define PART (BYTES / 3)
#define TABLES 16

struct area {
	struct wl *w;
	struct idset near, far;
	char *p; /* BYTES between pages that can't be accessed, so that nothing joins it from outside */
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

/* Where its pages lie when they are touched anew. */
static void look(struct area *a, char *p, size_t bytes, const char *metric)
{
	madvise(p, bytes, MADV_DONTNEED);
	wl_touch(p, bytes, 1);
	wl_place(a->w, metric, p, bytes);
}

/* The mappings that the kernel has for the area, all and those with a policy. */
static void count_vmas(struct area *a, const char *metric, const char *with_policy)
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
	wl_value(a->w, with_policy, -1, policies);
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
	count_vmas(a, "vmas", "vmas_policy");
	bind_area(a, a->p + PART, PART, MPOL_BIND, &a->far);
	count_vmas(a, "vmas_cut", "vmas_cut_policy");
	look(a, a->p, BYTES, "cut");
	bind_area(a, a->p, PART, MPOL_BIND, &a->far);
	count_vmas(a, "vmas_joined", "vmas_joined_policy");
	bind_area(a, a->p + 2 * PART, PART, MPOL_BIND, &a->far);
	count_vmas(a, "vmas_whole", "vmas_whole_policy");
	for (unsigned i = 0; i < PAGES; i += 2)
		bind_area(a, a->p + i * PAGE, PAGE, MPOL_PREFERRED, &a->near);
	count_vmas(a, "vmas_pages", "vmas_pages_policy");
	look(a, a->p, BYTES, "by_page");
	wl_mbind(a->w, a->p, BYTES, MPOL_DEFAULT, NULL, 0);
	count_vmas(a, "vmas_end", "vmas_end_policy");
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
	wl_unmap(p, TABLES * HUGE);
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
	wl_phase(w, "unmapped");
	tables(&a, true, "far-tables");
}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "where the CPU is" },
	{ "far", "nid", WL_REPORTED, .about = "the other node" },
	{ "near_over_far", "pages", WL_REPORTED,
	  .about = "of an area bound to the near node, its task to the far" },
	{ "far_over_near", "pages", WL_REPORTED,
	  .about = "of an area that prefers the far node, its task bound to the near" },
	{ "back_to_task", "pages", WL_REPORTED,
	  .about = "of an area that has lost its policy, its task bound to the far node" },
	{ "vmas", "1", WL_REPORTED, .about = "of an area of 12 pages" },
	{ "vmas_policy", "1", WL_REPORTED, .about = "of these, with a policy" },
	{ "vmas_cut", "1", WL_REPORTED, .about = "when its middle third is bound to the far node" },
	{ "vmas_cut_policy", "1", WL_REPORTED, .about = "of these, with a policy" },
	{ "vmas_joined", "1", WL_REPORTED, .about = "when its first third is, too" },
	{ "vmas_joined_policy", "1", WL_REPORTED, .about = "of these, with a policy" },
	{ "vmas_whole", "1", WL_REPORTED, .about = "when all of it is" },
	{ "vmas_whole_policy", "1", WL_REPORTED, .about = "of these, with a policy" },
	{ "vmas_pages", "1", WL_REPORTED, .about = "when every other page prefers the near node" },
	{ "vmas_pages_policy", "1", WL_REPORTED, .about = "of these, with a policy" },
	{ "vmas_end", "1", WL_REPORTED, .about = "without a policy again" },
	{ "vmas_end_policy", "1", WL_REPORTED, .about = "of these, with a policy" },
	{ "cut", "pages", WL_REPORTED, .about = "of the area with its middle third bound to the far node" },
	{ "by_page", "pages", WL_REPORTED, .about = "of the area bound to both by turns" },
	{ "near_tables", "pages", WL_NODE_VMSTAT, "nr_page_table_pages", "mapped", "near-tables",
	  .about = "to map 16 pages bound to the far node, their task to the near" },
	{ "far_tables", "pages", WL_NODE_VMSTAT, "nr_page_table_pages", "unmapped", "far-tables",
	  .about = "to map 16 pages bound to the near node, their task to the far" },
};

static int node(const struct wl_view *v, struct wl_verdict *out, const char *name)
{
	return (int)wl_get(v, out, name, -1);
}

static void area_first(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "near_over_far", node(v, out, "near"), PAGES);
	wl_want_only_on(v, out, "far_over_near", node(v, out, "far"), PAGES);
}

static void back_to_task(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "back_to_task", node(v, out, "far"), PAGES);
}

static void cut_and_joined(const struct wl_view *v, struct wl_verdict *out)
{
	static const struct {
		const char *name, *with_policy;
		int64_t vmas, policies;
	} want[] = {
		{ "vmas", "vmas_policy", 1, 0 },
		{ "vmas_cut", "vmas_cut_policy", 3, 1 },
		{ "vmas_joined", "vmas_joined_policy", 2, 1 },
		{ "vmas_whole", "vmas_whole_policy", 1, 1 },
		{ "vmas_pages", "vmas_pages_policy", PAGES, PAGES },
		{ "vmas_end", "vmas_end_policy", 1, 0 },
	};

	for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		wl_want(v, out, want[i].name, -1, want[i].vmas);
		wl_want(v, out, want[i].with_policy, -1, want[i].policies);
	}
}

/* So many pages on the far node, the rest on the near. */
static void want_both(const struct wl_view *v, struct wl_verdict *out, const char *metric, int64_t on_far)
{
	int near = node(v, out, "near"), far = node(v, out, "far");

	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, metric, (int)nid,
			(int)nid == far	   ? on_far
			: (int)nid == near ? PAGES - on_far
					   : 0);
	}
}

static void each_part(const struct wl_view *v, struct wl_verdict *out)
{
	want_both(v, out, "cut", PAGES / 3);
	want_both(v, out, "by_page", PAGES / 2);
}

/* The tables of last level, and maybe one of the level above. */
static void want_tables(const struct wl_view *v, struct wl_verdict *out, const char *metric, int on)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want_least(v, out, metric, (int)nid, (int)nid == on ? TABLES : 0);
		wl_want_most(v, out, metric, (int)nid, (int)nid == on ? TABLES + 1 : 0);
	}
}

static void tables_by_task(const struct wl_view *v, struct wl_verdict *out)
{
	want_tables(v, out, "near_tables", node(v, out, "near"));
	want_tables(v, out, "far_tables", node(v, out, "far"));
}

static const struct wl_expect expects[] = {
	{ "area-first", "N4", "an area's policy comes before its task's", area_first },
	{ "back-to-task", "N4", "an area that loses its policy has its task's", back_to_task },
	{ "cut-and-joined", "N4",
	  "mbind(2) cuts mappings where a policy ends and joins them where it does not", cut_and_joined },
	{ "each-part", "N4", "each part's pages come by its own policy", each_part },
	{ "tables-by-task", "N4", "page tables come by the task's policy, whatever the area's",
	  tables_by_task },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-policy",
	  .breaks = "Areas get no policy.",
	  .fails = "area-first cut-and-joined each-part" },
	{ .name = "swapped",
	  .breaks = "The task's policies are for the other node.",
	  .fails = "back-to-task tables-by-task" },
};

WORKLOAD(policy_area) = {
	.about =
		"an area's policy beats its task's, page by page, for its pages but not for their page tables",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
