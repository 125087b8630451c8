/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small areas whose pages can be told apart, and move_pages(2) of them. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_MOVES_H
#define NUMARIG_WORKLOADS_LIB_MOVES_H

#include "workloads/lib/guest.h"

#define MOVES_MAX 512u
#define MOVES_UNWRITTEN (-777) /* a status that move_pages(2) did not write */

/* Private memory: `pages` pages on the node, each with another word; no policy. */
char *moves_area(struct wl *w, int nid, size_t pages);
/* The same of one transparent huge page, MOVES_MAX pages; BROKEN when the kernel gives none. */
char *moves_huge(struct wl *w, int nid);
/* Writes the words; how many pages still have theirs. */
void moves_fill(char *at, size_t pages);
int64_t moves_intact(const char *at, size_t pages);
/* How many of the pages have the page frame that they had: of two readings by wl_page_pfns(). */
int64_t moves_kept(const uint64_t *before, const uint64_t *after, size_t pages);
/* move_pages(2) with MPOL_MF_MOVE of these pages to one node: what it returns, or -errno. */
long moves_to(char *at, size_t pages, int nid, int status[]);

#endif
