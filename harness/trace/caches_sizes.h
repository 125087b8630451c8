/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory that the cache model (caches.h) needs, and its counters, which the caller owns. */
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
/* 0, or -EFBIG when caches_bytes() is more than CACHES_BYTES_MAX. */
int caches_fit(const struct caches_geometry *g, unsigned cpus, unsigned cpu_nodes, struct err *err);

struct caches_count {
	uint64_t access[CACHES_LEVELS], miss[CACHES_LEVELS]; /* lines looked up, and not found */
	uint64_t dropped; /* how often a CPU's own caches dropped a line because another CPU stored to it */
	unsigned nodes;
	/* numbers of lines, at [of * nodes + with] */
	uint64_t *fill[CACHES_KINDS]; /* of: the CPU's node; with: the memory's node */
	uint64_t *writeback;	      /* of: the cache's node; with: the memory's node */
	uint64_t *
		transfer; /* of: the CPU's node; with: the node in whose caches the line was dirty (may be the same) */
};

/* Makes tables of zeroes, freed by caches_count_free(). The program is aborted when there is no memory for them. */
void caches_count_init(struct caches_count *n, unsigned nodes);
void caches_count_free(struct caches_count *n);

#endif
