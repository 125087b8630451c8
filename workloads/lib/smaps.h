/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/self/smaps says of an area (Documentation/filesystems/proc.rst). Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_SMAPS_H
#define NUMARIG_WORKLOADS_LIB_SMAPS_H

#include "workloads/lib/guest.h"

/* A field ("Pss", "AnonHugePages", in kB; "THPeligible") summed over the mappings that begin in the area. */
int64_t smaps_get(struct wl *w, const void *p, size_t bytes, const char *field);

#endif
