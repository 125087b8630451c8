/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address spaces, and what is counted in them. plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_SPACE_H
#define NUMARIG_PLUGIN_SPACE_H

#include "plugin/trace.h"

/* Makes address spaces be distinguished from now on. */
void space_watch(void);
/* The address space of a value of CR3; NULL when neither regions nor pages are counted in it. */
struct space *space_of(uint64_t cr3);
/* Adds a region to an address space (MARK_REGION); cr3 0: to every address space. */
void space_region(uint64_t cr3, const char *name, uint64_t from, uint64_t bytes);
/* Counts instructions of the CPU's block, or an access, for regions and pages. */
void space_insns(struct cpu *c, unsigned first, int sign);
void space_access(struct cpu *c, enum kind kind, enum mode mode, unsigned column, uint64_t at);
/* To be called for a store to a page: when the page is the root of a known page table, that address space is a new one. */
void space_stored(uint64_t physical);
void space_print(FILE *f);

#endif
