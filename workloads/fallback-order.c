/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order in which nodes serve requests for one of them: its zonelist. With one free huge page on each node, faults in
 * a hugetlb area take them one by one along the zonelist of the node that asks (mm/hugetlb.c, dequeue_huge_page_nodemask
 * in 6.1, dequeue_hugetlb_folio_nodemask in 6.12), so the nodes of the pages are the zonelist, for all nodes at the
 * price of some huge pages cleared. preferred-fallback shows for one node that small pages come the same way.
 */
#include <numaif.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/kmsg.h"

#define ROWS 16

/* By node: the nodes that have served it, and those of the "Fallback order" in the kernel's log. */
struct order {
	unsigned n[WL_NODES], logged_n[WL_NODES];
	int at[WL_NODES][WL_NODES], logged[WL_NODES][WL_NODES];
};

/* Sets what makes this process's next faults ask for memory of the node. */
static void ask_for(struct wl *w, int nid, void *area, size_t bytes)
{
	struct idset one = wl_one(nid);

	if (idset_has(&w->cpu_nodes, (unsigned)nid))
		wl_pin_node(w, nid);
	else
		wl_mbind(w, area, bytes, MPOL_PREFERRED, &one, 0);
	if (wl_sabotaged(w, "interleaved"))
		wl_mbind(w, area, bytes, MPOL_INTERLEAVE, &w->mem_nodes, 0);
}

/* Takes the huge page of each node, asking for memory of nid; the row of `as` has where they are. */
static void take_all(struct wl *w, struct order *o, int nid, int as)
{
	unsigned nodes = idset_count(&w->mem_nodes);
	char *area = hugetlb_map(nodes, 0);

	if (!area)
		wl_broken(w, "no huge page on some node");
	ask_for(w, nid, area, nodes * HUGE);
	for (unsigned n = 0; n < nodes; n++) {
		wl_touch(area + n * HUGE, 1, 1);
		wl_page_nodes(w, area + n * HUGE, 1, &o->at[as][n]);
	}
	o->n[as] = nodes;
	wl_unmap(area, nodes * HUGE);
}

/*
 * "Fallback order for Node 1: 1 2 0 3 " (mm/page_alloc.c, build_zonelists). 6.1 names the node itself even if it has
 * no memory, and then adds no zone of it (find_next_best_node); 6.12 leaves it out. Left out here for both.
 */
static void add_logged(struct wl *w, const char *line, void *arg)
{
	struct order *o = arg;
	unsigned from;
	int skip = 0;

	if (sscanf(line, "Fallback order for Node %u:%n", &from, &skip) != 1 || !skip || from >= WL_NODES)
		return;
	char *p = (char *)(uintptr_t)line + skip, *end;
	for (unsigned n = 0; n < WL_NODES; p = end) {
		int nid = (int)strtol(p, &end, 10);

		if (end == p)
			break;
		if (idset_has(&w->mem_nodes, (unsigned)nid))
			o->logged[from][n++] = nid;
		o->logged_n[from] = n;
	}
}

static void run(struct wl *w)
{
	struct idset all = wl_either(&w->mem_nodes, &w->cpu_nodes);
	static struct order o;
	char name[32];

	idset_foreach (nid, &w->mem_nodes) {
		hugepool_set(w, (int)nid, 1);
	}
	idset_foreach (nid, &all) {
		unsigned next = idset_next(&all, nid + 1);

		take_all(w, &o,
			 (int)(!wl_sabotaged(w, "other-node") ? nid
			       : next < IDSET_MAX	      ? next
							      : idset_next(&all, 0)),
			 (int)nid);
	}
	kmsg_lines(w, add_logged, &o);
	idset_foreach (nid, &all) {
		int64_t differ = o.logged_n[nid] != o.n[nid];

		for (unsigned n = 0; n < o.n[nid]; n++) {
			snprintf(name, sizeof(name), "served_%u", n);
			if (n < ROWS)
				wl_value(w, name, (int)nid, o.at[nid][n]);
			differ += n < o.logged_n[nid] && o.logged[nid][n] != o.at[nid][n];
		}
		if (o.logged_n[nid])
			wl_value(w, "said_differs", (int)nid, differ);
	}
}

/* clang-format off */
#define SERVED(n) \
	{ "served_" #n, "nid", WL_REPORTED, .about = "the node that serves requests for this one when " #n " nodes are empty" }
#define SERVED4(a, b, c, d) SERVED(a), SERVED(b), SERVED(c), SERVED(d)

static const struct wl_metric metrics[] = {
	SERVED4(0, 1, 2, 3),
	SERVED4(4, 5, 6, 7),
	SERVED4(8, 9, 10, 11),
	SERVED4(12, 13, 14, 15),
	{ "said_differs", "1", WL_REPORTED, .about = "places in which the order differs from the kernel's log" },
};
/* clang-format on */

/* Calls f for each place in each node's order. Rows cannot say it: the expected nodes are those of the zonelist. */
static void each(const struct wl_view *v, struct wl_verdict *out,
		 void (*f)(const struct wl_view *v, struct wl_verdict *out, int nid, unsigned n,
			   const char *name))
{
	struct idset all = wl_either(&v->mem_nodes, &v->cpu_nodes);
	char name[32];

	idset_foreach (nid, &all) {
		for (unsigned n = 0; n < idset_count(&v->mem_nodes) && n < ROWS; n++) {
			snprintf(name, sizeof(name), "served_%u", n);
			f(v, out, (int)nid, n, name);
		}
	}
	if (idset_count(&v->mem_nodes) > ROWS)
		wl_worse(out, OUTCOME_SKIP, "looks at the first %d of %u nodes of each order", ROWS,
			 idset_count(&v->mem_nodes));
}

static void want_zonelist(const struct wl_view *v, struct wl_verdict *out, int nid, unsigned n,
			  const char *name)
{
	wl_want(v, out, name, nid, wl_fallback(v, nid, n));
}

static void by_zonelist(const struct wl_view *v, struct wl_verdict *out)
{
	each(v, out, want_zonelist);
}

/* Not nearer than the node before it: for this only the SLIT has to be known. */
static void want_farther(const struct wl_view *v, struct wl_verdict *out, int nid, unsigned n,
			 const char *name)
{
	const uint8_t *row = v->distance + (unsigned)nid * v->distance_stride;
	int at = wl_nid(v, out, name, nid);
	char before[32];

	if (!n)
		return;
	snprintf(before, sizeof(before), "served_%u", n - 1);
	int last = wl_nid(v, out, before, nid);
	if (row[at] < row[last])
		wl_worse(out, OUTCOME_FAIL, "node %d: %d serves before %d, which is nearer", nid, last, at);
}

static void by_distance(const struct wl_view *v, struct wl_verdict *out)
{
	each(v, out, want_farther);
	wl_looked(out, "each node in an order not nearer than the one before it");
}

static const struct wl_expect expects[] = {
	{ "by-zonelist", "N2",
	  "requests for each node are served by the nodes in the order that build_zonelists() makes of the SLIT",
	  by_zonelist },
	{ "by-distance", "N2",
	  "no node serves a request before one that has a smaller SLIT distance from the node asked for",
	  by_distance },
	{ "as-said", "N2",
	  "the order in which nodes serve requests for each node is the \"Fallback order\" line of the kernel's log",
	  .wants = WL_WANTS({ "said_differs", "0", "each node" }, { "said_differs", "0", "each CPU node" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "other-node", "Memory is asked for on the next node.", "by-zonelist by-distance as-said" },
	{ "interleaved", "All areas are interleaved.", "by-zonelist by-distance as-said" },
};

WORKLOAD(fallback_order) = {
	.about =
		"requests for a node are served by itself, then by the others in the order of their distance",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
