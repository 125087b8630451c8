/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the cache model (caches.h) takes of memory, and its counters, which are the caller's. */
#ifndef NUMARIG_TRACE_CACHES_SIZES_H
#define NUMARIG_TRACE_CACHES_SIZES_H

#include <stdint.h>
#include "base/err.h"
#include "trace/caches_options.h"

enum caches_kind { CACHES_FETCH, CACHES_LOAD, CACHES_STORE, CACHES_KINDS };

#define CACHES_NODES_MAX 64
#define CACHES_BYTES_MAX (512ull << 20)

/* Bytes of the host's memory that caches_new() takes, for `cpu_nodes` nodes with CPUs. */
uint64_t caches_bytes(const struct caches_geometry *g, unsigned cpus, unsigned cpu_nodes);
/* -EFBIG when that is more than CACHES_BYTES_MAX. */
int caches_fit(const struct caches_geometry *g, unsigned cpus, unsigned cpu_nodes, struct err *err);

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

#endif
