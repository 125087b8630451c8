/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters of /proc/vmstat, for a workload that goes by them: the one reader of it. Guest only. BROKEN when the kernel has
 * no such counter.
 */
#ifndef NUMARIG_WORKLOADS_LIB_VMSTAT_H
#define NUMARIG_WORKLOADS_LIB_VMSTAT_H

#include "workloads/lib/guest.h"

int64_t vmstat_get(struct wl *w, const char *counter);
/* Several counters, value[i] that of counter[i], by one reading of the file. */
void vmstat_read(struct wl *w, const char *const counter[], int64_t value[], size_t n);
/* The sum of the counters whose name starts with the prefix. */
int64_t vmstat_sum(struct wl *w, const char *prefix);

#endif
