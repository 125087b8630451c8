/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/zones.h"

#include <stdio.h>

#include "base/auto.h"

/* start_pfn is the last line of a populated zone's block (mm/vmstat.c, zoneinfo_show_print). */
unsigned zones_read(struct wl *w, struct zone_span *zone, unsigned max)
{
	auto_fclose FILE *f = fopen("/proc/zoneinfo", "re");
	struct zone_span z = { .nid = -1 };
	unsigned n = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Node %d, zone", &z.nid) == 1 ||
		    sscanf(line, " spanned %lu", &z.spanned) == 1 ||
		    sscanf(line, " present %lu", &z.present) == 1 ||
		    sscanf(line, " start_pfn: %lu", &z.start) != 1)
			continue;
		if (z.nid < 0 || z.nid >= WL_NODES || n == max)
			wl_broken(w, "/proc/zoneinfo: zone %u of node %d", n, z.nid);
		if (z.present)
			zone[n++] = z;
	}
	if (!n)
		wl_broken(w, "/proc/zoneinfo: has no zone with pages");
	return n;
}
