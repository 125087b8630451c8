/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node whose free memory is brought near its watermarks, page by page, with clean page cache on it that
 * reclaim can take, and per-CPU lists as short as they can be. Guest only.
 *
 * Only for a node whose memory is all in one zone: there nodeN/meminfo's MemFree is the very counter that the allocator
 * compares with the watermarks (mm/page_alloc.c, zone_watermark_fast).
 */
#ifndef NUMARIG_WORKLOADS_LIB_PRESSURE_H
#define NUMARIG_WORKLOADS_LIB_PRESSURE_H

#include "workloads/lib/guest.h"

#define PRESSURE_CACHE "/ext4/numarig-cache"

struct zone_marks {
	unsigned zones; /* with pages; the numbers are those of the last */
	int64_t managed, min, low, high;
	int64_t managed_sum;		  /* of all */
	unsigned disorders;		  /* of zones with pages, not min < low < high */
	bool dma, dma32, normal, movable; /* there are pages in it */
};

struct pressure {
	struct wl *w;
	int nid;
	struct zone_marks marks; /* at least 512 pages apart */
	char *area;		 /* private, bound to the node, its page tables there already */
	size_t pages, next;	 /* those before next have been touched */
};

void zone_marks_read(struct wl *w, int nid, bool empty_ones, struct zone_marks *m);
/* The last node with memory that has it in one zone; SKIP when there is none. */
int pressure_node(struct wl *w);
/*
 * Moves the watermarks to where a per-CPU list's refill does not cross two of them at a time: by at least 512 pages, no
 * more than the node's size makes it (watermark_scale_factor). In such gaps, from low to high, the rest is counted:
 * `cached` gaps of clean page cache are brought to the node. Huge pages are reserved and the area touched until
 * free pages are at most above_low above low. The area has `room` gaps more to touch.
 */
void pressure_start(struct wl *w, struct pressure *p, int nid, unsigned cached, int64_t above_low,
		    unsigned room);
void pressure_touch(struct pressure *p, size_t pages);
/* Touches until at most so many pages are free. */
void pressure_down(struct pressure *p, int64_t free_pages);
/* Gives back what was touched. */
void pressure_drop(struct pressure *p);
int64_t pressure_free(const struct pressure *p); /* pages */

#endif
