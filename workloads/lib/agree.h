/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel tells in three ways on which node a page lies: numa_maps counts by page tables, move_pages(2) asks for
 * each page, pagemap gives its frame, which lies in one node's zones. Guest only.
 */
#ifndef NUMARIG_WORKLOADS_LIB_AGREE_H
#define NUMARIG_WORKLOADS_LIB_AGREE_H

#include "workloads/lib/guest.h"

/*
 * Compares the three over every small-page mapping of this process, which must be alone at it, and notes for the judge
 * of how many pages they tell the same and of how many not (harness/judge/sound.c).
 */
void wl_agree(struct wl *w);

#endif
