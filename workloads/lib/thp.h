/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transparent huge pages of 2 MiB: their knobs, and whether there are any. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_THP_H
#define NUMARIG_WORKLOADS_LIB_THP_H

#include "workloads/lib/guest.h"

void thp_set(struct wl *w, const char *knob, const char *word);
/* Of the area, which is aligned: how many 2 MiB lie in one piece as huge pages do. However they are mapped. */
unsigned thp_whole(struct wl *w, const void *p, size_t bytes);

#endif
