/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the buddy allocator has free, by /proc/buddyinfo: a number for each order. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_BUDDY_H
#define NUMARIG_WORKLOADS_LIB_BUDDY_H

#include "workloads/lib/guest.h"

/* Free blocks of 2 MiB on the node in the zone ("DMA32"; NULL: in all); a greater one is as many as it holds. */
int64_t buddy_blocks(struct wl *w, int nid, const char *zone);

/*
 * Free pages wait in lists of the CPUs that freed them, where they are no part of a block. A CPU's lists of other
 * nodes' pages are given back, a batch at the third look of vmstat's at a list that has changed
 * (refresh_cpu_vm_stats): this sees to it that so many batches of the node's are, from the CPU this runs on. So
 * what frees pages of a node, or compacts it, should be pinned to a CPU of another.
 */
void buddy_drain(struct wl *w, int nid, unsigned batches);

#endif
