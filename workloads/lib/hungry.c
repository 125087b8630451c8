/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/hungry.h"

#include <unistd.h>

void hungry_touch(struct wl *w, char *area, size_t bytes, uint64_t got[WL_NODES])
{
	int nid;

	wl_write(w, "/proc/self/oom_score_adj", "1000");
	for (size_t at = 0; at < bytes; at += PAGE) {
		wl_touch(area + at, PAGE, 1);
		wl_page_nodes(w, area + at, 1, &nid);
		if (nid >= 0)
			got[nid]++;
	}
	_exit(0);
}

void hungry_report(struct wl *w, pid_t child, const uint64_t got[WL_NODES], const char *signal,
		   const char *pages)
{
	int sig;

	wl_wait(w, child, &sig);
	wl_value(w, signal, -1, sig);
	wl_values(w, pages, got);
}
