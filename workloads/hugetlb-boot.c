/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Huge pages reserved on the kernel's command line: they are taken before there is anything in the way
 * (hugetlb_hstate_alloc_pages, memblock), so the pool is what was asked for, node by node, for 1 GiB as for 2 MiB.
 * What was asked for is read from the command line; ask with
 *
 *	numarig run -t 2node-big -w hugetlb-boot -s boot.hugepages=0:200,1:300 -s boot.hugepages_1g=1:1
 *
 * At run time a GiB comes from alloc_contig_pages(), which wants a whole one, aligned, in which no page is the
 * kernel's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"

#define MOST_NODES 64 /* WL_NODES */
#define GIB_KB 1048576

/* What the command line asks for, of one size: a count, or one for each node. */
struct asked {
	int64_t all, node[MOST_NODES]; /* -1: not asked for */
};

/* "8" or "0:2,1:6" */
static void parse(const char *text, struct asked *a)
{
	char *end;

	while (*text >= '0' && *text <= '9') {
		int64_t n = strtoll(text, &end, 10);

		if (*end == ':' && n < MOST_NODES)
			a->node[n] = strtoll(end + 1, &end, 10);
		else
			a->all = n;
		text = *end == ',' ? end + 1 : end;
	}
}

static void read_cmdline(struct wl *w, struct asked *small, struct asked *big)
{
	auto_fclose FILE *f = fopen("/proc/cmdline", "re");
	struct asked *now = small;
	char line[4096];

	for (int i = 0; i < MOST_NODES; i++)
		small->node[i] = big->node[i] = -1;
	small->all = big->all = -1;
	if (!f || !fgets(line, sizeof(line), f))
		wl_broken(w, "/proc/cmdline: %s", strerror(errno));
	for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
		if (!strncmp(word, "hugepagesz=", 11))
			now = strcmp(word + 11, "1G") ? small : big;
		else if (!strncmp(word, "hugepages=", 10))
			parse(word + 10, now);
	}
}

/* True when the size was asked for at all. */
static bool report(struct wl *w, const struct asked *a, unsigned kb, const char *asked, const char *got)
{
	bool any = a->all >= 0;

	idset_foreach (nid, &w->mem_nodes) {
		any |= a->node[nid] >= 0;
	}
	if (!any)
		return false;
	wl_value(w, got, -1, hugetlb_get(w, -1, kb, "nr_hugepages"));
	if (a->all >= 0)
		wl_value(w, asked, -1, a->all);
	idset_foreach (nid, &w->mem_nodes) {
		wl_value(w, got, (int)nid, hugetlb_get(w, (int)nid, kb, "nr_hugepages"));
		if (a->all < 0)
			wl_value(w, asked, (int)nid, a->node[nid] < 0 ? 0 : a->node[nid]);
	}
	return true;
}

/* Asks for one more GiB at run time where there is room, on a node that has used its memory as it liked. */
static void ask_late(struct wl *w)
{
	idset_foreach (nid, &w->mem_nodes) {
		int64_t had = hugetlb_get(w, (int)nid, HUGETLB_1G, "nr_hugepages");

		if ((had != 0) != wl_sabotaged(w, "given-back"))
			continue;
		if (had)
			hugetlb_set(w, (int)nid, HUGETLB_1G, 0);
		int64_t free_kb = wl_node_meminfo(w, (int)nid, "MemFree");
		if (free_kb < GIB_KB)
			continue;
		wl_value(w, "late_free", -1, free_kb);
		wl_value(w, "late_1g", -1, hugetlb_set(w, (int)nid, HUGETLB_1G, 1));
		hugetlb_set(w, (int)nid, HUGETLB_1G, had);
		return;
	}
}

static void run(struct wl *w)
{
	struct asked small, big;

	read_cmdline(w, &small, &big);
	bool any = report(w, &small, HUGETLB_2M, "asked_2m", "got_2m");
	bool gib = report(w, &big, HUGETLB_1G, "asked_1g", "got_1g");
	if (gib)
		ask_late(w);
	if (!any && !gib)
		wl_skip(w, "needs huge pages on the kernel's command line: -s boot.hugepages=..., -s "
			   "boot.hugepages_1g=...");
}

static const struct wl_metric metrics[] = {
	{ "asked_2m", "pages", WL_REPORTED, .about = "of 2 MiB asked for on the command line" },
	{ "got_2m", "pages", WL_REPORTED, .about = "of 2 MiB in the pools" },
	{ "asked_1g", "pages", WL_REPORTED, .about = "of 1 GiB asked for on the command line" },
	{ "got_1g", "pages", WL_REPORTED, .about = "of 1 GiB in the pools" },
	{ "late_free", "kB", WL_REPORTED, .about = "on a node where one of 1 GiB is asked for at run time" },
	{ "late_1g", "pages", WL_REPORTED, .about = "of 1 GiB it got" },
};

static void as_asked(const struct wl_view *v, struct wl_verdict *out, const char *asked, const char *got)
{
	bool any = false;

	for (int nid = -1; nid < MOST_NODES; nid++) {
		if (!wl_has(v, asked, nid))
			continue;
		wl_want(v, out, got, nid, wl_get(v, out, asked, nid));
		any = true;
	}
	if (!any)
		wl_worse(out, OUTCOME_SKIP, "the kernel's command line asks for none of this size");
}

static void as_asked_2m(const struct wl_view *v, struct wl_verdict *out)
{
	as_asked(v, out, "asked_2m", "got_2m");
}

static void as_asked_1g(const struct wl_view *v, struct wl_verdict *out)
{
	as_asked(v, out, "asked_1g", "got_1g");
}

static void late_1g(const struct wl_view *v, struct wl_verdict *out)
{
	if (!wl_has(v, "late_1g", -1)) {
		wl_worse(out, OUTCOME_SKIP, "no node has a GiB free besides those asked for");
		return;
	}
	wl_want_least(v, out, "late_free", -1, GIB_KB);
	wl_want(v, out, "late_1g", -1, 0);
}

static const struct wl_expect expects[] = {
	{ "boot-2m", "C5", "2 MiB pages reserved on the command line are all there, on the nodes named",
	  as_asked_2m },
	{ "boot-1g", "C5", "so are 1 GiB pages", as_asked_1g },
	{ "run-time-1g", "C5",
	  "at run time a node with a GiB free, but no whole one without a page of the kernel's, gives none",
	  late_1g },
};

static const struct wl_sabotage sabotage[] = {
	{ .breaks = "The kernel is told to reserve more than the nodes have.",
	  .fails = "boot-2m boot-1g",
	  .options = "-s boot.hugepages=0:2000 -s boot.hugepages_1g=1:2",
	  .topology = "2node-big" },
	{ .name = "given-back",
	  .breaks = "A GiB that was reserved is given back, and asked for at run time.",
	  .fails = "run-time-1g",
	  .options = "-s boot.hugepages_1g=1:1",
	  .topology = "2node-big" },
};

WORKLOAD(hugetlb_boot) = {
	.about = "huge pages reserved on the kernel's command line do not fall short",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 1536 },
	.knobs = "boot.hugepages=100 boot.hugepages_1g=1:1",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
