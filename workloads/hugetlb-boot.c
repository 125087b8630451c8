/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Huge pages reserved on the kernel's command line are taken before anything else uses the memory
 * (hugetlb_hstate_alloc_pages, memblock), so that the pool is what was asked for on each node, for 1 GiB as for 2 MiB. The
 * workload reads from the command line what was asked for; ask with
 *
 *	numarig run -t 2node-big -w hugetlb-boot -s boot.hugepages=0:200,1:300 -s boot.hugepages_1g=1:1
 *
 * At run time a 1 GiB page comes from alloc_contig_pages(), which needs an aligned GiB without a single page of the kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"

/* How many pages of one size the command line asks for: a count for the machine, or one for each node. */
struct asked {
	int64_t all, node[WL_NODES]; /* -1: not asked for */
};

/* "8" or "0:2,1:6" */
static void parse(const char *text, struct asked *a)
{
	char *end;

	while (*text >= '0' && *text <= '9') {
		int64_t n = strtoll(text, &end, 10);

		if (*end == ':' && n < WL_NODES)
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

	for (int i = 0; i < WL_NODES; i++)
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

/* Reports what was asked for and what the pools have; false: the command line asks for none of this size. */
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

/* Asks at run time for a 1 GiB page, on a node that has a GiB free and had none reserved. */
static void ask_late(struct wl *w)
{
	idset_foreach (nid, &w->mem_nodes) {
		int64_t had = hugetlb_get(w, (int)nid, HUGETLB_1G, "nr_hugepages");

		if ((had != 0) != wl_sabotaged(w, "given-back"))
			continue;
		if (had)
			hugetlb_set(w, (int)nid, HUGETLB_1G, 0);
		int64_t free_kb = wl_node_meminfo(w, (int)nid, "MemFree");
		if (free_kb < HUGETLB_1G)
			continue;
		wl_value(w, "late_free", -1, free_kb);
		wl_value(w, "late_1g", -1, hugetlb_set(w, (int)nid, HUGETLB_1G, 1));
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
	{ "asked_2m", "pages", WL_REPORTED, .about = "2 MiB pages that the kernel's command line asks for" },
	{ "got_2m", "pages", WL_REPORTED, .about = "2 MiB pages in the pools" },
	{ "asked_1g", "pages", WL_REPORTED, .about = "1 GiB pages that the kernel's command line asks for" },
	{ "got_1g", "pages", WL_REPORTED, .about = "1 GiB pages in the pools" },
	{ "late_free", "kB", WL_REPORTED,
	  .about = "free on the node at which a 1 GiB page is asked for at run time" },
	{ "late_1g", "pages", WL_REPORTED,
	  .about = "1 GiB pages in the pool of the node at which one is asked for at run time" },
};

/* The command line asks for the machine (nid -1) or for each node, so that these are no rows. */
static void as_asked(const struct wl_view *v, struct wl_verdict *out, const char *asked, const char *got)
{
	bool any = false;

	for (int nid = -1; nid < WL_NODES; nid++) {
		if (!wl_has(v, asked, nid))
			continue;
		wl_want(v, out, got, nid, wl_get(v, out, asked, nid));
		any = true;
	}
	if (!any)
		wl_worse(out, OUTCOME_SKIP, "the kernel's command line asks for no huge page of this size");
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
		wl_worse(out, OUTCOME_SKIP, "no node without reserved 1 GiB pages has a GiB of free memory");
		return;
	}
	wl_want_least(v, out, "late_free", -1, HUGETLB_1G);
	wl_want(v, out, "late_1g", -1, 0);
}

static const struct wl_expect expects[] = {
	{ "boot-2m", "C5",
	  "2 MiB pages reserved on the kernel's command line are all in the pools, on the nodes named",
	  as_asked_2m },
	{ "boot-1g", "C5",
	  "1 GiB pages reserved on the kernel's command line are all in the pools, on the nodes named",
	  as_asked_1g },
	{ "run-time-1g", "C5",
	  "1 GiB page asked for at run time: a node with a GiB free, but with kernel pages in each aligned GiB, gives none",
	  late_1g },
};

static const struct wl_sabotage sabotage[] = {
	{ NULL, "The command line asks for more huge pages than the nodes have.", "boot-2m boot-1g",
	  "-s boot.hugepages=0:2000 -s boot.hugepages_1g=1:2", NULL, "2node-big" },
	{ "given-back", "A 1 GiB page that was reserved is given back and asked for at run time.",
	  "run-time-1g", "-s boot.hugepages_1g=1:1", NULL, "2node-big" },
};

WORKLOAD(hugetlb_boot) = {
	.about = "huge pages reserved on the kernel's command line are all there",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 1536 },
	.knobs = "boot.hugepages=100 boot.hugepages_1g=1:1",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
