/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/full.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "workloads/lib/buddy.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/zones.h"

#define MIN_FREE "/proc/sys/vm/min_free_kbytes"

/* How much of a zone of the node is free, per-CPU lists included; of the zone where it is most. */
static unsigned free_percent(struct wl *w, int nid)
{
	static struct zones zones;
	int64_t most = 0;

	zones_read(w, &zones);
	for (const struct zone *z = zones.v; z < zones.v + zones.n; z++) {
		int64_t percent = z->managed ? 100 * (z->free + z->listed) / (int64_t)z->managed : 0;

		most = z->nid == nid && percent > most ? percent : most;
	}
	return (unsigned)most;
}

void full_add(struct wl *w, struct full *f, int nid)
{
	unsigned percent;

	if (f->percent) {
		wl_write_number(w, MIN_FREE, f->min_free_kib);
	} else {
		f->min_free_kib = wl_read_number(w, MIN_FREE);
		idset_foreach (id, &w->mem_nodes) {
			f->total_kib += wl_node_meminfo(w, (int)id, "MemTotal");
		}
	}
	hugepool_set(w, nid, hugepool_get(w, nid) + buddy_blocks(w, nid, NULL));
	percent = 3 + free_percent(w, nid) * 5 / 4;
	if (percent > f->percent)
		f->percent = percent;
	wl_write_number(w, MIN_FREE, f->total_kib / 100 * f->percent);
}

void full_end(struct wl *w, struct full *f)
{
	idset_foreach (nid, &w->mem_nodes) {
		wl_release(w, (int)nid);
	}
	if (f->percent)
		wl_write_number(w, MIN_FREE, f->min_free_kib);
}
