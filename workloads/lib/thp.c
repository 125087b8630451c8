/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/thp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *path_of(const char *knob, char *path, size_t size)
{
	snprintf(path, size, "/sys/kernel/mm/transparent_hugepage/%s", knob);
	return path;
}

void thp_set(struct wl *w, const char *knob, const char *word)
{
	char path[96];

	wl_write(w, path_of(knob, path, sizeof(path)), word);
}

unsigned thp_whole(struct wl *w, const void *p, size_t bytes)
{
	unsigned whole = 0;
	uint64_t pfn[HUGE_PAGES];

	for (size_t at = 0; at < bytes; at += HUGE) {
		bool is = true;

		wl_page_pfns(w, (const char *)p + at, HUGE_PAGES, pfn);
		for (unsigned i = 0; i < HUGE_PAGES; i++)
			is &= pfn[i] && pfn[i] == pfn[0] + i;
		whole += is && pfn[0] % HUGE_PAGES == 0;
	}
	return whole;
}
