/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes' zones, by /proc/zoneinfo: the one reader of it. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_ZONES_H
#define NUMARIG_WORKLOADS_LIB_ZONES_H

#include <stdint.h>

#define ZONES_MOST 640 /* five of each of WL_NODES, those without pages as well */

struct wl;

struct zone { /* numbers are pages */
	int nid;
	char name[16];				   /* "DMA32" */
	int64_t free, listed;			   /* listed: in the lists of the CPUs */
	int64_t min, low, high;			   /* watermarks */
	uint64_t spanned, present, managed, start; /* start: first page frame; 0 for a zone without pages */
};

struct zones {
	unsigned n;
	struct zone v[ZONES_MOST];
};

/* All of them, also those without pages (present 0), in the file's order. BROKEN when there is none. */
void zones_read(struct wl *w, struct zones *out);
/* The node whose zones hold the page frame, or -1. */
int zones_nid(const struct zones *z, uint64_t pfn);

#endif
