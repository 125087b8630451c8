/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/fragment.h"

#include <errno.h>
#include <inttypes.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/lib/buddy.h"
#include "workloads/lib/hugetlb.h"

#define LIST_FRACTION "/proc/sys/vm/percpu_pagelist_high_fraction"
#define ROUNDS 3
#define BATCHES 5  /* the least a list may hold is four */
#define FIRST 256u /* of a block, that is kept */

/* Whether the page at p and the one behind it are of one huge page. */
static bool is_huge(struct wl *w, const char *p)
{
	uint64_t pfn[2];

	wl_page_pfns(w, p, 2, pfn);
	return pfn[0] && pfn[0] % HUGE_PAGES == 0 && pfn[1] == pfn[0] + 1;
}

/*
 * Takes a block as a huge page and breaks it; false when there is none to be had.
 *
 * Advice for a part of a huge page splits it (madvise_cold_or_pageout_pte_range). 6.12 then looks through each
 * small page whether it is all zeroes: written, it is done at the first word.
 */
static bool break_block(struct wl *w, char *block, unsigned keep)
{
	char *first = block + FIRST * PAGE, *behind = first + keep * PAGE;

	*(volatile uint64_t *)block = 1;
	if (!is_huge(w, block)) {
		madvise(block, HUGE, MADV_DONTNEED);
		return false;
	}
	wl_touch(block, HUGE, ~0ull);
	if (madvise(block, PAGE, MADV_COLD))
		wl_broken(w, "MADV_COLD: %s", strerror(errno));
	for (unsigned i = 0; i < keep; i++)
		*(volatile uint64_t *)(first + i * PAGE) = i + 1;
	if (madvise(block, FIRST * PAGE, MADV_DONTNEED) ||
	    madvise(behind, (size_t)(block + HUGE - behind), MADV_DONTNEED))
		wl_broken(w, "MADV_DONTNEED: %s", strerror(errno));
	return true;
}

/*
 * Pages kept may still be in a batch on their way to a list of the LRU; one that is mlocked while it is there is
 * not seen to be unevictable later on (__mlock_folio), and is compacted all the same. move_pages(2) empties all
 * batches first (lru_cache_disable), also when it moves nothing.
 */
static void empty_batches(struct wl *w, const struct fragment *f)
{
	void *at = fragment_page(f, 0);
	int status;

	if (move_pages(0, 1, &at, &f->nid, &status, MPOL_MF_MOVE))
		wl_broken(w, "move_pages: %s", strerror(errno));
}

void fragment_make(struct wl *w, struct fragment *f, int nid, unsigned blocks, unsigned keep)
{
	struct idset one = wl_one(nid);
	int64_t room;

	buddy_drain(w, nid, BATCHES);
	room = buddy_blocks(w, nid, NULL);
	*f = (struct fragment){ .nid = nid, .keep = keep };
	if (room < blocks)
		wl_broken(w, "node %d has %" PRId64 " free blocks of 2 MiB, %u are wanted", nid, room,
			  blocks);
	hugepool_add(w, nid, room - blocks);
	/* since 6.7 a CPU's list of free pages may grow to some MiB, which no compaction sees: the least there is */
	int64_t fraction = wl_read_number(w, LIST_FRACTION);
	wl_write_number(w, LIST_FRACTION, 1000000);
	f->area = wl_map(w, FRAGMENT_MOST * HUGE);
	madvise(f->area, FRAGMENT_MOST * HUGE, MADV_HUGEPAGE);
	wl_mbind(w, f->area, FRAGMENT_MOST * HUGE, MPOL_BIND, &one, 0);
	/*
	 * Each is broken at once: its pieces stand in for blocks that watermarks would keep whole. What lists give back
	 * may be part of another one.
	 */
	for (unsigned round = 0; round < ROUNDS; round++) {
		while (f->blocks < FRAGMENT_MOST && buddy_blocks(w, nid, NULL) &&
		       break_block(w, f->area + f->blocks * HUGE, keep))
			f->blocks++;
		buddy_drain(w, nid, BATCHES);
		if (!buddy_blocks(w, nid, NULL))
			break;
	}
	madvise(f->area, FRAGMENT_MOST * HUGE, MADV_NOHUGEPAGE);
	if (!f->blocks)
		wl_broken(w, "node %d gave no huge page to break", nid);
	empty_batches(w, f);
	wl_write_number(w, LIST_FRACTION, fraction);
}

char *fragment_page(const struct fragment *f, unsigned i)
{
	return f->area + (size_t)(i / f->keep) * HUGE + (FIRST + i % f->keep) * PAGE;
}

void fragment_pfns(struct wl *w, const struct fragment *f, uint64_t *pfn)
{
	for (unsigned i = 0; i < f->blocks * f->keep; i++)
		pfn[i] = wl_pfn(w, fragment_page(f, i));
}

void fragment_place(struct wl *w, const struct fragment *f, const char *metric)
{
	void *at[FRAGMENT_MOST * FRAGMENT_KEEP];
	int status[FRAGMENT_MOST * FRAGMENT_KEEP];
	unsigned n = f->blocks * f->keep;
	int64_t count[WL_NODES] = { 0 };

	for (unsigned i = 0; i < n; i++)
		at[i] = fragment_page(f, i);
	if (move_pages(0, n, at, NULL, status, 0))
		wl_broken(w, "move_pages: %s", strerror(errno));
	for (unsigned i = 0; i < n; i++)
		if (status[i] >= 0 && status[i] < WL_NODES && *(volatile uint64_t *)at[i] == i % f->keep + 1)
			count[status[i]]++;
	idset_foreach (nid, &w->mem_nodes) {
		wl_value(w, metric, (int)nid, count[nid]);
	}
}
