/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether the kernel shows the machine that the firmware describes (workloads/lib/firmware.h). The kernel's view is read
 * from sysfs and zoneinfo, from its log, and from the page frame that an allocation bound to the node gets. The page frame
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

/* A zone may end in the hole between its node's ranges, or after a DIMM: a frame there has no domain. */
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

#define DISTANCE(n)                                                                 \
	{                                                                           \
		"distance_" #n, "1", WL_REPORTED,                                   \
			.about = "distance from node " #n " to each node, by sysfs" \
	}
#define DISTANCES(a, b, c, d) DISTANCE(a), DISTANCE(b), DISTANCE(c), DISTANCE(d)

static const struct wl_metric metrics[] = {
	{ "domain", "1", WL_REPORTED, .about = "the firmware's proximity domain of the node" },
	DISTANCES(0, 1, 2, 3),
	DISTANCES(4, 5, 6, 7),
	DISTANCES(8, 9, 10, 11),
	DISTANCES(12, 13, 14, 15),
	{ "slit_differs", "1", WL_REPORTED,
	  .about = "distances from the node in sysfs that differ from the firmware's SLIT" },
	{ "cpus", "1", WL_REPORTED, .about = "CPUs of the node, by sysfs" },
	{ "srat_cpus", "1", WL_REPORTED, .about = "CPUs of the node's domain, by the SRAT" },
	{ "cpus_elsewhere", "1", WL_REPORTED,
	  .about = "CPUs of the node that the SRAT has in another domain" },
	{ "present", "pages", WL_REPORTED, .about = "present pages of the node, by zoneinfo" },
	{ "srat", "pages", WL_REPORTED, .about = "pages of the node's domain, by the SRAT" },
	{ "usable", "pages", WL_REPORTED,
	  .about =
		  "pages of the node's domain in the SRAT that are RAM by /proc/iomem (the rest is the firmware's own)" },
	{ "added", "pages", WL_REPORTED,
	  .about = "pages of the node's DIMMs, outside the SRAT's ranges, by sysfs" },
	{ "said", "pages", WL_REPORTED, .about = "pages of the node, by the kernel's log" },
	{ "ends_outside", "1", WL_REPORTED,
	  .about = "first and last frames of the node's zones that are in another domain" },
};

/* v->distance was compared with the topology's file before any workload ran. */
static void as_declared(const struct wl_view *v, struct wl_verdict *out)
{
	struct idset all = wl_either(&v->mem_nodes, &v->cpu_nodes);
	char name[32];

	idset_foreach (from, &all) {
		if (from >= ROWS) {
			wl_worse(out, OUTCOME_SKIP,
				 "looks at distances from nodes below %d, and there is node %u", ROWS, from);
			continue;
		}
		snprintf(name, sizeof(name), "distance_%u", from);
		idset_foreach (to, &all) {
			wl_want(v, out, name, (int)to, v->distance[from * v->distance_stride + to]);
			if (from == to)
				wl_want(v, out, name, (int)to, 10);
			else
				wl_want_least(v, out, name, (int)to, 11);
		}
	}
}

/* Nodes with memory or CPUs. */
#define EACH(metric, is)                    \
	{ metric, is, "each node" },        \
	{                                   \
		metric, is, "each CPU node" \
	}

static const struct wl_expect expects[] = {
	{ "slit-shown", "N1",
	  "sysfs shows the distances of the firmware's SLIT (10 and 20 without a SLIT) by the kernel's node ids",
	  .wants = WL_WANTS(EACH("slit_differs", "0")) },
	{ "as-declared", "N1",
	  "sysfs shows the distances of the topology's file, per direction: 10 from a node to itself, at least 11 to another",
	  as_declared },
	{ "srat-memory", "N1",
	  "each node has in the log the SRAT's pages, in zoneinfo those of them that are RAM plus its DIMMs, and no "
	  "zone ends in another domain",
	  .wants = WL_WANTS(EACH("ends_outside", "0"), EACH("said", "srat"), EACH("usable", "<= srat"),
			    EACH("present", "usable + added")) },
	{ "srat-cpus", "N1",
	  "sysfs shows for each node exactly the CPUs that the SRAT gives to its proximity domain",
	  .wants = WL_WANTS(EACH("cpus_elsewhere", "0"), EACH("cpus", "srat_cpus")) },
};

static const struct wl_sabotage sabotage[] = {
	{ "next-row", "The distances reported of a node are those of the next node.",
	  "slit-shown as-declared" },
	{ "next-domain", "Each node is taken for the domain of the next node.", "srat-memory srat-cpus" },
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
