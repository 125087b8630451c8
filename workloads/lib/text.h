/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program text that a process maps, page by page. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_TEXT_H
#define NUMARIG_WORKLOADS_LIB_TEXT_H

#include "workloads/lib/guest.h"

#define TEXT_PAGES 2048
#define TEXT_FILES 16

struct text {
	size_t n; /* pages that its executable mappings of files have, in order of their address */
	void *at[TEXT_PAGES];
	uint64_t pfn[TEXT_PAGES];
	int nid[TEXT_PAGES];
	size_t files; /* that it maps in whatever way */
	char file[TEXT_FILES][128];
};

/* BROKEN when it has none. */
void text_read(struct wl *w, struct text *t, pid_t pid);
/* Reports how many of a process's pages are on node nid, and how many elsewhere, as two metrics of that node. */
void text_split(struct wl *w, pid_t pid, int nid, const char *local, const char *remote);
/* How many of them b has, too: the same page frame. */
int64_t text_common(const struct text *t, const struct text *b);

#endif
