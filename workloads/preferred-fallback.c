/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a policy's pages come from when its node is full (workloads/lib/full.h). A request that may go elsewhere does so
 * in the allocator's fast path, along the node's zonelist, and wakes no kswapd (mm/page_alloc.c, get_page_from_freelist);
 * one that may not, as under MPOL_BIND, reclaims what there is and ends at the OOM killer.
 */
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/full.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/hungry.h"
#include "workloads/lib/judge.h"

#define RETRIES 4 /* of a step, when the kernel takes a page in between */

struct params {
	uint64_t pages;
	int node;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "64", 1, 511,
	  "4 KiB pages asked of the full node in each step" },
	{ "node", WL_NODE, offsetof(struct params, node), "-1", 0, 0,
	  "the node that is filled first; -1: the first with memory" },
};

/* What is counted of a step, by nid. */
enum count { SPILLED, MISSED, FOREIGN, COUNTS };

static const struct {
	const char *metric, *counter;
} counts[COUNTS] = { { "spilled", NULL }, { "missed", "numa_miss" }, { "wanted", "numa_foreign" } };

struct spill {
	struct wl *w;
	const struct params *p;
	int wanted, last;   /* nids: the full one, the one spilled to */
	size_t bytes, part; /* of the area; of what a step asks for */
	char *area;
	struct full full;
	uint64_t order[WL_NODES];
	uint64_t sum[COUNTS][WL_NODES]; /* over all steps */
	int64_t retries;		/* steps measured again */
	uint64_t *got;			/* by a child, in memory that both processes share */
};

/* The area's pages are gone, and the policy holds for those to come. mbind(2) itself allocates: it is not to be counted. */
static void prepare(struct spill *s, int mode, const struct idset *nodes)
{
	madvise(s->area, s->bytes, MADV_DONTNEED);
	wl_mbind(s->w, s->area, s->bytes, mode, nodes, 0);
}

static void touch(struct spill *s, int mode, const struct idset *nodes, size_t bytes)
{
	prepare(s, mode, nodes);
	wl_touch(s->area, bytes, 1);
}

/* One CPU, so that its slabs stay warm, and on a node filled late: else the kernel's own pages would miss as well. */
static void pin_far(struct spill *s)
{
	int nid = wl_cpu_node_far_from(s->w, s->wanted);

	wl_pin_cpu(s->w, wl_cpu_of(s->w, nid < 0 ? s->wanted : nid));
}

/* The sum of a counter's rise over all nodes. Called with -1 before and with 1 after, leaves the rise in count[]. */
static uint64_t count_rise(struct spill *s, const char *counter, uint64_t count[WL_NODES], int sign)
{
	uint64_t sum = 0;

	idset_foreach (nid, &s->w->mem_nodes) {
		count[nid] += (uint64_t)(sign * wl_node_numastat(s->w, (int)nid, counter));
		sum += count[nid];
	}
	return sum;
}

/* True when the counters have risen by the area's pages and nothing else. */
static bool spill_once(struct spill *s, uint64_t now[COUNTS][WL_NODES])
{
	struct idset one = wl_one(s->wanted);
	bool exact = true;

	memset(now, 0, COUNTS * sizeof(*now));
	prepare(s, MPOL_PREFERRED, &one);
	wl_node_numastat(s->w, s->wanted, "numa_miss"); /* allocates what reading needs, before it counts */
	for (enum count c = MISSED; c < COUNTS; c++)
		count_rise(s, counts[c].counter, now[c], -1);
	wl_touch(s->area, s->part, 1);
	wl_count_pages(s->w, s->area, s->part, now[SPILLED]);
	for (enum count c = MISSED; c < COUNTS; c++)
		exact &= count_rise(s, counts[c].counter, now[c], 1) == s->p->pages;
	return exact;
}

/*
 * Asks the full node for pages, and makes the node that most of them came from the k-th of the order. A page that the
 * kernel takes for itself may miss in between: then the step is done again, a few times.
 */
static void spill(struct spill *s, uint64_t k)
{
	uint64_t now[COUNTS][WL_NODES];

	for (int tries = 0; !spill_once(s, now) && tries < RETRIES; tries++)
		s->retries++;
	s->last = s->wanted;
	idset_foreach (nid, &s->w->mem_nodes) {
		for (enum count c = SPILLED; c < COUNTS; c++)
			s->sum[c][nid] += now[c][nid];
		if (now[SPILLED][nid] > now[SPILLED][s->last])
			s->last = (int)nid;
	}
	s->order[s->last] = k;
}

/* The other policies that fall back, with one node full. */
static void spill_others(struct spill *s)
{
	struct idset two = wl_one(s->wanted);
	int other = wl_third_node(s->w, s->wanted, s->last, s->last);

	idset_add(&two, (unsigned)other);
	/* from there the full node is the nearer one of the two */
	if (idset_has(&s->w->cpu_nodes, (unsigned)s->wanted))
		wl_pin_cpu(s->w, wl_cpu_of(s->w, s->wanted));
	touch(s, MPOL_PREFERRED_MANY, &two, s->part);
	wl_place(s->w, "many", s->area, s->part);
	wl_value(s->w, "other", -1, other);
	touch(s, MPOL_INTERLEAVE, &s->w->mem_nodes, s->bytes);
	wl_place(s->w, "interleaved", s->area, s->bytes);
	pin_far(s);
}

/* A child that prefers, or is bound to, the full node, and that the OOM killer takes first. */
static void hungry_child(struct spill *s, int mode, const char *place, const char *signal)
{
	struct idset nodes = wl_one(s->wanted);

	if (wl_sabotaged(s->w, "two-bound"))
		idset_add(&nodes, (unsigned)s->last);
	touch(s, mode, &nodes, 0);
	memset(s->got, 0, WL_NODES * sizeof(*s->got));
	pid_t pid = fork();
	if (!pid)
		hungry_touch(s->w, s->area, s->part, s->got);
	hungry_report(s->w, pid, s->got, signal, place);
}

static void make_areas(struct spill *s)
{
	s->part = s->p->pages * PAGE;
	s->bytes = s->part * idset_count(&s->w->mem_nodes);
	s->area = (char *)wl_map(s->w, s->bytes + PAGE) + PAGE;
	s->got = wl_map_shared(s->w, WL_NODES * sizeof(*s->got));
	/*
	 * Page tables are there from here on, so that a touch allocates a page and nothing else; PT_RECLAIM (6.14) leaves
	 * those of the first pages for the sake of the page before them, which stays.
	 */
	for (size_t at = 0; at <= s->bytes; at += HUGE)
		wl_touch(s->area - PAGE + at, PAGE, 1);
}

static void run(struct wl *w)
{
	struct spill *s = &(struct spill){ .w = w, .p = w->params };
	unsigned nodes = idset_count(&w->mem_nodes);
	int next;

	s->wanted = next = s->p->node < 0 ? wl_nth(&w->mem_nodes, 0) : s->p->node;
	if (!idset_has(&w->mem_nodes, (unsigned)s->wanted))
		wl_broken(w, "node %d has no memory", s->wanted);
	make_areas(s);
	pin_far(s);
	for (unsigned k = 1; k < nodes; k++) {
		if (!wl_sabotaged(s->w, "not-full"))
			full_add(w, &s->full, next);
		spill(s, k);
		if (k == 1)
			spill_others(s);
		next = s->last;
		if (wl_sabotaged(s->w, "wrong-fill"))
			next = wl_nth(&w->mem_nodes, nodes - k);
	}
	wl_value(w, "node", -1, s->wanted);
	wl_value(w, "retries", -1, s->retries);
	wl_values(w, "order", s->order);
	for (enum count c = SPILLED; c < COUNTS; c++)
		wl_values(w, counts[c].metric, s->sum[c]);
	idset_foreach (nid, &w->mem_nodes) {
		if ((int)nid != s->wanted)
			wl_release(w, (int)nid);
	}
	hungry_child(s, MPOL_PREFERRED, "preferred", "preferred_signal");
	hungry_child(s, MPOL_BIND, "bound", "bound_signal");
	full_end(w, &s->full);
	wl_phase(w, "done"); /* with room everywhere again, so that sampling itself does not miss */
}

/* clang-format off */
#define PAGES_OF(name, what) { name, "pages", WL_REPORTED, .about = what }
#define CHILD(name, what) \
	PAGES_OF(name, "of a child " what), \
	{ name "_signal", "1", WL_REPORTED, .about = "number of the signal that ended the child " what "; 0: none" }

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "the node that is filled first and asked for pages" },
	{ "order", "1", WL_REPORTED, .about = "the step in which pages asked of the full node came from this one" },
	PAGES_OF("spilled", "of MPOL_PREFERRED areas, over all steps"),
	PAGES_OF("missed", "numa_miss while MPOL_PREFERRED areas were touched"),
	PAGES_OF("wanted", "numa_foreign while MPOL_PREFERRED areas were touched"),
	{ "retries", "1", WL_REPORTED, .timing = true, .better = WL_LOWER,
	  .about = "steps measured again, since the kernel took a page of its own in between" },
	{ "miss", "pages", WL_NUMASTAT, "numa_miss", "start", "done", .about = "numa_miss of the whole run" },
	{ "foreign", "pages", WL_NUMASTAT, "numa_foreign", "start", "done", .about = "numa_foreign of the whole run" },
	{ "other", "nid", WL_REPORTED, .about = "the second node of MPOL_PREFERRED_MANY" },
	PAGES_OF("many", "of an MPOL_PREFERRED_MANY area, one of its two nodes full"),
	PAGES_OF("interleaved", "of an area interleaved over all nodes, one full"),
	CHILD("preferred", "that prefers the full node"),
	CHILD("bound", "bound to the full node"),
	{ "ooms", "1", WL_DMESG_MATCHES, "constraint=CONSTRAINT_MEMORY_POLICY", .about = "OOM kills because of a memory policy" },
};
/* clang-format on */

/* The metric, in areas of one step, on the full node, on the next of its zonelist, and on each behind that. */
static void want_along(const struct wl_view *v, struct wl_verdict *out, const char *metric, int64_t full,
		       int64_t next, int64_t behind)
{
	int64_t pages = (int64_t)((const struct params *)v->params)->pages;
	int nid = wl_nid(v, out, "node", -1);

	for (unsigned n = 0; n < idset_count(&v->mem_nodes); n++)
		wl_want(v, out, metric, wl_fallback(v, nid, n), pages * (n > 1 ? behind : n ? next : full));
}

static void spill_order(const struct wl_view *v, struct wl_verdict *out)
{
	int nid = wl_nid(v, out, "node", -1);

	for (unsigned n = 0; n < idset_count(&v->mem_nodes); n++)
		wl_want(v, out, "order", wl_fallback(v, nid, n), n);
	want_along(v, out, "spilled", 0, 1, 1);
}

static void counted(const struct wl_view *v, struct wl_verdict *out)
{
	want_along(v, out, "missed", 0, 1, 1);
	want_along(v, out, "wanted", idset_count(&v->mem_nodes) - 1, 0, 0);
}

static void sums_equal(const struct wl_view *v, struct wl_verdict *out)
{
	long long least =
		(idset_count(&v->mem_nodes) - 1) * (long long)((const struct params *)v->params)->pages;
	long long miss = wl_sum(v, out, "miss"), foreign = wl_sum(v, out, "foreign");

	wl_looked(out, "sum of numa_miss = sum of numa_foreign >= %lld (pages)", least);
	if (miss != foreign || miss < least)
		wl_worse(out, OUTCOME_FAIL,
			 "numa_miss rose by %lld pages, numa_foreign by %lld; want equal rises, "
			 "at least %lld",
			 miss, foreign, least);
}

static void interleaved_shifts(const struct wl_view *v, struct wl_verdict *out)
{
	want_along(v, out, "interleaved", 0, 2, 1);
}

static void preferred_survives(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "preferred_signal", -1, 0);
	want_along(v, out, "preferred", 0, 1, 0);
}

/* clang-format off */
static const struct wl_expect expects[] = {
	{ "spill-order", "N2 N3",
	  "all MPOL_PREFERRED pages for full nodes come from the next node of the first one's zonelist that has room",
	  spill_order },
	{ "counted", "N2",
	  "each page that falls back is one numa_miss on the node it comes from and one numa_foreign on the full node",
	  counted },
	{ "sums-equal", "N2",
	  "summed over all nodes numa_miss and numa_foreign rise equally, by the pages that fell back at least",
	  sums_equal },
	{ "many-within", "N3",
	  "MPOL_PREFERRED_MANY with one of its two nodes full: all pages are on the other one, even if a node outside is nearer",
	  .wants = WL_WANTS({ "many", "pages", "only on other" }) },
	{ "interleaved-shifts", "N3",
	  "MPOL_INTERLEAVE over all nodes: a full node's share goes to the next node of its zonelist",
	  interleaved_shifts },
	{ "preferred-survives", "N3",
	  "a process that prefers a full node is not killed and gets all pages from the next node of the zonelist",
	  preferred_survives },
	{ "bound-killed", "N3",
	  "a process bound to a full node is OOM-killed (CONSTRAINT_MEMORY_POLICY, SIGKILL) and gets no page of other nodes",
	  .wants = WL_WANTS({ "bound_signal", "9" }, { "ooms", "1" }, { "bound", "0", "not on node" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "not-full", "No node is filled.", "sums-equal many-within interleaved-shifts preferred-survives" },
	{ "wrong-fill", "The next node to be filled is not the one that the pages came from.", "spill-order counted" },
	{ "two-bound", "The child may use a second node, which has room.", "bound-killed" },
};
/* clang-format on */

WORKLOAD(preferred_fallback) = {
	.about =
		"pages for a full node come from the next of its zonelist; a task bound to it is OOM-killed instead",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
