/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of a server's caches: turns accesses into line fills from memory, write-backs and transfers, by node. It knows
 * of physical addresses only and does no I/O; it is a model, and what shows its numbers says so.
 *
 * Each CPU has an L1i, an L1d and an L2 of its own, each node with CPUs one last-level cache (LLC) for its CPUs.
 * All are set-associative, indexed by physical address, with true LRU within a set, and write-allocate, write-back.
 *
 *   inclusive   What an L1 has its L2 has, what an L2 has its node's LLC has. What leaves a lower one leaves those above,
 *               so memory is met at the LLCs only. A hit in an upper cache does not refresh the lower ones.
 *   coherent    A line is writable for one CPU of the machine at a time (MESI). A store to a line that others have
 *               makes all of them drop it, LLCs of other nodes, too. A miss that finds the line dirty in another CPU's
 *               cache or another node's LLC is a transfer between caches and no fill; by a load or fetch, the line then
 *               is clean: written back to memory if that was another node's, kept dirty in the LLC if it was this node's.
 *               A clean line of another node is filled from memory. A store drops the CPU's own L1i copy as well.
 *   a miss      of an LLC is one fill from the line's node or one transfer from another node, never both.
 *
 * No prefetch, no speculation, no write-combining, no page walks, no TLB, no bandwidth and no queues. Order is the one in
 * which the accesses are given.
 *
 * Memory: 8 bytes a line of an L1 or L2, 16 of an LLC: caches_bytes(). More than CACHES_BYTES_MAX is refused.
 */
#ifndef NUMARIG_TRACE_CACHES_H
#define NUMARIG_TRACE_CACHES_H

#include <stdint.h>

#include "base/err.h"
#include "trace/caches_options.h"
#include "trace/caches_sizes.h"

struct caches;

/*
 * Empty caches for CPUs 0 to cpus - 1, CPU c on node cpu_node[c] of 0 to nodes - 1, of a geometry that caches_check()
 * took. Free with caches_free. -EINVAL for a node that is none, -EFBIG as
 * caches_fit(), -ENOMEM.
 */
int caches_new(const struct caches_geometry *g, unsigned nodes, unsigned cpus, const unsigned *cpu_node,
	       struct caches **out, struct err *err);
void caches_free(struct caches *c); /* NULL is fine */

/*
 * The CPU accesses [addr, addr + bytes), bytes > 0, all of it memory of node `home`: each line of it once, ascending. What
 * comes of it is added to *to.
 */
void caches_touch(struct caches *c, struct caches_count *to, unsigned cpu, enum caches_kind kind,
		  uint64_t addr, unsigned bytes, unsigned home);

#endif
