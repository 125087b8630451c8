/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A counter of /proc/vmstat, for a workload that goes by it. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_VMSTAT_H
#define NUMARIG_WORKLOADS_LIB_VMSTAT_H

#include "workloads/lib/guest.h"

/* BROKEN when the kernel has no such counter. */
int64_t vmstat_get(struct wl *w, const char *counter);

#endif
