/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import_ids.h"

#include <errno.h>
#include <stdlib.h>

#include "base/auto.h"

/* Linux shows no distance of a node that is offline, but QEMU wants one: the largest that there is. */
static unsigned farthest(const struct machine *m)
{
	unsigned most = 20;

	for (unsigned i = 0; i < m->nodes; i++)
		for (unsigned j = 0; j < m->nodes; j++)
			most = m->distance[i][j] > most ? m->distance[i][j] : most;
	return most;
}

static void distances_spread(const struct machine *old, const int *at, unsigned n, struct machine *m)
{
	unsigned far = farthest(old);

	for (unsigned from = 0; from < n; from++)
		for (unsigned to = 0; to < n; to++)
			m->distance[from][to] = at[from] >= 0 && at[to] >= 0 ? old->distance[at[from]][at[to]]
						: from == to		     ? 10
									     : far;
}

int ids_keep(struct machine *m, struct text *notes, struct err *err)
{
	auto_free struct machine *old = xcalloc(1, sizeof(*old));
	struct idset online = { 0 }, offline = { 0 };
	int at[TOPO_NODES_MAX];
	char ids[512];
	unsigned n = 0;

	*old = *m;
	for (unsigned id = 0; id < TOPO_NODES_MAX; id++)
		at[id] = -1;
	for (unsigned i = 0; i < old->nodes; i++) {
		unsigned id = old->node[i].id;

		if (id >= TOPO_NODES_MAX)
			return err_set(err, -E2BIG, "node %u: --keep-ids takes ids up to %d", id,
				       TOPO_NODES_MAX - 1);
		at[id] = (int)i;
		n = id >= n ? id + 1 : n;
	}
	for (unsigned id = 0; id < n; id++) {
		struct machine_node *node = &m->node[id];

		*node = at[id] < 0 ? (struct machine_node){ .id = id, .empty = TOPO_EMPTY_OFFLINE }
				   : old->node[at[id]];
		if (at[id] >= 0 && !idset_count(&node->cpus) && !node->mem_bytes && !node->mem_unknown)
			node->empty = TOPO_EMPTY_ONLINE;
		if (node->empty)
			idset_add(at[id] < 0 ? &offline : &online, id);
	}
	m->nodes = n;
	distances_spread(old, at, n, m);
	if (idset_count(&online))
		text_printf(notes, "; empty: nodes %s", idset_format(&online, ids, sizeof(ids)));
	if (idset_count(&offline))
		text_printf(notes, "; gaps: nodes %s", idset_format(&offline, ids, sizeof(ids)));
	return 0;
}
