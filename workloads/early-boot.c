/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * While it boots, the kernel interleaves its own memory over the nodes of 16 MiB and more: the first task has such a policy
 * (mm/mempolicy.c, numa_policy_init) and gives it up before it becomes init (numa_default_policy). interleave_hit counts
 * these pages, and /proc/vmallocinfo names the nodes of the large hash tables, which a machine with more than one node
 * allocates by vmalloc (alloc_large_system_hash; mm/page_alloc.c in 6.1, mm/mm_init.c in 6.12).
 */
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"

#define PAGES 64
#define BYTES ((size_t)PAGES * PAGE)

/* Reports the pages, by node, that a function of the kernel has allocated by vmalloc. */
static void report_vmalloc(struct wl *w, const char *function, const char *metric)
{
	auto_fclose FILE *f = fopen("/proc/vmallocinfo", "re");
	uint64_t count[WL_NODES] = { 0 };
	char line[1024];

	if (!f)
		wl_broken(w, "/proc/vmallocinfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		for (char *at = line; strstr(line, function) && (at = strstr(at, " N"));) {
			unsigned long nid = strtoul(at + 2, &at, 10);

			if (*at == '=' && nid < WL_NODES)
				count[nid] += strtoull(at + 1, &at, 10);
		}
	}
	idset_foreach (nid, &w->mem_nodes) {
		wl_value(w, metric, (int)nid, (int64_t)count[nid]);
	}
}

/* How many mappings of a process have a memory policy. */
static int64_t count_policies(struct wl *w, const char *numa_maps)
{
	auto_fclose FILE *f = fopen(numa_maps, "re");
	int64_t lines = 0, policies = 0;
	char line[1024];

	while (f && fgets(line, sizeof(line), f)) {
		lines++;
		policies += strstr(line, " default") == NULL;
	}
	if (!lines)
		wl_broken(w, "%s: has no line", numa_maps);
	return policies;
}

static void run(struct wl *w)
{
	uint64_t sum[WL_NODES] = { 0 }, count[WL_NODES];
	int mode = -1;

	idset_foreach (nid, &w->mem_nodes) {
		int64_t hits = wl_node_numastat(w, (int)nid, "interleave_hit");

		wl_value(w, "boot_hits", (int)nid, wl_sabotaged(w, "later") ? 0 : hits);
	}
	report_vmalloc(w, wl_sabotaged(w, "later") ? " pcpu_create_chunk+" : " alloc_large_system_hash+",
		       "hash_tables");
	wl_value(w, "init_policies", -1, count_policies(w, "/proc/1/numa_maps"));
	if (wl_sabotaged(w, "interleaved"))
		wl_mempolicy(w, MPOL_INTERLEAVE, &w->mem_nodes);
	get_mempolicy(&mode, NULL, 0, NULL, 0);
	wl_value(w, "mode", -1, mode);
	idset_foreach (nid, &w->cpu_nodes) {
		char *area = wl_map(w, BYTES);

		wl_pin_node(w, (int)nid);
		wl_touch(area, BYTES, 1);
		wl_count_pages(w, area, BYTES, count);
		idset_foreach (at, &w->mem_nodes) {
			sum[at] += count[at];
		}
		wl_unmap(area, BYTES);
	}
	idset_foreach (nid, &w->mem_nodes) {
		wl_value(w, "touched", (int)nid, (int64_t)sum[nid]);
	}
	wl_phase(w, "touched");
}

static const struct wl_metric metrics[] = {
	{ "boot_hits", "pages", WL_REPORTED,
	  .about = "interleave_hit of the node when the workload starts: allocated while booting" },
	{ "hash_tables", "pages", WL_REPORTED, .about = "of the kernel's large hash tables" },
	{ "later_hits", "pages", WL_NUMASTAT, "interleave_hit", "start", "touched",
	  .about = "by which interleave_hit rose while the workload ran" },
	{ "mode", "1", WL_REPORTED,
	  .about = "the mode of the workload's task policy, by get_mempolicy(2); 0 is MPOL_DEFAULT" },
	{ "init_policies", "1", WL_REPORTED, .about = "mappings of PID 1 that have a memory policy" },
	{ "touched", "pages", WL_REPORTED,
	  .about = "that CPUs of each node touched in turn, without a policy" },
};

/*
 * A table's pages come in bulk, each node's share in one go and the remainder page by page
 * (alloc_pages_bulk_array_interleave), so that a node has some pages more or less of each table: half of an even share
 * is a bound for any size.
 */
static void tables_spread(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t share = wl_sum(v, out, "hash_tables") / idset_count(&v->mem_nodes);

	idset_foreach (nid, &v->mem_nodes) {
		wl_want_least(v, out, "hash_tables", (int)nid, share / 2 + 1);
	}
}

/* A node with CPUs and no memory gets its memory from the first node of its zonelist (wl_fallback). */
static void local_later(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "mode", -1, MPOL_DEFAULT);
	wl_want(v, out, "init_policies", -1, 0);
	idset_foreach (nid, &v->mem_nodes) {
		int64_t pages = 0;

		idset_foreach (cpu_nid, &v->cpu_nodes) {
			pages += wl_fallback(v, (int)cpu_nid, 0) == (int)nid ? PAGES : 0;
		}
		wl_want(v, out, "touched", (int)nid, pages);
	}
}

static const struct wl_expect expects[] = {
	{ "boot-interleaves", "N5",
	  "when the first program starts, the kernel has allocated interleaved pages (interleave_hit) on each node",
	  .wants = WL_WANTS({ "boot_hits", ">= 1", "each node" }) },
	{ "tables-spread", "N5",
	  "each node has more than half of an even share of the pages of the kernel's large hash tables",
	  tables_spread },
	{ "not-later", "N5", "once programs run, interleave_hit does not rise on any node",
	  .wants = WL_WANTS({ "later_hits", "0", "each node" }) },
	{ "local-later", "N5",
	  "programs start with MPOL_DEFAULT: every page lies on the first node with memory in the touching CPU's zonelist",
	  local_later },
};

static const struct wl_sabotage sabotage[] = {
	{ "interleaved", "The workload's task has an interleave policy.", "not-later local-later" },
	{ "later", "Only what is allocated after booting is looked at.", "boot-interleaves tables-spread" },
};

WORKLOAD(early_boot) = {
	.about = "the kernel interleaves what it allocates while booting; programs get local memory",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
