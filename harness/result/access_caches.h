/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache model's counts (trace/caches.h) of one interval of the access trace; they are these lines of raw/NAME.access. Pure.
 *
 *	c u|k level L LINES MISSES		L is l1i, l1d, l2 or llc; lines looked up there, and not found
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
	/* a CPU of node `of` fills a line from memory of node `with` */
	ACCESS_FILL_FETCH,
	ACCESS_FILL_LOAD,
	ACCESS_FILL_STORE,
	ACCESS_WRITEBACK, /* a cache of node `of` writes a line back to memory of node `with` */
	ACCESS_TRANSFER,  /* a CPU of node `of` gets a line that is dirty in a cache of node `with` */
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

/* Reads the rest of a line after "c " and adds it to modes[1] (programs) or modes[0] (kernel). False: the line is malformed. */
bool access_caches_line(struct scan *s, struct access_caches modes[2]);
void access_caches_free(struct access_caches *c);

/* The sum of all lines filled, each times weight[of * stride + with], by nid. */
uint64_t access_caches_weigh(const struct access_caches *c, const uint32_t *weight, unsigned stride);

#endif
