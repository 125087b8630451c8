/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that keep a CPU busy, in the order they were started in. Guest only. */
#ifndef NUMARIG_WORKLOADS_LIB_BUSY_H
#define NUMARIG_WORKLOADS_LIB_BUSY_H

#include "workloads/lib/guest.h"

#define BUSY_MAX 256

struct busy {
	struct wl *w;
	unsigned n;
	pid_t pid[BUSY_MAX];
};

/* As fork(2): 0 in the child, which has to be busy; the parent's list has it. */
pid_t busy_start(struct busy *b);
/* The child's: for ever. */
__attribute__((noreturn)) void busy_spin(void);
/* Ends all but the first n. */
void busy_end(struct busy *b, unsigned n);
/* The CPU that a process runs on, or waits for. */
unsigned busy_cpu(struct busy *b, unsigned i);

#endif
