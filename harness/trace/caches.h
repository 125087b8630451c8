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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum caches_level { CACHES_L1I, CACHES_L1D, CACHES_L2, CACHES_LLC, CACHES_LEVELS };
enum caches_kind { CACHES_FETCH, CACHES_LOAD, CACHES_STORE, CACHES_KINDS };

#define CACHES_NODES_MAX 64
#define CACHES_BYTES_MAX (512ull << 20)

struct caches_geometry {
	uint64_t bytes[CACHES_LEVELS]; /* the L2's may be 0: there is none */
	uint64_t ways[CACHES_LEVELS];
	uint64_t line; /* bytes */
};

/* --- options: one row serves parser, range check, help and echo ------------------------------------------------ */
struct caches_option {
	const char *name;
	bool size; /* "1M" is understood; else a count */
	size_t offset;
	uint64_t def, min, max;
	const char *about;
};

extern const struct caches_option caches_options[]; /* ends with a NULL name */

/* An option's value. */
uint64_t caches_value(const struct caches_geometry *g, const struct caches_option *o);
/* The defaults. */
void caches_default(struct caches_geometry *g);
/* "l2=2M,llc_ways=8" over what *g has; "" and NULL change nothing. -EINVAL naming option, value and what would be right. */
int caches_parse(const char *text, struct caches_geometry *g, struct err *err);
/* Whether such caches can be: 0, or -EINVAL naming the option. caches_parse() ends with it. */
int caches_check(const struct caches_geometry *g, struct err *err);

/* --- counts: the caller's ------------------------------------------------------------------------------------------ */
struct caches_count {
	uint64_t access[CACHES_LEVELS], miss[CACHES_LEVELS]; /* lines looked for, not found */
	uint64_t dropped; /* CPUs whose own caches lost the line to another CPU's store */
	unsigned nodes;
	/* Lines, [of * nodes + with]: of the CPU's node, with ... */
	uint64_t *fill[CACHES_KINDS]; /* ... the memory's */
	uint64_t *writeback;	      /* ... the memory's; `of` is the cache's node, here alone */
	uint64_t *
		transfer; /* ... that of the cache where it was dirty; its own node: of another of its CPUs */
};

/* Owns its tables; the program ends when there is no memory for them. */
void caches_count_init(struct caches_count *n, unsigned nodes);
void caches_count_free(struct caches_count *n);
/* Bytes that one takes. */
uint64_t caches_count_bytes(unsigned nodes);

/* --- the model ----------------------------------------------------------------------------------------------------- */
struct caches;

/* Bytes of the host's memory that caches_new() takes, for `cpu_nodes` nodes with CPUs. */
uint64_t caches_bytes(const struct caches_geometry *g, unsigned cpus, unsigned cpu_nodes);
/* -EFBIG when that is more than CACHES_BYTES_MAX. */
int caches_fit(const struct caches_geometry *g, unsigned cpus, unsigned cpu_nodes, struct err *err);

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
