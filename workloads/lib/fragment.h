/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node whose free memory is in pieces, all smaller than 2 MiB, and that cheaply: the free blocks of 2 MiB are
 * reserved as huge pages but few; those become transparent huge pages of an area bound to the node, which are
 * split, and of each only some pages in its middle are kept. So `blocks` times 2 MiB are free but for a few movable
 * pages in each. These lie side by side: small pieces between them would soon be in the lists of the node's CPUs,
 * and their blocks with them broken for good. Guest only.
 *
 * FRAGMENT_KNOBS must be among the workload's knobs: huge pages on request and without compaction, watermarks
 * that leave no block free, and no compaction that comes by itself because memory is in pieces.
 */
#ifndef NUMARIG_WORKLOADS_LIB_FRAGMENT_H
#define NUMARIG_WORKLOADS_LIB_FRAGMENT_H

#include "workloads/lib/guest.h"

#define FRAGMENT_KNOBS "thp.enabled=madvise thp.defrag=never min_free_kbytes=2048 compaction.proactiveness=0"
#define FRAGMENT_MOST 64 /* blocks */
#define FRAGMENT_KEEP 64 /* most pages kept in each */

struct fragment {
	int nid;
	char *area;
	unsigned blocks, keep; /* blocks broken; pages kept in each */
};

/* keep: a power of two. BROKEN when the node's blocks are not so that they can be broken. */
void fragment_make(struct wl *w, struct fragment *f, int nid, unsigned blocks, unsigned keep);
/* The i-th page kept, from 0 to blocks * keep. */
char *fragment_page(const struct fragment *f, unsigned i);
/* The page frames of those kept. */
void fragment_pfns(struct wl *w, const struct fragment *f, uint64_t *pfn);
/* Those kept by node, as the metric; those whose content is gone or that are nowhere are on none. */
void fragment_place(struct wl *w, const struct fragment *f, const char *metric);

#endif
