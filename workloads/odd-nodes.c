/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The node that memory comes from without a policy: for each node's CPUs the nearest that has memory. A node without
 * memory is passed over by policies as well: mpol_set_nodemask() in mm/mempolicy.c takes what is not in
 * node_states[N_MEMORY] out of every mask, and an empty rest is EINVAL. A node without CPUs is nearest to no CPU.
 */
#include <errno.h>
#include <numaif.h>
#include <stddef.h>

#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"

#define PAGES 8

static const int modes[] = { MPOL_BIND, MPOL_PREFERRED, MPOL_INTERLEAVE, MPOL_PREFERRED_MANY };
#define MODES (sizeof(modes) / sizeof(modes[0]))

static int last_of(const struct idset *s)
{
	return wl_nth(s, idset_count(s) - 1);
}

/* Touches pages on CPUs of the node: reports where the first of them is, and how many are on another node. */
static void touch_from(struct wl *w, int nid)
{
	struct idset last = wl_one(last_of(&w->mem_nodes));
	char *area = wl_map(w, PAGES * PAGE);
	int64_t elsewhere = 0;
	int at[PAGES];

	wl_pin_node(w, nid);
	if (wl_sabotaged(w, "prefer-last"))
		wl_mbind(w, area, PAGES * PAGE, MPOL_PREFERRED, &last, 0);
	wl_touch(area, PAGES * PAGE, 1);
	wl_page_nodes(w, area, PAGES, at);
	for (unsigned i = 1; i < PAGES; i++)
		elsewhere += at[i] != at[0];
	wl_value(w, "touched", nid, at[0]);
	wl_value(w, "scattered", nid, elsewhere);
}

/* Policies for the node alone: reports how many are refused; for it and the last node: how many pages the last one gives. */
static void ask_memoryless(struct wl *w, int nid)
{
	int first = wl_nth(&w->mem_nodes, 0), last = last_of(&w->mem_nodes);
	char *area = wl_map(w, PAGES * PAGE);
	struct idset alone = wl_one(nid), mixed = wl_one(nid);
	uint64_t count[WL_NODES];
	int64_t refused = 0;

	idset_add(&mixed, (unsigned)last);
	if (wl_sabotaged(w, "not-alone")) {
		idset_add(&alone, (unsigned)last);
		idset_add(&mixed, (unsigned)first);
	}
	for (unsigned i = 0; i < MODES; i++)
		refused += mbind(area, PAGES * PAGE, modes[i], (unsigned long *)alone.bits, IDSET_MAX + 1,
				 0) < 0 &&
			   errno == EINVAL;
	wl_value(w, "refused", nid, refused);
	wl_pin_node(w, wl_nth(&w->cpu_nodes, 0));
	wl_mbind(w, area, PAGES * PAGE, MPOL_INTERLEAVE, &mixed, 0);
	wl_touch(area, PAGES * PAGE, 1);
	wl_count_pages(w, area, PAGES * PAGE, count);
	wl_value(w, "on_rest", nid, (int64_t)count[last]);
}

static void run(struct wl *w)
{
	idset_foreach (nid, &w->cpu_nodes) {
		touch_from(w, (int)nid);
		if (!idset_has(&w->mem_nodes, nid))
			ask_memoryless(w, (int)nid);
	}
}

static const struct wl_metric metrics[] = {
	{ "touched", "nid", WL_REPORTED, .about = "the node of the first page that this node's CPUs touch" },
	{ "scattered", "pages", WL_REPORTED,
	  .about = "that this node's CPUs touch, on another node than the first of them" },
	{ "refused", "1", WL_REPORTED,
	  .about = "of 4 modes of mbind(2), those that are EINVAL for this node alone" },
	{ "on_rest", "pages", WL_REPORTED,
	  .about = "on the last node with memory, of an area interleaved over this node and the last" },
};

static unsigned distance(const struct wl_view *v, unsigned from, int to)
{
	return v->distance[from * v->distance_stride + (unsigned)to];
}

static void nearest(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->cpu_nodes) {
		int at = wl_nid(v, out, "touched", (int)nid);

		idset_foreach (other, &v->mem_nodes) {
			if (distance(v, nid, (int)other) < distance(v, nid, at))
				wl_worse(out, OUTCOME_FAIL,
					 "node %u's CPUs get memory of node %d, and %u is nearer", nid, at,
					 other);
		}
		wl_want(v, out, "touched", (int)nid, wl_fallback(v, (int)nid, 0));
		wl_want(v, out, "scattered", (int)nid, 0);
	}
}

static void cpuless_untouched(const struct wl_view *v, struct wl_verdict *out)
{
	bool any = false;

	idset_foreach (nid, &v->mem_nodes) {
		if (idset_has(&v->cpu_nodes, nid))
			continue;
		any = true;
		idset_foreach (from, &v->cpu_nodes) {
			if (wl_get(v, out, "touched", (int)from) == nid)
				wl_worse(out, OUTCOME_FAIL,
					 "node %u's CPUs get memory of node %u, which has no CPUs", from,
					 nid);
			/* x86 numbers the domains as it meets them, those of CPUs first */
			if (from > nid)
				wl_worse(out, OUTCOME_FAIL,
					 "node %u has CPUs and a higher id than node %u, which has none",
					 from, nid);
		}
	}
	wl_looked(out, "no CPU's memory on a node without CPUs; nodes without CPUs have the highest ids");
	if (!any)
		wl_worse(out, OUTCOME_SKIP, "each node with memory has CPUs");
}

/* Each node without memory has the metric with this value. */
static void want_memoryless(const struct wl_view *v, struct wl_verdict *out, const char *metric,
			    int64_t value)
{
	bool any = false;

	idset_foreach (nid, &v->cpu_nodes) {
		if (idset_has(&v->mem_nodes, nid))
			continue;
		any = true;
		wl_want(v, out, metric, (int)nid, value);
	}
	if (!any)
		wl_worse(out, OUTCOME_SKIP, "each node has memory");
}

static void memoryless_refused(const struct wl_view *v, struct wl_verdict *out)
{
	want_memoryless(v, out, "refused", MODES);
}

static void memoryless_dropped(const struct wl_view *v, struct wl_verdict *out)
{
	want_memoryless(v, out, "on_rest", PAGES);
}

static const struct wl_expect expects[] = {
	{ "nearest", "N1 N2",
	  "first touch without a policy: each node's CPUs get memory of their own node, or of the nearest by the SLIT",
	  nearest },
	{ "cpuless-untouched", "N1",
	  "a node with memory but no CPUs has a higher id than those with CPUs, and no CPU gets its memory without a policy",
	  cpuless_untouched },
	{ "memoryless-refused", "N1",
	  "mbind(2) for nothing but a node without memory is EINVAL in each of 4 modes", memoryless_refused },
	{ "memoryless-dropped", "N1",
	  "MPOL_INTERLEAVE over a node without memory and another one: all pages are on the other one",
	  memoryless_dropped },
};

static const struct wl_sabotage sabotage[] = {
	{ "prefer-last", "All areas prefer the last node.", "nearest" },
	{ "prefer-last", "All areas prefer the last node.", "nearest cpuless-untouched",
	  .topology = "cpuless" },
	{ "not-alone",
	  "Policies for a node without memory name a second node, and those for two nodes a third.",
	  "memoryless-refused memoryless-dropped", .topology = "memoryless" },
};

WORKLOAD(odd_nodes) = {
	.about =
		"memory without a policy comes from the nearest node; nodes without memory or CPUs are passed over",
	.needs = { .mem_nodes = 1, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
