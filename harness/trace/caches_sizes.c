/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/caches_sizes.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"

uint64_t caches_bytes(const struct caches_geometry *g, unsigned cpus, unsigned cpu_nodes)
{
	uint64_t own = 0;

	for (unsigned i = 0; i < CACHES_LLC; i++)
		own += g->bytes[i] / g->line * 8;
	return own * cpus + g->bytes[CACHES_LLC] / g->line * 16 * cpu_nodes;
}

int caches_fit(const struct caches_geometry *g, unsigned cpus, unsigned cpu_nodes, struct err *err)
{
	uint64_t bytes = caches_bytes(g, cpus, cpu_nodes);

	if (bytes <= CACHES_BYTES_MAX)
		return 0;
	return err_set(
		err, -EFBIG,
		"caches of %u CPUs on %u nodes take %" PRIu64
		" MiB of this machine's memory, and %llu are the most: make them smaller, or their lines longer",
		cpus, cpu_nodes, (bytes + (1u << 20) - 1) >> 20, CACHES_BYTES_MAX >> 20);
}

/* One piece of memory, the first table's. */
void caches_count_init(struct caches_count *n, unsigned nodes)
{
	size_t cells = (size_t)nodes * nodes;
	uint64_t *all = xcalloc(CACHES_KINDS + 2, cells * sizeof(*all));

	*n = (struct caches_count){ .nodes = nodes };
	for (unsigned i = 0; i < CACHES_KINDS; i++)
		n->fill[i] = all + i * cells;
	n->writeback = all + CACHES_KINDS * cells;
	n->transfer = n->writeback + cells;
}

void caches_count_free(struct caches_count *n)
{
	free(n->fill[0]);
	*n = (struct caches_count){ 0 };
}
