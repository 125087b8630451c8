/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters of /proc/vmstat, for a workload that goes by them: the one reader of it. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_VMSTAT_H
#define NUMARIG_WORKLOADS_LIB_VMSTAT_H

#include "workloads/lib/guest.h"

/* BROKEN when the kernel has no such counter. */
int64_t vmstat_get(struct wl *w, const char *counter);
/* The sum of those whose name starts so. */
int64_t vmstat_sum(struct wl *w, const char *prefix);

#endif
