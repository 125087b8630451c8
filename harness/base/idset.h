/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A set of small ids (CPUs or nodes), and the kernel's text form of it: "0-3,8" (cpumap(7) "list format",
 * Documentation/admin-guide/cputopology.rst). Plain memory, nothing to free.
 */
#ifndef NUMARIG_BASE_IDSET_H
#define NUMARIG_BASE_IDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define IDSET_MAX 1024 /* MAX_NUMNODES and the CPUs of Debian's kernels fit (NODES_SHIFT=10) */

struct idset {
	uint64_t bits[IDSET_MAX / 64];
};

static inline bool idset_has(const struct idset *s, unsigned id)
{
	return id < IDSET_MAX && (s->bits[id / 64] >> (id % 64) & 1);
}

/* Ids from IDSET_MAX on are ignored. */
static inline void idset_add(struct idset *s, unsigned id)
{
	if (id < IDSET_MAX)
		s->bits[id / 64] |= 1ull << (id % 64);
}

unsigned idset_count(const struct idset *s);
bool idset_equal(const struct idset *a, const struct idset *b);
/* The lowest id >= from, or IDSET_MAX when there is none. */
unsigned idset_next(const struct idset *s, unsigned from);

#define idset_foreach(id, set) \
	for (unsigned id = idset_next(set, 0); id < IDSET_MAX; id = idset_next(set, id + 1))

/* Reads "0-3,8"; blank text is the empty set; a trailing newline is allowed. Anything else is -EINVAL, with the position. */
int idset_parse(struct idset *s, const char *text, struct err *err);
/*
 * Reads a mask in hexadecimal words of 32 bits, the highest first: "00000000,0000ffff" of the kernel (cpumap) or "0x1,0x0" of hwloc. A
 * trailing newline is allowed. Anything else is -EINVAL.
 */
int idset_parse_mask(struct idset *s, const char *text, struct err *err);
/* Writes the list format into buf (always ended by 0) and returns buf; the empty set is "". */
const char *idset_format(const struct idset *s, char *buf, size_t size);

#endif
