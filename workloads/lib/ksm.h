/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel same-page merging: its switches, its counters, and waiting for its scans. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_KSM_H
#define NUMARIG_WORKLOADS_LIB_KSM_H

#include "workloads/lib/guest.h"

/*
 * Passes until all that is equal is merged: the first takes each page's checksum, the second puts pages that
 * stayed as they were into the unstable tree and merges them there; one more for what was busy then.
 */
#define KSM_PASSES 4

/* Writes a switch of /sys/kernel/mm/ksm; the errno it was refused with, or 0. */
int ksm_try(struct wl *w, const char *name, int64_t value);
/* The same, where a refusal is BROKEN. */
void ksm_set(struct wl *w, const char *name, int64_t value);
/* A counter of /sys/kernel/mm/ksm. */
int64_t ksm_get(struct wl *w, const char *name);
/* Whether the kernel has the counter or switch. */
bool ksm_has(const char *name);

/* Lets ksmd go over all that is mergeable so many times; it goes on behind that until ksm_pause. */
void ksm_scan(struct wl *w, unsigned passes);
/* What is merged stays so, nothing more is. */
void ksm_pause(struct wl *w);
/* Everything apart again, copied by this process (run=2), and KSM off. */
void ksm_end(struct wl *w);

/* Tells KSM that the area may be merged. */
void ksm_mergeable(struct wl *w, void *p, size_t bytes);

/* Writes each page: equal are those whose numbers are modulo `distinct`, and whose salt is. */
void ksm_write(void *p, size_t pages, size_t distinct, uint64_t salt);
/* How many different page frames there are among pfn[0..pages); sorts them. */
size_t ksm_frames(uint64_t *pfn, size_t pages);

#endif
