/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pools of huge pages (hugetlb). nid -1: of the machine. Guest only; a size the kernel does not have is a SKIP. */
#ifndef NUMARIG_WORKLOADS_LIB_HUGETLB_H
#define NUMARIG_WORKLOADS_LIB_HUGETLB_H

#include "workloads/lib/guest.h"

#define HUGETLB_2M 2048 /* kB */
#define HUGETLB_1G 1048576

/* "nr_hugepages", "free_hugepages", "surplus_hugepages", "resv_hugepages" (machine only) ... */
int64_t hugetlb_get(struct wl *w, int nid, unsigned kb, const char *field);
/* Asks for so many pages; how many there are then. */
int64_t hugetlb_set(struct wl *w, int nid, unsigned kb, int64_t pages);
/* The same of 2 MiB pages, which most workloads need: how many the pool has, asks for so many, asks for so many more. */
int64_t hugepool_get(struct wl *w, int nid);
void hugepool_set(struct wl *w, int nid, int64_t pages);
void hugepool_add(struct wl *w, int nid, int64_t more);
/* The field of every node with memory, as the metric. */
void hugetlb_report(struct wl *w, const char *metric, unsigned kb, const char *field);
/* Maps pages of 2 MiB, private, further flags; NULL: see errno. */
void *hugetlb_map(unsigned pages, int flags);

/*
 * Fills a node by reserving 2 MiB huge pages on it, without writing them, until at most `leave_mib` MiB are free.
 * wl_release gives them back.
 */
void wl_fill(struct wl *w, int nid, unsigned leave_mib);
void wl_release(struct wl *w, int nid);

#endif
