/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/zones.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "workloads/lib/tell.h"

/* A line of a zone's block (mm/vmstat.c, zoneinfo_show_print). The lists' "high:" has a colon, the watermark has none. */
static void zone_line(struct zone *z, const char *line)
{
	int64_t n;

	if (sscanf(line, " pages free %ld", &z->free) == 1 || sscanf(line, " min %ld", &z->min) == 1 ||
	    sscanf(line, " low %ld", &z->low) == 1 || sscanf(line, " high %ld", &z->high) == 1 ||
	    sscanf(line, " spanned %lu", &z->spanned) == 1 ||
	    sscanf(line, " present %lu", &z->present) == 1 ||
	    sscanf(line, " managed %lu", &z->managed) == 1 || sscanf(line, " start_pfn: %lu", &z->start) == 1)
		return;
	if (sscanf(line, " count: %ld", &n) == 1)
		z->listed += n;
}

void zones_read(struct wl *w, struct zones *out)
{
	auto_fclose FILE *f = fopen("/proc/zoneinfo", "re");
	struct zone z;
	char line[256];

	out->n = 0;
	while (f && fgets(line, sizeof(line), f)) {
		z = (struct zone){ .nid = -1 };
		if (sscanf(line, "Node %d, zone %15s", &z.nid, z.name) != 2) {
			if (out->n)
				zone_line(&out->v[out->n - 1], line);
			continue;
		}
		if (z.nid < 0 || z.nid >= WL_NODES || out->n == ZONES_MOST)
			wl_broken(w, "/proc/zoneinfo: zone %u of node %d", out->n, z.nid);
		out->v[out->n++] = z;
	}
	if (!out->n)
		wl_broken(w, "/proc/zoneinfo: has no zone");
}

int zones_nid(const struct zones *z, uint64_t pfn)
{
	for (const struct zone *a = z->v; a < z->v + z->n; a++)
		if (a->present && pfn >= a->start && pfn < a->start + a->spanned)
			return a->nid;
	return -1;
}
