/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pools of 2 MiB huge pages: as many as one asks for, where there is room. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_HUGEPOOL_H
#define NUMARIG_WORKLOADS_LIB_HUGEPOOL_H

#include "workloads/lib/guest.h"

/* Asks for so many on a node; nid -1: on the machine, wherever. The kernel may come short of it without a word. */
void hugepool_set(struct wl *w, int nid, int64_t pages);
int64_t hugepool_get(struct wl *w, int nid);

#endif
