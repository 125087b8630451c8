/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process that asks for memory until it has all or the OOM killer ends it. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_HUNGRY_H
#define NUMARIG_WORKLOADS_LIB_HUNGRY_H

#include "workloads/lib/guest.h"

/*
 * The child's: becomes the OOM killer's first choice, touches the area page by page, counts in got[], which the parent
 * shares, the node of each page, and exits.
 */
__attribute__((noreturn)) void hungry_touch(struct wl *w, char *area, size_t bytes, uint64_t got[WL_NODES]);
/* The parent's: waits for the child's end; the number of the signal as one metric, got[] by node as the other. */
void hungry_report(struct wl *w, pid_t child, const uint64_t got[WL_NODES], const char *signal,
		   const char *pages);

#endif
