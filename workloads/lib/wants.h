/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks that are rows of wants (struct wl_want in workloads/workload.h): judged, and looked through for mistakes. */
#ifndef NUMARIG_WORKLOADS_LIB_WANTS_H
#define NUMARIG_WORKLOADS_LIB_WANTS_H

#include "workloads/workload.h"

/* Judges a check, by its function or its rows. *out starts zeroed. */
void wl_judge(const struct wl_view *v, const struct wl_expect *e, struct wl_verdict *out);

#endif
