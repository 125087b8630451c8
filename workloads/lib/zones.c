/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/zones.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "workloads/lib/tell.h"

/*
 * The lines of a zone's block (mm/vmstat.c, zoneinfo_show_print). The lists' "high:" has a colon, the watermark has
 * none. By hand and not by sscanf(3): a guest of four nodes has 400 such lines, and each costs emulated instructions.
 */
static const struct {
	const char *word;
	unsigned length;
	size_t at;
} fields[] = {
#define FIELD(word, field)                                           \
	{                                                            \
		word, sizeof(word) - 1, offsetof(struct zone, field) \
	}
	FIELD("pages free ", free), FIELD("min ", min),		 FIELD("low ", low),
	FIELD("high ", high),	    FIELD("spanned ", spanned),	 FIELD("present ", present),
	FIELD("managed ", managed), FIELD("start_pfn: ", start),
#undef FIELD
};

static void zone_line(struct zone *z, const char *line)
{
	const char *p = line + strspn(line, " ");

	if (strncmp(p, "count: ", 7) == 0)
		z->listed += strtol(p + 7, NULL, 10);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (*p == *fields[i].word && strncmp(p, fields[i].word, fields[i].length) == 0)
			*(int64_t *)((char *)z + fields[i].at) = strtol(p + fields[i].length, NULL, 10);
}

void zones_read(struct wl *w, struct zones *out)
{
	auto_fclose FILE *f = fopen("/proc/zoneinfo", "re");
	struct zone z;
	char line[256];

	out->n = 0;
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "Node ", 5) != 0) {
			if (out->n)
				zone_line(&out->v[out->n - 1], line);
			continue;
		}
		z = (struct zone){ .nid = -1 };
		if (sscanf(line, "Node %d, zone %15s", &z.nid, z.name) != 2 || z.nid < 0 ||
		    z.nid >= WL_NODES || out->n == ZONES_MOST)
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
