/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel has said since it started, line by line. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_KMSG_H
#define NUMARIG_WORKLOADS_LIB_KMSG_H

#include "workloads/lib/guest.h"

/*
 * Calls f with each line, without its time stamp. The log is a ring of 128 KiB and more, what booting says fills
 * a fifth of it; BROKEN when its first line is gone all the same.
 */
void kmsg_lines(struct wl *w, void (*f)(struct wl *w, const char *line, void *arg), void *arg);

#endif
