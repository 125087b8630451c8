/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node's own CMA area (kernel argument cma_pernuma=), through CONFIG_CMA_DEBUGFS. Guest only; what goes wrong ends the
 * workload as BROKEN, a kernel without such areas as SKIP.
 */
#ifndef NUMARIG_WORKLOADS_LIB_CMA_H
#define NUMARIG_WORKLOADS_LIB_CMA_H

#include "workloads/lib/guest.h"

/* What cma_area and cma_pernuma are booted with: one line, one snapshot for both. */
#define CMA_BOOT "cma_pernuma=4M"
#define CMA_CONFIG "CONFIG_CMA CONFIG_CMA_DEBUGFS CONFIG_DMA_NUMA_CMA"

struct cma {
	int nid;
	uint64_t first, pages; /* page frames */
};

void cma_open(struct wl *w, struct cma *c, int nid);
/* Pages of it that are allocated. */
uint64_t cma_used(struct wl *w, const struct cma *c);
/* Allocates that many in one piece; false when there is no such piece, or what lies there can't be moved. */
bool cma_take(struct wl *w, const struct cma *c, uint64_t pages);
/* Gives back what cma_take took. */
void cma_give(struct wl *w, const struct cma *c, uint64_t pages);
/* How many of the pages from p on lie inside. */
uint64_t cma_inside(struct wl *w, const struct cma *c, const void *p, size_t pages);

#endif
