/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/moves.h"

#include <errno.h>
#include <numaif.h>
#include <sys/mman.h>

static char *area(struct wl *w, int nid, size_t pages, int advice)
{
	char *at = wl_map(w, pages * PAGE);
	struct idset one = wl_one(nid);

	madvise(at, pages * PAGE, advice);
	wl_mbind(w, at, pages * PAGE, MPOL_BIND, &one, 0);
	moves_fill(at, pages);
	wl_mbind(w, at, pages * PAGE, MPOL_DEFAULT, NULL, 0);
	return at;
}

char *moves_area(struct wl *w, int nid, size_t pages)
{
	return area(w, nid, pages, MADV_NOHUGEPAGE);
}

char *moves_huge(struct wl *w, int nid)
{
	char *at = area(w, nid, MOVES_MAX, MADV_HUGEPAGE);
	uint64_t first = wl_pfn(w, at), last = wl_pfn(w, at + (MOVES_MAX - 1) * PAGE);

	if (!first || first % MOVES_MAX || last != first + MOVES_MAX - 1)
		wl_broken(w, "node %d gives no transparent huge page", nid);
	return at;
}

void moves_fill(char *at, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile uint64_t *)(at + i * PAGE) = ~i;
}

int64_t moves_intact(const char *at, size_t pages)
{
	int64_t n = 0;

	for (size_t i = 0; i < pages; i++)
		n += *(const volatile uint64_t *)(at + i * PAGE) == ~i;
	return n;
}

long moves_to(char *at, size_t pages, int nid, int status[])
{
	void *page[MOVES_MAX];
	int node[MOVES_MAX];
	long r;

	if (pages > MOVES_MAX)
		return -E2BIG;
	for (size_t i = 0; i < pages; i++) {
		page[i] = at + i * PAGE;
		node[i] = nid;
		status[i] = MOVES_UNWRITTEN;
	}
	r = move_pages(0, pages, page, node, status, MPOL_MF_MOVE);
	return r < 0 ? -errno : r;
}

int64_t moves_kept(const uint64_t *before, const uint64_t *after, size_t pages)
{
	int64_t n = 0;

	for (size_t i = 0; i < pages; i++)
		n += before[i] == after[i];
	return n;
}
