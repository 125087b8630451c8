/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The counters of named regions of memory. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_REGION_H
#define NUMARIG_PLUGIN_REGION_H

#include "plugin/trace.h"

/* The index of the region of that name, which is added when it is new; TRACE_REGIONS when the table is full. */
unsigned region_find(const char *name);
/* The counts of a region in the current interval for the CPU's node, a mode and a kind: an array over the memory's nodes. */
uint64_t *region_row(unsigned region, const struct cpu *c, enum mode mode, enum kind kind);
/* The number of regions. */
unsigned region_count(void);
/* Adds the current interval's counts of a region to *to, which is allocated when NULL, and clears them. */
void region_flush(unsigned region, uint64_t **to);
/* Prints such counts. */
void region_print(FILE *f, unsigned region, const uint64_t *n);

#endif
