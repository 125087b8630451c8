/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the kernel shows the machine that the firmware describes (workloads/lib/firmware.h). The kernel is asked
 * three times: sysfs and zoneinfo, its log, and the page frame that an allocation bound to the node gets. The last
 * says which of the firmware's domains the node is; all else must agree with that.
 */
#include <stdio.h>

#include "workloads/lib/firmware.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/zones.h"

#define ROWS 16

struct machine {
	struct firmware f;
	struct idset nodes;	   /* with memory or CPUs */
	int domain[WL_NODES];	   /* by nid */
	uint64_t logged[WL_NODES]; /* pages, by the kernel's log */
};

static unsigned next_of(const struct idset *s, unsigned nid)
{
	unsigned next = idset_next(s, nid + 1);

	return next < IDSET_MAX ? next : idset_next(s, 0);
}

static void report_distances(struct wl *w, const struct machine *m, unsigned from)
{
	unsigned row = wl_sabotaged(w, "next-row") ? next_of(&m->nodes, from) : from;
	int64_t differ = 0;
	char name[32];

	snprintf(name, sizeof(name), "distance_%u", from);
	idset_foreach (to, &m->nodes) {
		if (from < ROWS)
			wl_value(w, name, (int)to, w->distance[row][to]);
		differ += w->distance[row][to] !=
			  firmware_distance(&m->f, (unsigned)m->domain[from], (unsigned)m->domain[to]);
	}
	wl_value(w, "slit_differs", (int)from, differ);
}

static void report_cpus(struct wl *w, const struct machine *m, unsigned nid)
{
	int64_t elsewhere = 0, in_srat = 0;

	idset_foreach (cpu, &w->cpus[nid]) {
		elsewhere += firmware_cpu_domain(&m->f, cpu) != m->domain[nid];
	}
	for (unsigned i = 0; i < m->f.cpus; i++)
		in_srat += m->f.cpu[i].domain == (unsigned)m->domain[nid];
	wl_value(w, "cpus", (int)nid, idset_count(&w->cpus[nid]));
	wl_value(w, "srat_cpus", (int)nid, in_srat);
	wl_value(w, "cpus_elsewhere", (int)nid, elsewhere);
}

/* A zone may end in the hole between its node's ranges, or behind what was plugged in: there is no domain. */
static bool is_outside(const struct machine *m, int nid, uint64_t pfn)
{
	int domain = firmware_frame_domain(&m->f, pfn);

	return domain >= 0 && domain != m->domain[nid];
}

static void report_memory(struct wl *w, const struct machine *m)
{
	int64_t present[WL_NODES] = { 0 }, outside[WL_NODES] = { 0 };
	static struct zones zones;

	zones_read(w, &zones);
	for (const struct zone *z = zones.v; z < zones.v + zones.n; z++) {
		if (!z->present)
			continue;
		present[z->nid] += (int64_t)z->present;
		outside[z->nid] +=
			is_outside(m, z->nid, z->start) + is_outside(m, z->nid, z->start + z->spanned - 1);
	}
	idset_foreach (nid, &m->nodes) {
		wl_value(w, "present", (int)nid, present[nid]);
		wl_value(w, "ends_outside", (int)nid, outside[nid]);
		wl_value(w, "srat", (int)nid, (int64_t)firmware_pages(&m->f, (unsigned)m->domain[nid]));
		wl_value(w, "usable", (int)nid, (int64_t)firmware_usable(w, &m->f, (unsigned)m->domain[nid]));
		wl_value(w, "added", (int)nid, (int64_t)firmware_added(&m->f, (int)nid));
		wl_value(w, "said", (int)nid, (int64_t)m->logged[nid]);
	}
}

static void run(struct wl *w)
{
	static struct machine m;
	int domain[WL_NODES] = { 0 };

	m.nodes = wl_either(&w->mem_nodes, &w->cpu_nodes);
	firmware_read(w, &m.f);
	idset_foreach (nid, &m.nodes) {
		domain[nid] = firmware_node_domain(w, &m.f, (int)nid);
	}
	idset_foreach (nid, &m.nodes) {
		m.domain[nid] = domain[wl_sabotaged(w, "next-domain") ? next_of(&m.nodes, nid) : nid];
		wl_value(w, "domain", (int)nid, m.domain[nid]);
	}
	firmware_logged(w, m.domain, m.logged);
	idset_foreach (nid, &m.nodes) {
		report_distances(w, &m, nid);
		report_cpus(w, &m, nid);
	}
	report_memory(w, &m);
}

#define DISTANCE(n)                                                                             \
	{                                                                                       \
		"distance_" #n, "1", WL_REPORTED, .about = "from node " #n " to each, by sysfs" \
	}
#define DISTANCES(a, b, c, d) DISTANCE(a), DISTANCE(b), DISTANCE(c), DISTANCE(d)

static const struct wl_metric metrics[] = {
	{ "domain", "1", WL_REPORTED, .about = "the firmware's number for this node" },
	DISTANCES(0, 1, 2, 3),
	DISTANCES(4, 5, 6, 7),
	DISTANCES(8, 9, 10, 11),
	DISTANCES(12, 13, 14, 15),
	{ "slit_differs", "1", WL_REPORTED, .about = "distances from this node that are not the firmware's" },
	{ "cpus", "1", WL_REPORTED, .about = "by sysfs" },
	{ "srat_cpus", "1", WL_REPORTED, .about = "by the firmware" },
	{ "cpus_elsewhere", "1", WL_REPORTED,
	  .about = "of the node, that the firmware has in another domain" },
	{ "present", "pages", WL_REPORTED, .about = "by zoneinfo" },
	{ "srat", "pages", WL_REPORTED, .about = "by the firmware" },
	{ "usable", "pages", WL_REPORTED,
	  .about = "of these, RAM by /proc/iomem: the rest is the firmware's own" },
	{ "added", "pages", WL_REPORTED, .about = "behind them, of DIMMs, by sysfs" },
	{ "said", "pages", WL_REPORTED, .about = "by the kernel's log" },
	{ "ends_outside", "1", WL_REPORTED, .about = "first and last frames of zones, in another domain" },
};

static void slit_shown(const struct wl_view *v, struct wl_verdict *out)
{
	struct idset all = wl_either(&v->mem_nodes, &v->cpu_nodes);

	idset_foreach (nid, &all) {
		wl_want(v, out, "slit_differs", (int)nid, 0);
	}
}

/* v->distance has been compared with the topology's file before any workload ran. */
static void as_declared(const struct wl_view *v, struct wl_verdict *out)
{
	struct idset all = wl_either(&v->mem_nodes, &v->cpu_nodes);
	char name[32];

	for (unsigned from = 0; from < ROWS; from++) {
		snprintf(name, sizeof(name), "distance_%u", from);
		idset_foreach (to, &all) {
			if (!idset_has(&all, from))
				continue;
			wl_want(v, out, name, (int)to, v->distance[from * v->distance_stride + to]);
			if (from == to)
				wl_want(v, out, name, (int)to, 10);
			else
				wl_want_least(v, out, name, (int)to, 11);
		}
	}
	idset_foreach (nid, &all) {
		if (nid >= ROWS)
			wl_worse(out, OUTCOME_SKIP,
				 "looks at the rows of nodes below %d, and there is node %u", ROWS, nid);
	}
}

static void srat_memory(const struct wl_view *v, struct wl_verdict *out)
{
	struct idset all = wl_either(&v->mem_nodes, &v->cpu_nodes);

	idset_foreach (nid, &all) {
		int64_t srat = wl_get(v, out, "srat", (int)nid);

		wl_want(v, out, "ends_outside", (int)nid, 0);
		wl_want(v, out, "said", (int)nid, srat);
		wl_want_most(v, out, "usable", (int)nid, srat);
		wl_want(v, out, "present", (int)nid,
			wl_get(v, out, "usable", (int)nid) + wl_get(v, out, "added", (int)nid));
	}
}

static void srat_cpus(const struct wl_view *v, struct wl_verdict *out)
{
	struct idset all = wl_either(&v->mem_nodes, &v->cpu_nodes);

	idset_foreach (nid, &all) {
		wl_want(v, out, "cpus_elsewhere", (int)nid, 0);
		wl_want(v, out, "cpus", (int)nid, wl_get(v, out, "srat_cpus", (int)nid));
	}
}

static const struct wl_expect expects[] = {
	{ "slit-shown", "N1",
	  "sysfs shows the firmware's SLIT, without one 10 and 20, under the kernel's node ids", slit_shown },
	{ "as-declared", "N1",
	  "the distances are those of the topology: 10 to itself, more to all others, each direction "
	  "its own",
	  as_declared },
	{ "srat-memory", "N1",
	  "each node has all memory that the SRAT gives to its domain and the firmware keeps not for itself, and no zone ends elsewhere",
	  srat_memory },
	{ "srat-cpus", "N1", "each node has exactly the CPUs that the SRAT gives to its domain", srat_cpus },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "next-row", .breaks = "Distances are the next node's.", .fails = "slit-shown as-declared" },
	{ .name = "next-domain",
	  .breaks = "Nodes are taken for the next one's domain.",
	  .fails = "srat-memory srat-cpus" },
};

WORKLOAD(topology) = {
	.about = "distances, memory and CPUs of each node are what the firmware's SLIT and SRAT say",
	.needs = { .mem_nodes = 1 },
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
