/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/hugetlb.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static void path_of(struct wl *w, int nid, unsigned kb, const char *field, char *path, size_t size)
{
	if (nid < 0)
		snprintf(path, size, "/sys/kernel/mm/hugepages/hugepages-%ukB/%s", kb, field);
	else
		snprintf(path, size, "/sys/devices/system/node/node%d/hugepages/hugepages-%ukB/%s", nid, kb,
			 field);
	if (access(path, F_OK))
		wl_skip(w, "the kernel has no %s (CONFIG_HUGETLBFS, a CPU that has the size)", path);
}

int64_t hugetlb_get(struct wl *w, int nid, unsigned kb, const char *field)
{
	char path[128];

	path_of(w, nid, kb, field, path, sizeof(path));
	return wl_read_number(w, path);
}

int64_t hugetlb_set(struct wl *w, int nid, unsigned kb, int64_t pages)
{
	char path[128];

	path_of(w, nid, kb, "nr_hugepages", path, sizeof(path));
	wl_write_number(w, path, pages);
	return wl_read_number(w, path);
}

int64_t hugepool_get(struct wl *w, int nid)
{
	return hugetlb_get(w, nid, HUGETLB_2M, "nr_hugepages");
}

void hugepool_set(struct wl *w, int nid, int64_t pages)
{
	hugetlb_set(w, nid, HUGETLB_2M, pages);
}

void hugepool_add(struct wl *w, int nid, int64_t more)
{
	hugepool_set(w, nid, hugepool_get(w, nid) + more);
}

void hugetlb_report(struct wl *w, const char *metric, unsigned kb, const char *field)
{
	idset_foreach (nid, &w->mem_nodes) {
		wl_value(w, metric, (int)nid, hugetlb_get(w, (int)nid, kb, field));
	}
}

void *hugetlb_map(unsigned pages, int flags)
{
	void *p = mmap(NULL, pages * HUGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | flags, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void wl_fill(struct wl *w, int nid, unsigned leave_mib)
{
	int64_t free_mib = wl_node_meminfo(w, nid, "MemFree") / 1024, have = hugepool_get(w, nid);
	int64_t more = (free_mib - (int64_t)leave_mib) / 2;

	if (more > 0)
		hugepool_set(w, nid, have + more);
	/* fragments may be left that give no huge page: they count as free, which the caller's check must allow for */
}

void wl_release(struct wl *w, int nid)
{
	hugepool_set(w, nid, 0);
}
