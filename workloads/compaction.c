/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compaction by hand on two nodes whose free memory is fragmented: of one node by nodeN/compact, then of all nodes by
 * vm.compact_memory. compact_node() takes one zone after the other and moves pages to the end of their own zone: a page
 * gets another PFN on the same node.
 *
 * The page that a move frees is first kept in a list of the CPU that compacts, where it cannot become part of a block (see
 * buddy_drain()). Therefore compaction is started from another node's CPU, and the lists are drained.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/lib/buddy.h"
#include "workloads/lib/fragment.h"
#include "workloads/lib/judge.h"

#define ALLOWED "/proc/sys/vm/compact_unevictable_allowed"
#define BATCHES 20 /* of 63 pages: more than any per-CPU list has */
#define MOST (FRAGMENT_MOST * FRAGMENT_KEEP)

struct params {
	uint64_t blocks, keep;
};

static const struct wl_param params[] = {
	{ "blocks", WL_U64, offsetof(struct params, blocks), "10", 1, FRAGMENT_MOST / 2,
	  "blocks of 2 MiB that are broken on each node" },
	{ "keep", WL_U64, offsetof(struct params, keep), "8", 1, FRAGMENT_KEEP,
	  "pages kept in each broken block: a power of two" },
};

static const struct part {
	const char *name, *broken, *risen; /* metrics */
	uint64_t below;			   /* every PFN of the zone is */
} zones[] = {
	{ "DMA", "dma_broken", "dma_risen", 0x1000 },
	{ "DMA32", "dma32_broken", "dma32_risen", 0x100000 },
	{ "Normal", "normal_broken", "normal_risen", UINT64_MAX },
};
#define ZONES 3

struct node {
	struct fragment f;
	uint64_t pfn[MOST];
	int64_t all, broken[ZONES]; /* broken blocks, of zones without free blocks */
	int64_t blocks[ZONES];	    /* free blocks before compaction */
};

/* Returns how many pages have another PFN than at the last call. */
static int64_t moved_since(struct wl *w, struct node *n)
{
	static uint64_t now[MOST];
	unsigned pages = n->f.blocks * n->f.keep;
	int64_t moved = 0;

	fragment_pfns(w, &n->f, now);
	for (unsigned i = 0; i < pages; i++)
		moved += now[i] != n->pfn[i];
	memcpy(n->pfn, now, pages * sizeof(*now));
	return moved;
}

static void make(struct wl *w, struct node *n, int nid)
{
	const struct params *p = w->params;

	fragment_make(w, &n->f, nid, (unsigned)p->blocks, (unsigned)p->keep);
	moved_since(w, n);
	wl_value(w, "blocks", nid, n->f.blocks);
	for (int z = 0; z < ZONES; z++) {
		/* a zone with a free block is not looked at: compaction may move pages into that block */
		n->blocks[z] = buddy_blocks(w, nid, zones[z].name);
		for (unsigned i = 0; i < n->f.blocks && !n->blocks[z]; i++) {
			uint64_t pfn = n->pfn[i * n->f.keep];

			n->broken[z] += pfn < zones[z].below && (!z || pfn >= zones[z - 1].below);
		}
		n->all += n->broken[z];
		wl_value(w, zones[z].broken, nid, n->broken[z]);
	}
}

/*
 * Drains the lists until the free blocks are what zones_risen() wants, then reports by how many they rose in each zone. More
 * is not certain: some blocks stay broken where the scanners meet, and some have a page in a list of a CPU of the node.
 */
static void report(struct wl *w, struct node *n)
{
	int64_t risen[ZONES];

	for (unsigned i = 0; i < BATCHES; i++) {
		int64_t all = 0;
		bool each = true;

		for (int z = 0; z < ZONES; z++) {
			risen[z] = buddy_blocks(w, n->f.nid, zones[z].name) - n->blocks[z];
			all += risen[z];
			each &= n->broken[z] < 2 || risen[z] > 0;
		}
		if (each && 3 * all >= n->all)
			break;
		buddy_drain(w, n->f.nid, 1);
	}
	for (int z = 0; z < ZONES; z++)
		wl_value(w, zones[z].risen, n->f.nid, risen[z]);
}

static void compact(struct wl *w, int nid)
{
	char path[64] = "/proc/sys/vm/compact_memory";

	if (wl_sabotaged(w, "no-nodes"))
		return;
	if (nid >= 0 && !wl_sabotaged(w, "all-nodes"))
		snprintf(path, sizeof(path), "/sys/devices/system/node/node%d/compact", nid);
	wl_write(w, path, "1");
}

static void run(struct wl *w)
{
	static struct node a, b;
	int one = wl_nth(&w->mem_nodes, 0), other = wl_nth(&w->mem_nodes, idset_count(&w->mem_nodes) - 1);

	wl_value(w, "one", -1, one);
	wl_value(w, "other", -1, other);
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, other)));
	make(w, &b, other);
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, one)));
	make(w, &a, one);
	wl_write(w, ALLOWED, wl_sabotaged(w, "not-locked") ? "1" : "0");
	if (mlock2(a.f.area, FRAGMENT_MOST << 21, MLOCK_ONFAULT))
		wl_broken(w, "mlock2: %s", strerror(errno));
	compact(w, one);
	wl_value(w, "locked_moved", -1, moved_since(w, &a));
	munlock(a.f.area, FRAGMENT_MOST << 21);
	wl_write(w, ALLOWED, "1");
	wl_phase(w, "locked");
	compact(w, one);
	wl_value(w, "one_moved", -1, moved_since(w, &a));
	wl_value(w, "other_moved", -1, moved_since(w, &b));
	report(w, &a);
	wl_phase(w, "one");
	fragment_place(w, &a.f, "one_pages");
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, other)));
	compact(w, -1);
	wl_value(w, "all_moved", -1, moved_since(w, &b));
	report(w, &b);
	wl_phase(w, "all");
	fragment_place(w, &b.f, "other_pages");
}

/* clang-format off */
#define ZONE(z, what) \
	{ z "_broken", "blocks", WL_REPORTED, \
	  .about = "broken blocks of 2 MiB in the node's zone " what "; 0 where that zone has free blocks" }, \
	{ z "_risen", "blocks", WL_REPORTED, .about = "blocks of 2 MiB in the node's zone " what " that compaction freed" }

static const struct wl_metric metrics[] = {
	{ "one", "nid", WL_REPORTED, .about = "the node that is compacted alone, by nodeN/compact" },
	{ "other", "nid", WL_REPORTED, .about = "a node that is compacted with all others, by vm.compact_memory" },
	{ "blocks", "blocks", WL_REPORTED, .about = "blocks of 2 MiB of the node that were broken: all free but `keep` pages" },
	ZONE("dma", "DMA"), ZONE("dma32", "DMA32"), ZONE("normal", "Normal"),
	{ "locked_moved", "pages", WL_REPORTED,
	  .about = "mlocked pages of `one` that its compaction moved with compact_unevictable_allowed=0" },
	{ "one_moved", "pages", WL_REPORTED, .about = "pages of `one` that the compaction of `one` moved" },
	{ "other_moved", "pages", WL_REPORTED, .about = "pages of `other` that the compaction of `one` moved" },
	{ "all_moved", "pages", WL_REPORTED, .about = "pages of `other` that the compaction of all nodes moved" },
	{ "one_pages", "pages", WL_REPORTED, .about = "pages of `one` with their content after its compaction, by node" },
	{ "other_pages", "pages", WL_REPORTED,
	  .about = "pages of `other` with their content after the compaction of all nodes, by node" },
	{ "stalls", "1", WL_VMSTAT, "compact_stall", "start", "all", .about = "allocations that compacted directly" },
};
/* clang-format on */

/* A function, since of a zone with fewer than two broken blocks nothing is wanted: the scanners may meet in its only one. */
static void zones_risen(const struct wl_view *v, struct wl_verdict *out, const char *node)
{
	int nid = (int)wl_get(v, out, node, -1);
	int64_t broken = 0, risen = 0;

	wl_want_least(v, out, "blocks", nid, 1);
	for (int z = 0; z < ZONES; z++) {
		int64_t here = wl_get(v, out, zones[z].broken, nid);

		broken += here;
		risen += wl_get(v, out, zones[z].risen, nid);
		wl_want_least(v, out, zones[z].risen, nid, here >= 2);
	}
	if (3 * risen < broken)
		wl_worse(out, OUTCOME_FAIL,
			 "%lld of %lld broken blocks on node %d became free, less than a third",
			 (long long)risen, (long long)broken, nid);
}

static void by_node(const struct wl_view *v, struct wl_verdict *out)
{
	zones_risen(v, out, "one");
}

static void by_all(const struct wl_view *v, struct wl_verdict *out)
{
	zones_risen(v, out, "other");
}

/* clang-format off */
static const struct wl_expect expects[] = {
	{ "by-node", "C3",
	  "a write to nodeN/compact frees blocks of 2 MiB in every zone with two or more broken ones: a third of the node's or more",
	  by_node },
	{ "that-node-only", "C3", "a write to nodeN/compact moves no page of another node",
	  .wants = WL_WANTS({ "other_moved", "0" }) },
	{ "by-all", "C3",
	  "vm.compact_memory frees blocks of 2 MiB in every zone with two or more broken ones: a third of the node's or more",
	  by_all },
	{ "same-node", "C3",
	  "pages that compaction by hand moves get another PFN, stay on their node and keep their content; no allocation compacts",
	  .wants = WL_WANTS({ "one_pages", "blocks@one * keep", "only on one" },
			    { "other_pages", "blocks@other * keep", "only on other" },
			    { "one_moved", ">= 1" }, { "all_moved", ">= 1" }, { "stalls", "0" }) },
	{ "mlocked-stay", "C3 C8", "compact_unevictable_allowed=0: compaction moves no mlocked page",
	  .wants = WL_WANTS({ "locked_moved", "0" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "not-locked", "Compaction may move mlocked pages.", "mlocked-stay" },
	{ "all-nodes", "All nodes are compacted instead of one.", "that-node-only" },
	{ "no-nodes", "No node is ever compacted.", "by-node by-all same-node" },
};

WORKLOAD(compaction) = {
	.about = "compaction by hand makes free blocks of 2 MiB on the node asked for, and pages stay on their node",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 48 },
	.knobs = FRAGMENT_KNOBS,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 120,
	.run = run,
};
/* clang-format on */
