/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the nodes' zones lie, by /proc/zoneinfo. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_ZONES_H
#define NUMARIG_WORKLOADS_LIB_ZONES_H

#include "workloads/lib/guest.h"

struct zone_span {
	int nid;
	uint64_t start, spanned, present; /* page frames */
};

/* Those that have pages; how many there are. BROKEN when they are more than max. */
unsigned zones_read(struct wl *w, struct zone_span *zone, unsigned max);

#endif
