/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/attest_map.h"

#include <errno.h>
#include <inttypes.h>

#include "topo/layout.h"

#define NO_SLOT TOPO_NODES_MAX

static void claim(struct attest *a, unsigned slot, struct topo_guest_node *n)
{
	n->slot = slot;
	a->g->nid[slot] = n->nid;
	a->of[slot] = n;
}

/* A node with CPUs is known by its first CPU; that it has the others, and only those, is compared here as
 * well. */
static int map_by_cpus(struct attest *a, unsigned slot, struct err *err)
{
	char is[128], want[128];
	const struct idset *cpus = &a->t->node[slot].cpu_ids;
	unsigned first = idset_next(cpus, 0);

	idset_format(cpus, want, sizeof(want));
	for (unsigned at = 0; at < a->g->nodes; at++) {
		struct topo_guest_node *n = &a->g->node[at];

		if (!idset_has(&n->cpus, first))
			continue;
		if (!idset_equal(&n->cpus, cpus))
			return err_set(err, -ENODEV,
				       "CPUs of node %u: the file says %s, the guest shows %s (nid %u)", slot,
				       want, idset_format(&n->cpus, is, sizeof(is)), n->nid);
		claim(a, slot, n);
		return 0;
	}
	return err_set(err, -ENODEV, "CPUs of node %u: the file says %s, the guest shows CPU %u on no node",
		       slot, want, first);
}

static int map_by_memory(struct attest *a, unsigned slot, struct err *err)
{
	struct layout_pages p;

	layout_pages(a->t, slot, false, &p);
	for (unsigned at = 0; at < a->g->nodes; at++) {
		struct topo_guest_node *n = &a->g->node[at];

		if (!n->present_pages || n->start_pfn != p.start)
			continue;
		if (idset_count(&n->cpus)) {
			char is[128];

			return err_set(err, -ENODEV,
				       "CPUs of node %u: the file says none, the guest shows %s (nid %u)",
				       slot, idset_format(&n->cpus, is, sizeof(is)), n->nid);
		}
		claim(a, slot, n);
		return 0;
	}
	return err_set(err, -ENODEV,
		       "node %u: the file says memory from page %" PRIu64
		       ", the guest shows no node that starts there",
		       slot, p.start);
}

/* Empty nodes, in order: an online one is a node that shows nothing, another is possible and not online. */
static int map_empty(struct attest *a, unsigned slot, unsigned *from, struct err *err)
{
	bool online = a->t->node[slot].empty == TOPO_EMPTY_ONLINE;

	for (unsigned nid = idset_next(&a->g->possible, *from); nid < IDSET_MAX;
	     nid = idset_next(&a->g->possible, nid + 1)) {
		struct topo_guest_node *n = NULL;

		for (unsigned at = 0; at < a->g->nodes; at++)
			if (a->g->node[at].nid == nid)
				n = &a->g->node[at];
		if (online ? !n || n->present_pages || idset_count(&n->cpus) : n != NULL)
			continue;
		*from = nid + 1;
		a->g->nid[slot] = nid;
		if (n)
			claim(a, slot, n);
		return 0;
	}
	return err_set(err, -ENODEV, "node %u: the file says empty and %s, the guest shows no such node",
		       slot, online ? "online" : "offline");
}

static int map_empties(struct attest *a, unsigned *offline, struct err *err)
{
	unsigned from[] = { 0, 0 };

	for (unsigned slot = 0; slot < a->t->nodes; slot++) {
		enum topo_empty e = a->t->node[slot].empty;

		if (e && map_empty(a, slot, &from[e == TOPO_EMPTY_ONLINE], err))
			return err->code;
		*offline += e == TOPO_EMPTY_OFFLINE;
	}
	return 0;
}

int attest_map(struct attest *a, struct err *err)
{
	unsigned offline = 0;
	char online[128];

	for (unsigned at = 0; at < a->g->nodes; at++)
		a->g->node[at].slot = NO_SLOT;
	a->g->slots = a->t->nodes;
	for (unsigned slot = 0; slot < a->t->nodes; slot++)
		if (a->t->node[slot].cpus && map_by_cpus(a, slot, err))
			return err->code;
	for (unsigned slot = 0; slot < a->t->nodes; slot++)
		if (!a->t->node[slot].cpus && !a->t->node[slot].empty && map_by_memory(a, slot, err))
			return err->code;
	if (map_empties(a, &offline, err))
		return err->code;
	if (a->g->nodes != a->t->nodes - offline)
		return err_set(err, -ENODEV, "nodes: the file says %u, the guest shows %u online (%s)",
			       a->t->nodes - offline, a->g->nodes,
			       idset_format(&a->g->online, online, sizeof(online)));
	return 0;
}
