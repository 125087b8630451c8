/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compaction asked for by hand, on two nodes whose free memory is in pieces: of one node, then of all. Pages go
 * to the end of their own zone (compact_node takes one zone after the other): another PFN, the same node.
 *
 * What a page leaves behind is first kept in a list of the CPU that compacts, where it can't become part of a
 * block (see buddy_drain): compaction is started from another node, and the lists are drained.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/lib/buddy.h"
#include "workloads/lib/fragment.h"
#include "workloads/lib/judge.h"

#define ALLOWED "/proc/sys/vm/compact_unevictable_allowed"
#define BATCHES 20 /* of 63 pages: more than any list has */
#define MOST (FRAGMENT_MOST * FRAGMENT_KEEP)

struct params {
	uint64_t blocks, keep;
};

static const struct wl_param params[] = {
	{ "blocks", WL_U64, offsetof(struct params, blocks), "10", 1, FRAGMENT_MOST / 2,
	  "blocks of 2 MiB that are broken, of each node" },
	{ "keep", WL_U64, offsetof(struct params, keep), "8", 1, FRAGMENT_KEEP,
	  "pages kept in each: a power of two" },
};

static const struct part {
	const char *name, *broken, *risen; /* metrics */
	uint64_t below;			   /* PFN */
} zones[] = {
	{ "DMA", "dma_broken", "dma_risen", 0x1000 },
	{ "DMA32", "dma32_broken", "dma32_risen", 0x100000 },
	{ "Normal", "normal_broken", "normal_risen", UINT64_MAX },
};
#define ZONES 3

struct node {
	struct fragment f;
	uint64_t pfn[MOST];
	int64_t all, broken[ZONES]; /* blocks, in zones that have no other */
	int64_t blocks[ZONES];	    /* free ones then */
};

/* Remembers how it is, and says how many pages have another PFN than they had. */
static int64_t look(struct wl *w, struct node *n)
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
	look(w, n);
	wl_value(w, "blocks", nid, n->f.blocks);
	for (int z = 0; z < ZONES; z++) {
		/* pages may as well go to a block that was left whole because it is needed for watermarks */
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
 * Blocks of each zone that have become free, as soon as it is what the checks want: some in each zone that has two
 * or more broken ones, and every third one of all. More is not for sure: some are left where the scanners
 * meet, some have a page in a list of one of the node's CPUs.
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
	wl_value(w, "locked_moved", -1, look(w, &a));
	munlock(a.f.area, FRAGMENT_MOST << 21);
	wl_write(w, ALLOWED, "1");
	wl_phase(w, "locked");
	compact(w, one);
	wl_value(w, "one_moved", -1, look(w, &a));
	wl_value(w, "other_moved", -1, look(w, &b));
	report(w, &a);
	wl_phase(w, "one");
	fragment_place(w, &a.f, "one_pages");
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, other)));
	compact(w, -1);
	wl_value(w, "all_moved", -1, look(w, &b));
	report(w, &b);
	wl_phase(w, "all");
	fragment_place(w, &b.f, "other_pages");
	fragment_end(w, &a.f);
	fragment_end(w, &b.f);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "one", "nid", WL_REPORTED, .about = "the node that is compacted alone" },
	{ "other", "nid", WL_REPORTED, .about = "the node that is compacted with all others" },
	{ "blocks", "blocks", WL_REPORTED, .about = "of 2 MiB that were broken: free but for a few pages" },
	{ "dma_broken", "blocks", WL_REPORTED, .about = "of them, in zone DMA, if it has no other free ones" },
	{ "dma32_broken", "blocks", WL_REPORTED, .about = "the same in zone DMA32" },
	{ "normal_broken", "blocks", WL_REPORTED, .about = "the same in zone Normal" },
	{ "dma_risen", "blocks", WL_REPORTED, .about = "of 2 MiB, in zone DMA, that have become free" },
	{ "dma32_risen", "blocks", WL_REPORTED, .about = "the same in zone DMA32" },
	{ "normal_risen", "blocks", WL_REPORTED, .about = "the same in zone Normal" },
	{ "locked_moved", "pages", WL_REPORTED, .about = "of the one, mlocked, with another PFN, unevictable_allowed=0" },
	{ "one_moved", "pages", WL_REPORTED, .about = "of the one, with another PFN once its node was compacted" },
	{ "other_moved", "pages", WL_REPORTED, .about = "of the other, with another PFN then" },
	{ "all_moved", "pages", WL_REPORTED, .about = "of the other, with another PFN once all nodes were compacted" },
	{ "one_pages", "pages", WL_REPORTED, .about = "of the one, content intact, at the end" },
	{ "other_pages", "pages", WL_REPORTED, .about = "of the other, content intact, at the end" },
	{ "stalls", "1", WL_VMSTAT, "compact_stall", "start", "all", .about = "allocations that waited for compaction" },
};
/* clang-format on */

static void zones_risen(const struct wl_view *v, struct wl_verdict *out, const char *who)
{
	int nid = (int)wl_get(v, out, who, -1);
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
			 "of %" PRId64 " broken blocks on node %d only %" PRId64 " became free", broken, nid,
			 risen);
}

static void pages_stay(const struct wl_view *v, struct wl_verdict *out, const char *who, const char *metric)
{
	const struct params *p = v->params;
	int nid = (int)wl_get(v, out, who, -1);

	wl_want_only_on(v, out, metric, nid, wl_get(v, out, "blocks", nid) * (int64_t)p->keep);
}

static void by_node(const struct wl_view *v, struct wl_verdict *out)
{
	zones_risen(v, out, "one");
}

static void that_node_only(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "other_moved", -1, 0);
}

static void by_all(const struct wl_view *v, struct wl_verdict *out)
{
	zones_risen(v, out, "other");
}

static void same_node(const struct wl_view *v, struct wl_verdict *out)
{
	pages_stay(v, out, "one", "one_pages");
	pages_stay(v, out, "other", "other_pages");
	wl_want_least(v, out, "one_moved", -1, 1);
	wl_want_least(v, out, "all_moved", -1, 1);
	wl_want(v, out, "stalls", -1, 0);
}

static void mlocked(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "locked_moved", -1, 0);
}

static const struct wl_expect expects[] = {
	{ "by-node", "C3", "nodeN/compact: free blocks of 2 MiB rise in every zone that was in pieces",
	  by_node },
	{ "that-node-only", "C3", "no page of the other node moves by it", that_node_only },
	{ "by-all", "C3", "compact_memory: free blocks rise in every zone of the other node as well",
	  by_all },
	{ "same-node", "C3", "pages change their PFN, never their node, and keep their content", same_node },
	{ "mlocked-stay", "C3 C8", "compact_unevictable_allowed=0: mlocked pages stay where they are",
	  mlocked },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "not-locked", .breaks = "Compaction may move mlocked pages.", .fails = "mlocked-stay" },
	{ .name = "all-nodes", .breaks = "All nodes are compacted for one.", .fails = "that-node-only" },
	{ .name = "no-nodes", .breaks = "None ever is.", .fails = "by-node by-all same-node" },
};

WORKLOAD(compaction) = {
	.about =
		"compaction by hand makes blocks out of pieces, on the node asked for, and pages stay on their node",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 48 },
	.knobs = FRAGMENT_KNOBS,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 120,
	.run = run,
};
