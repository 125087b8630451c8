/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a policy's pages when its node is full (workloads/lib/full.h). A request that may go
 * elsewhere does so in the allocator's fast path, along the node's zonelist, and wakes nobody
 * (mm/page_alloc.c, get_page_from_freelist); one that may not, as under MPOL_BIND, reclaims what there is and
 * ends at the OOM killer.
 */
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/full.h"
#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/hugetlb.h"

#define RETRIES 4 /* of a step, when the kernel takes a page in between */

struct params {
	uint64_t pages;
	int node;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "64", 1, 511,
	  "4 KiB pages wanted from the full node each time" },
	{ "node", WL_NODE, offsetof(struct params, node), "-1", 0, 0,
	  "the node wanted; -1: the first with memory" },
};

struct spilled {
	uint64_t pages[WL_NODES], missed[WL_NODES], foreign[WL_NODES]; /* by nid */
};

struct spill {
	struct wl *w;
	const struct params *p;
	int wanted, last; /* nids: the full one, the one spilled to */
	size_t bytes;
	char *area;
	struct full full;
	uint64_t order[WL_NODES];
	struct spilled sum; /* over all steps */
	int64_t retries;    /* steps measured again */
	uint64_t *got;	    /* by a child, in memory both share */
};

static int wanted_node(const struct params *p, const struct idset *mem_nodes)
{
	return p->node < 0 ? wl_nth(mem_nodes, 0) : p->node;
}

/* The area's pages are gone and a policy holds for the next. */
static void want(struct spill *s, int mode, const struct idset *nodes)
{
	madvise(s->area, s->bytes, MADV_DONTNEED);
	wl_mbind(s->w, s->area, s->bytes, mode, nodes, 0);
}

/* Touches the first pages of the area; where they went. */
static void touch(struct spill *s, size_t bytes, uint64_t count[WL_NODES])
{
	wl_touch(s->area, bytes, 1);
	wl_count_pages(s->w, s->area, bytes, count);
}

static void report(struct spill *s, const char *metric, const uint64_t *value)
{
	idset_foreach (nid, &s->w->mem_nodes) {
		wl_value(s->w, metric, (int)nid, (int64_t)value[nid]);
	}
}

/* One CPU, so that its slabs stay warm, and on a node filled late: its kernel's own pages would miss, too. */
static void pin_far(struct spill *s)
{
	int nid = wl_cpu_node_far_from(s->w, s->wanted);

	wl_pin_cpu(s->w, wl_cpu_of(s->w, nid < 0 ? s->wanted : nid));
}

/* Called before and after, leaves the counters' rise. */
static void count_misses(struct spill *s, struct spilled *to, int sign)
{
	idset_foreach (nid, &s->w->mem_nodes) {
		to->missed[nid] += (uint64_t)(sign * wl_node_numastat(s->w, (int)nid, "numa_miss"));
		to->foreign[nid] += (uint64_t)(sign * wl_node_numastat(s->w, (int)nid, "numa_foreign"));
	}
}

/* True when the counters have the pages and nothing else. */
static bool spill_once(struct spill *s, struct spilled *to)
{
	struct idset one = wl_one(s->wanted);
	uint64_t missed = 0, foreign = 0;

	memset(to, 0, sizeof(*to));
	want(s, MPOL_PREFERRED, &one);
	wl_node_numastat(s->w, s->wanted, "numa_miss"); /* what reading allocates is there once it was done */
	count_misses(s, to, -1);
	touch(s, s->p->pages * PAGE, to->pages);
	count_misses(s, to, 1);
	idset_foreach (nid, &s->w->mem_nodes) {
		missed += to->missed[nid];
		foreign += to->foreign[nid];
	}
	return missed == s->p->pages && foreign == s->p->pages;
}

/*
 * Wants pages from the full node, and makes the node that most of them came from the k-th of the order. A
 * page that the kernel takes for itself may miss in between: then it is done again, a few times.
 */
static void spill(struct spill *s, uint64_t k)
{
	struct spilled now;

	for (int tries = 0; !spill_once(s, &now) && tries < RETRIES; tries++)
		s->retries++;
	s->last = s->wanted;
	idset_foreach (nid, &s->w->mem_nodes) {
		s->sum.pages[nid] += now.pages[nid];
		s->sum.missed[nid] += now.missed[nid];
		s->sum.foreign[nid] += now.foreign[nid];
		if (now.pages[nid] > now.pages[s->last])
			s->last = (int)nid;
	}
	s->order[s->last] = k;
}

/* The other policies that fall back, with one node full. */
static void spill_others(struct spill *s)
{
	struct idset two = wl_one(s->wanted);
	uint64_t count[WL_NODES];
	int other = s->last;

	idset_foreach (nid, &s->w->mem_nodes) {
		if ((int)nid != s->wanted && (int)nid != s->last)
			other = (int)nid;
	}
	idset_add(&two, (unsigned)other);
	/* from there the full node is the nearer one of the two */
	if (idset_has(&s->w->cpu_nodes, (unsigned)s->wanted))
		wl_pin_cpu(s->w, wl_cpu_of(s->w, s->wanted));
	want(s, MPOL_PREFERRED_MANY, &two);
	touch(s, s->p->pages * PAGE, count);
	report(s, "many", count);
	wl_value(s->w, "other", -1, other);
	want(s, MPOL_INTERLEAVE, &s->w->mem_nodes);
	touch(s, s->bytes, count);
	report(s, "interleaved", count);
	pin_far(s);
}

/* A child that prefers, or is bound to, the full node; the OOM killer would take it first. */
static void hungry_child(struct spill *s, int mode, const char *place, const char *signal)
{
	struct idset nodes = wl_one(s->wanted);
	int sig, nid;

	if (wl_sabotaged(s->w, "two-bound"))
		idset_add(&nodes, (unsigned)s->last);
	want(s, mode, &nodes);
	memset(s->got, 0, WL_NODES * sizeof(*s->got));
	pid_t pid = fork();
	if (!pid) {
		wl_write(s->w, "/proc/self/oom_score_adj", "1000");
		for (size_t i = 0; i < s->p->pages; i++) {
			wl_touch(s->area + i * PAGE, PAGE, 1);
			wl_page_nodes(s->w, s->area + i * PAGE, 1, &nid);
			if (nid >= 0)
				s->got[nid]++;
		}
		_exit(0);
	}
	wl_wait(s->w, pid, &sig);
	wl_value(s->w, signal, -1, sig);
	report(s, place, s->got);
}

static void feed_children(struct spill *s)
{
	idset_foreach (nid, &s->w->mem_nodes) {
		if ((int)nid != s->wanted)
			wl_release(s->w, (int)nid);
	}
	hungry_child(s, MPOL_PREFERRED, "preferred", "preferred_signal");
	hungry_child(s, MPOL_BIND, "bound", "bound_signal");
}

static void run(struct wl *w)
{
	struct spill *s = &(struct spill){ .w = w, .p = w->params };
	unsigned nodes = idset_count(&w->mem_nodes);
	int next;

	s->wanted = next = wanted_node(s->p, &w->mem_nodes);
	if (!idset_has(&w->mem_nodes, (unsigned)s->wanted))
		wl_broken(w, "node %d has no memory", s->wanted);
	s->bytes = s->p->pages * nodes * PAGE;
	s->area = (char *)wl_map(w, s->bytes + PAGE) + PAGE;
	s->got = mmap(NULL, WL_NODES * sizeof(*s->got), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	/*
	 * Page tables are there from here on, so that a touch allocates a page and nothing else; PT_RECLAIM
	 * (6.14) leaves those of the first pages for the sake of the page before them, which stays.
	 */
	for (size_t at = 0; at <= s->bytes; at += 2 << 20)
		wl_touch(s->area - PAGE + at, PAGE, 1);
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
	wl_value(w, "retries", -1, s->retries);
	report(s, "order", s->order);
	report(s, "spilled", s->sum.pages);
	report(s, "missed", s->sum.missed);
	report(s, "wanted", s->sum.foreign);
	feed_children(s);
	full_end(w, &s->full);
	wl_phase(w, "done"); /* with room everywhere again, so that sampling itself does not miss */
}

static const struct wl_metric metrics[] = {
	{ "order", "1", WL_REPORTED, .about = "as which node this one was spilled to" },
	{ "spilled", "pages", WL_REPORTED, .about = "of MPOL_PREFERRED areas, over all steps" },
	{ "retries", "1", WL_REPORTED, .timing = true, .better = WL_LOWER,
	  .about = "steps measured again, since the kernel took a page of its own in between" },
	{ "missed", "pages", WL_REPORTED, .about = "numa_miss while they were touched" },
	{ "wanted", "pages", WL_REPORTED, .about = "numa_foreign while they were touched" },
	{ "miss", "pages", WL_NUMASTAT, "numa_miss", "start", "done", .about = "of whomever" },
	{ "foreign", "pages", WL_NUMASTAT, "numa_foreign", "start", "done", .about = "of whomever" },
	{ "other", "nid", WL_REPORTED, .about = "the second node of MPOL_PREFERRED_MANY" },
	{ "many", "pages", WL_REPORTED, .about = "of an MPOL_PREFERRED_MANY area, one of its nodes full" },
	{ "interleaved", "pages", WL_REPORTED, .about = "of an area interleaved over all nodes, one full" },
	{ "preferred", "pages", WL_REPORTED, .about = "of a child that prefers the full node" },
	{ "preferred_signal", "1", WL_REPORTED, .about = "that ended it; 0: it ended by itself" },
	{ "bound", "pages", WL_REPORTED, .about = "of a child bound to the full node" },
	{ "bound_signal", "1", WL_REPORTED, .about = "that ended it" },
	{ "ooms", "1", WL_DMESG_MATCHES, "constraint=CONSTRAINT_MEMORY_POLICY",
	  .about = "OOM kills for a policy's sake" },
};

static int64_t pages_of(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

/* The n-th node pages for the full one go to. */
static int spill_node(const struct wl_view *v, unsigned n)
{
	return wl_fallback(v, wanted_node(v->params, &v->mem_nodes), n);
}

static void spill_order(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned n = 0; n < idset_count(&v->mem_nodes); n++) {
		wl_want(v, out, "order", spill_node(v, n), n);
		wl_want(v, out, "spilled", spill_node(v, n), n ? pages_of(v) : 0);
	}
}

static void counted(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t steps = idset_count(&v->mem_nodes) - 1;

	for (unsigned n = 0; n <= steps; n++) {
		wl_want(v, out, "missed", spill_node(v, n), n ? pages_of(v) : 0);
		wl_want(v, out, "wanted", spill_node(v, n), n ? 0 : steps * pages_of(v));
	}
}

static void sums_equal(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t miss = wl_sum(v, out, "miss"), foreign = wl_sum(v, out, "foreign");
	int64_t least = (idset_count(&v->mem_nodes) - 1) * pages_of(v);

	snprintf(out->expected, sizeof(out->expected), "miss = foreign >= %lld", (long long)least);
	snprintf(out->actual, sizeof(out->actual), "%lld, %lld", (long long)miss, (long long)foreign);
	if (miss != foreign || miss < least)
		wl_worse(out, OUTCOME_FAIL,
			 "numa_miss rose by %lld, numa_foreign by %lld; want the same, at least %lld",
			 (long long)miss, (long long)foreign, (long long)least);
}

static void many_within(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "many", (int)wl_get(v, out, "other", -1), pages_of(v));
}

static void interleaved_shifts(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned n = 0; n < idset_count(&v->mem_nodes); n++)
		wl_want(v, out, "interleaved", spill_node(v, n),
			n == 1 ? 2 * pages_of(v)
			: n    ? pages_of(v)
			       : 0);
}

static void preferred_survives(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "preferred_signal", -1, 0);
	wl_want_only_on(v, out, "preferred", spill_node(v, 1), pages_of(v));
}

static void bound_killed(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "bound_signal", -1, 9);
	wl_want(v, out, "ooms", -1, 1);
	for (unsigned n = 1; n < idset_count(&v->mem_nodes); n++)
		wl_want(v, out, "bound", spill_node(v, n), 0);
}

static const struct wl_expect expects[] = {
	{ "spill-order", "N2 N3",
	  "pages for a full node go to the next of its zonelist that has room, all of them", spill_order },
	{ "counted", "N2", "each is one numa_miss where it went and one numa_foreign where it was wanted",
	  counted },
	{ "sums-equal", "N2", "over all nodes numa_miss rises as numa_foreign does", sums_equal },
	{ "many-within", "N3", "MPOL_PREFERRED_MANY stays in its nodes while one has room, however far",
	  many_within },
	{ "interleaved-shifts", "N3", "a full node's share of interleaved pages goes to its next node",
	  interleaved_shifts },
	{ "preferred-survives", "N3", "who prefers a full node gets pages from the next",
	  preferred_survives },
	{ "bound-killed", "N3",
	  "who is bound to a full node is killed, CONSTRAINT_MEMORY_POLICY; others keep their memory",
	  bound_killed },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "not-full",
	  .breaks = "No node is filled.",
	  .fails = "sums-equal many-within interleaved-shifts preferred-survives" },
	{ .name = "wrong-fill",
	  .breaks = "Another node than the one spilled to is filled next.",
	  .fails = "spill-order counted" },
	{ .name = "two-bound", .breaks = "What is bound may use a second node.", .fails = "bound-killed" },
};

WORKLOAD(preferred_fallback) = {
	.about =
		"pages for a full node spill in the kernel's fallback order, and not at all when they are bound to it",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
