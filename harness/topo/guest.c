/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's NUMA map out of its raw text, and questions to it. Nothing here knows a topology file. */
#include "topo/guest.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/procfs.h"

#define NODE_DIR "/sys/devices/system/node"

/* Position in node[], or -1 for a nid that is not online. */
static int node_at(const struct topo_guest *g, unsigned nid)
{
	for (unsigned at = 0; at < g->nodes; at++)
		if (g->node[at].nid == nid)
			return (int)at;
	return -1;
}

static int set_read(const struct rawset *boot, const char *name, struct idset *out, struct err *err)
{
	char path[64];

	snprintf(path, sizeof(path), NODE_DIR "/%s", name);
	const char *text = rawset_get(boot, path);
	if (!text)
		return err_set(err, -ENOENT, "the guest did not show %s", path);
	if (idset_parse(out, text, err))
		return err_prefix(err, "%s", path);
	return 0;
}

/* nodeN/distance: one number per online node, in order of nid (node_read_distance, drivers/base/node.c). */
static int distance_read(const struct rawset *boot, struct topo_guest *g, unsigned at, struct err *err)
{
	char path[64];
	unsigned n = 0;

	snprintf(path, sizeof(path), NODE_DIR "/node%u/distance", g->node[at].nid);
	const char *p = rawset_get(boot, path);
	if (!p)
		return err_set(err, -ENOENT, "the guest did not show %s", path);
	for (; *p == ' '; p++)
		;
	for (; isdigit((unsigned char)*p) && n < g->nodes; n++) {
		char *end;
		unsigned long d = strtoul(p, &end, 10);

		if (d > 255)
			return err_set(err, -EINVAL, "%s: a distance of %lu: want at most 255", path, d);
		g->distance[at][n] = (uint8_t)d;
		for (p = end; *p == ' '; p++)
			;
	}
	if (n != g->nodes || (*p && strcmp(p, "\n") != 0))
		return err_set(err, -EINVAL, "%s: want %u numbers, one per online node", path, g->nodes);
	return 0;
}

static int zones_read(const struct rawset *boot, struct topo_guest *g, struct err *err)
{
	const char *text = rawset_get(boot, "/proc/zoneinfo");
	auto_zones struct zones zones = { 0 };

	if (!text)
		return err_set(err, -ENOENT, "the guest did not show /proc/zoneinfo");
	if (zoneinfo_parse(text, &zones, err))
		return err_prefix(err, "/proc/zoneinfo");
	for (size_t i = 0; i < zones.n; i++) {
		const struct zone *z = &zones.v[i];
		int at = node_at(g, z->nid);

		if (at < 0)
			return err_set(err, -EINVAL, "/proc/zoneinfo: node %u, which is not online", z->nid);
		struct topo_guest_node *n = &g->node[at];
		if (!z->present)
			continue;
		/* A node's zones come in the order of their addresses. */
		if (!n->present_pages)
			n->start_pfn = z->start_pfn;
		n->end_pfn = z->start_pfn + z->spanned;
		n->spanned_pages += z->spanned;
		n->present_pages += z->present;
	}
	return 0;
}

int topo_guest_read(const struct rawset *boot, struct topo_guest *out, struct err *err)
{
	*out = (struct topo_guest){ 0 };
	if (set_read(boot, "online", &out->online, err) || set_read(boot, "possible", &out->possible, err) ||
	    set_read(boot, "has_cpu", &out->has_cpu, err) ||
	    set_read(boot, "has_memory", &out->has_memory, err))
		return err->code;
	if (idset_count(&out->online) > TOPO_NODES_MAX)
		return err_set(err, -E2BIG, "%u nodes online: want at most %d", idset_count(&out->online),
			       TOPO_NODES_MAX);
	idset_foreach (nid, &out->online) {
		struct topo_guest_node *n = &out->node[out->nodes++];
		char name[32];

		n->nid = nid;
		snprintf(name, sizeof(name), "node%u/cpulist", nid);
		if (set_read(boot, name, &n->cpus, err))
			return err->code;
	}
	for (unsigned at = 0; at < out->nodes; at++)
		if (distance_read(boot, out, at, err))
			return err->code;
	return zones_read(boot, out, err);
}

json_t *topo_guest_nids(const struct topo_guest *g)
{
	json_t *nids = json_array();

	for (unsigned slot = 0; slot < g->slots; slot++)
		json_array_append_new(nids, json_integer(g->nid[slot]));
	return nids;
}

unsigned topo_guest_distance(const struct topo_guest *g, unsigned from_nid, unsigned to_nid)
{
	int from = node_at(g, from_nid), to = node_at(g, to_nid);

	return from < 0 || to < 0 ? 0 : g->distance[from][to];
}

/* --- the kernel's fallback order ------------------------------------------------------------- */

struct fallback {
	const struct topo_guest *g;
	bool rebuilt;
	unsigned load[TOPO_NODES_MAX]; /* node_load[]: grows over all lists of one build */
};

/* find_next_best_node(): position of the nearest node with memory not yet used, or -1. */
static int next_best(const struct fallback *f, unsigned at, const bool used[TOPO_NODES_MAX])
{
	const struct topo_guest *g = f->g;
	unsigned best_value = 0;
	int best = -1;

	if (!used[at] && idset_has(&g->has_memory, g->node[at].nid))
		return (int)at;
	for (unsigned n = 0; n < g->nodes; n++) {
		if (used[n] || !idset_has(&g->has_memory, g->node[n].nid))
			continue;
		unsigned value = g->distance[at][n];
		value += n < at;					  /* "prefer the next node" */
		value += f->rebuilt && idset_count(&g->node[n].cpus) > 0; /* PENALTY_FOR_NODE_WITH_CPUS */
		/* The kernel multiplies by MAX_NUMNODES, which no load reaches: the load breaks ties only. */
		value = value * (TOPO_NODES_MAX + 1) + f->load[n];
		if (best < 0 || value < best_value) {
			best = (int)n;
			best_value = value;
		}
	}
	return best;
}

/* build_zonelists(): positions, nearest first; the first of each group of equal distance gets load. */
static unsigned build_list(struct fallback *f, unsigned at, unsigned list[TOPO_NODES_MAX])
{
	bool used[TOPO_NODES_MAX] = { false };
	unsigned n = 0, prev = at;
	int next;

	while ((next = next_best(f, at, used)) >= 0) {
		used[next] = true;
		if (f->g->distance[at][next] != f->g->distance[at][prev])
			f->load[next]++;
		list[n++] = prev = (unsigned)next;
	}
	return n;
}

unsigned topo_guest_fallback(const struct topo_guest *g, unsigned nid, bool rebuilt, unsigned *order)
{
	struct fallback f = { .g = g, .rebuilt = rebuilt };
	unsigned list[TOPO_NODES_MAX];

	/* Lists are made in order of nid and earlier ones leave load behind: this one comes after those
	 * before it. */
	for (unsigned at = 0; at < g->nodes; at++) {
		unsigned n = build_list(&f, at, list);

		if (g->node[at].nid != nid)
			continue;
		for (unsigned i = 0; i < n; i++)
			order[i] = g->node[list[i]].nid;
		return n;
	}
	return 0;
}
