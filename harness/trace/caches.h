/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model of a server's caches: from memory accesses it computes line fills from memory, write-backs and transfers between caches,
 * by node. It works on physical addresses and does no I/O. Its numbers are those of a model, and every report of them says so.
 *
 * Each CPU has an L1i, an L1d and an L2 of its own, each node with CPUs one last-level cache (LLC) for its CPUs.
 * All are set-associative, indexed by physical address, with true LRU within a set, and write-allocate, write-back.
 *
 *   inclusive   Every line of an L1 is in its L2, every line of an L2 in its node's LLC. A line that is evicted from a lower
 *               cache is evicted from those above it, so that only LLCs read and write memory. A hit in an upper cache does
 *               not change the LRU order of the lower ones.
 *   coherent    A line is writable for one CPU of the machine at a time (MESI). A store to a line that others have
 *               makes all of them drop it, LLCs of other nodes, too. A miss on a line that is dirty in another CPU's cache or
 *               another node's LLC is a transfer between caches and no fill. After a transfer for a load or fetch the line is
 *               clean: it is written back to memory when it came from another node, and stays dirty in the LLC when it came
 *               from this node. A line that is clean in another node is filled from memory. A store drops the CPU's own L1i
 *               copy, too.
 *   a miss      of an LLC is one fill from the line's node or one transfer from another node, never both.
 *
 * Not modelled: prefetching, speculation, write-combining, page walks, the TLB, bandwidth and queues. Accesses take effect in the
 * order in which they are given.
 *
 * Memory: 8 bytes for each line of an L1 or L2, 16 for each line of an LLC: caches_bytes(). More than CACHES_BYTES_MAX is an error.
 */
#ifndef NUMARIG_TRACE_CACHES_H
#define NUMARIG_TRACE_CACHES_H

#include <stdint.h>

#include "base/err.h"
#include "trace/caches_options.h"
#include "trace/caches_sizes.h"

struct caches;

/*
 * Makes empty caches for CPUs 0 to cpus - 1; CPU c is on node cpu_node[c], from 0 to nodes - 1. The geometry must have passed
 * caches_check(). Freed by caches_free(). -EINVAL: a node is out of range; -EFBIG: see caches_fit(); -ENOMEM.
 */
int caches_new(const struct caches_geometry *g, unsigned nodes, unsigned cpus, const unsigned *cpu_node,
	       struct caches **out, struct err *err);
void caches_free(struct caches *c); /* NULL is fine */

/*
 * The CPU accesses the bytes [addr, addr + bytes), bytes > 0, which are all memory of node `home`. Each of their lines is accessed
 * once, in ascending order. The counts are added to *to.
 */
void caches_touch(struct caches *c, struct caches_count *to, unsigned cpu, enum caches_kind kind,
		  uint64_t addr, unsigned bytes, unsigned home);

#endif
