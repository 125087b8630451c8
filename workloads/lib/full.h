/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes that are full, for the allocator: their free memory is below their zones' watermarks. Guest only.
 *
 * Reserving the free blocks of 2 MiB as huge pages leaves some MiB of fragments; min_free_kbytes is then
 * raised until every zone's watermarks are above them (a zone's share of it goes by its size) and above the
 * pages in per-CPU lists, which reclaim would give back. So not one more page comes from the node, none needs
 * to be touched to fill it, and a page freed there by chance changes nothing. While blocks are reserved the
 * watermarks are as they were.
 */
#ifndef NUMARIG_WORKLOADS_LIB_FULL_H
#define NUMARIG_WORKLOADS_LIB_FULL_H

#include "workloads/lib/guest.h"

struct full {
	int64_t min_free_kib; /* as found */
	int64_t total_kib;    /* all nodes' memory */
	unsigned percent;     /* of it, that is kept free now */
};

/* Fills one more node; *f starts zeroed. */
void full_add(struct wl *w, struct full *f, int nid);
/* Gives all huge pages back (of one node: wl_release) and leaves the watermarks as found. */
void full_end(struct wl *w, struct full *f);

#endif
