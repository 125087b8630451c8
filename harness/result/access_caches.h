/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cache model (trace/caches.h) left of one interval of the access trace: these lines of raw/NAME.access. Pure.
 *
 *	c u|k level L LINES MISSES		l1i, l1d, l2, llc: looked for there, and not found
 *	c u|k dropped N				CPUs whose own caches lost a line to another CPU's store
 *	c u|k lines NID NID F L S W T		fills by fetches, loads, stores; write-backs; transfers: see below
 */
#ifndef NUMARIG_RESULT_ACCESS_CACHES_H
#define NUMARIG_RESULT_ACCESS_CACHES_H

#include <stddef.h>
#include <stdint.h>

#include "wire/procfs_scan.h"

#define ACCESS_LEVELS 4
enum access_line {
	/* of the CPU's node, from memory of the other */
	ACCESS_FILL_FETCH,
	ACCESS_FILL_LOAD,
	ACCESS_FILL_STORE,
	ACCESS_WRITEBACK, /* of the cache's node, to memory of the other */
	ACCESS_TRANSFER,  /* to the CPU's node, from a cache of the other where it was dirty */
	ACCESS_LINES,
};

struct access_lines {
	int of, with; /* nids */
	uint64_t n[ACCESS_LINES];
};

struct access_caches {
	uint64_t lines[ACCESS_LEVELS], misses[ACCESS_LEVELS], dropped;
	struct access_lines *pair; /* as they stand in the file */
	size_t pairs;
};

/* Behind "c ": a line of programs ([1]) or of the kernel ([0]). */
bool access_caches_line(struct scan *s, struct access_caches modes[2]);
void access_caches_free(struct access_caches *c);

/* Lines filled, each times the weight of its nodes: [of * stride + with] by nid. */
uint64_t access_caches_weigh(const struct access_caches *c, const uint32_t *weight, unsigned stride);

#endif
