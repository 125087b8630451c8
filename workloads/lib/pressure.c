/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/pressure.h"

#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "workloads/lib/buddy.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/zones.h"

#define MIN_FREE "/proc/sys/vm/min_free_kbytes"
#define PCP_FRACTION "/proc/sys/vm/percpu_pagelist_high_fraction"
#define LIST_BATCHES 5 /* what such a list holds, and one more */

/* --- counters ------------------------------------------------------------------------------------------------------- */
void zone_marks_read(struct wl *w, int nid, bool empty_ones, struct zone_marks *m)
{
	static struct zones zones;

	zones_read(w, &zones);
	*m = (struct zone_marks){ 0 };
	for (const struct zone *z = zones.v; z < zones.v + zones.n; z++) {
		if (z->nid != nid || (!z->managed && !empty_ones))
			continue;
		m->zones++;
		m->dma |= !strcmp(z->name, "DMA");
		m->dma32 |= !strcmp(z->name, "DMA32");
		m->normal |= !strcmp(z->name, "Normal");
		m->movable |= !strcmp(z->name, "Movable");
		m->managed = (int64_t)z->managed;
		m->managed_sum += m->managed;
		m->min = z->min;
		m->low = z->low;
		m->high = z->high;
		m->disorders += !(0 < z->min && z->min < z->low && z->low < z->high);
	}
}

/* --- pressure ----------------------------------------------------------------------------------------------------------- */
int pressure_node(struct wl *w)
{
	struct zone_marks m;
	int best = -1;

	idset_foreach (nid, &w->mem_nodes) {
		zone_marks_read(w, (int)nid, false, &m);
		if (m.zones == 1)
			best = (int)nid;
	}
	if (best < 0)
		wl_skip(w, "needs a node whose memory is all in one zone");
	return best;
}

int64_t pressure_free(const struct pressure *p)
{
	return wl_node_meminfo(p->w, p->nid, "MemFree") / 4;
}

void pressure_touch(struct pressure *p, size_t pages)
{
	if (p->next + pages > p->pages)
		wl_broken(p->w, "the area's %zu pages are not enough", p->pages);
	wl_touch(p->area + p->next * PAGE, pages * PAGE, 1);
	p->next += pages;
}

void pressure_down(struct pressure *p, int64_t free_pages)
{
	int64_t over;

	/* the counter moves by what per-CPU lists take at a time */
	while ((over = pressure_free(p) - free_pages) > 0)
		pressure_touch(p, over > 512 ? (size_t)over - 256 : 8);
}

/* A hole of a file, read: its pages are clean, and nobody has mapped them. */
static void cache(struct pressure *p, size_t pages)
{
	auto_close int fd = open(PRESSURE_CACHE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct idset one = wl_one(p->nid);
	static char buf[64 * PAGE];

	if (fd < 0 || ftruncate(fd, (off_t)(pages * PAGE)))
		wl_broken(p->w, "%s: %s", PRESSURE_CACHE, strerror(errno));
	wl_mempolicy(p->w, MPOL_BIND, &one);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	wl_mempolicy(p->w, MPOL_DEFAULT, NULL);
}

/*
 * Per-CPU lists are 252 pages then, the least there is: by default they hoard half of a low watermark each, and take as
 * much at a time. One that is longer when this is set goes back to its zone when pages are freed, by less than its
 * length each (mm/page_alloc.c, nr_pcp_free): there would be free memory in the middle of a measurement. So would it when the
 * lists that CPUs of other nodes have go back by themselves, some seconds after their last use (mm/vmstat.c,
 * refresh_cpu_vm_stats): hence they are drained. Nobody but the workload allocates from the node later on.
 */
static void shorten_lists(struct pressure *p)
{
	struct idset one = wl_one(p->nid);
	size_t bytes = 32 * PAGE;
	char *area = wl_map(p->w, bytes);
	cpu_set_t found;

	wl_write_number(p->w, PCP_FRACTION, 1000000);
	sched_getaffinity(0, sizeof(found), &found);
	wl_mbind(p->w, area, bytes, MPOL_BIND, &one, 0);
	idset_foreach (nid, &p->w->cpu_nodes) {
		idset_foreach (cpu, &p->w->cpus[nid]) {
			wl_pin_cpu(p->w, cpu);
			wl_touch(area, bytes, 1);
			madvise(area, bytes, MADV_DONTNEED);
			buddy_drain(p->w, p->nid, LIST_BATCHES);
		}
	}
	sched_setaffinity(0, sizeof(found), &found);
	wl_unmap(area, bytes);
}

/* The node's min is four gaps: low and high are a quarter of it above (mm/page_alloc.c, __setup_per_zone_wmarks). */
static void spread_marks(struct pressure *p)
{
	int64_t total = 0, gap;

	idset_foreach (nid, &p->w->mem_nodes) {
		struct zone_marks m;

		zone_marks_read(p->w, (int)nid, false, &m);
		total += m.managed_sum;
	}
	zone_marks_read(p->w, p->nid, false, &p->marks);
	gap = p->marks.managed * 10 / 10000;
	gap = gap < 512 ? 512 : gap;
	/* a zone's share goes by its size */
	wl_write_number(p->w, MIN_FREE, 4 * (4 * gap) * total / p->marks.managed + 4);
	zone_marks_read(p->w, p->nid, false, &p->marks);
}

void pressure_start(struct wl *w, struct pressure *p, int nid, unsigned cached, int64_t above_low,
		    unsigned room)
{
	struct idset one = wl_one(nid);
	int64_t over, gap;

	*p = (struct pressure){ .w = w, .nid = nid };
	shorten_lists(p);
	spread_marks(p);
	gap = p->marks.high - p->marks.low;
	cache(p, cached * (size_t)gap);
	/* so many that reserving them needs no slow path: it wants one free block beyond the watermark */
	over = pressure_free(p) - p->marks.low - above_low - 2 * (HUGE / PAGE);
	if (over > 0)
		hugepool_set(p->w, p->nid, over / (HUGE / PAGE));
	over = pressure_free(p) - p->marks.low - above_low;
	p->pages = room * (size_t)gap + (size_t)(over > 0 ? over + 256 : 0);
	p->area = wl_map(w, p->pages * PAGE);
	wl_mbind(w, p->area, p->pages * PAGE, MPOL_BIND, &one, 0);
	for (size_t at = 0; at < p->pages; at += HUGE / PAGE)
		wl_touch(p->area + at * PAGE, PAGE, 1);
	pressure_down(p, p->marks.low + above_low);
}

void pressure_drop(struct pressure *p)
{
	madvise(p->area, p->next * PAGE, MADV_DONTNEED);
	p->next = 0;
}
