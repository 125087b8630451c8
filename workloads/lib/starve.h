/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel thread (kswapd, kcompactd) kept off the CPU: pinned to one where a process of real-time priority
 * spins, it wakes up and does not run. Guest only. What else is bound to that CPU does not run either: let it
 * not be long, send the agent values only, and do nothing that waits for every CPU.
 */
#ifndef NUMARIG_WORKLOADS_LIB_STARVE_H
#define NUMARIG_WORKLOADS_LIB_STARVE_H

#include <sched.h>

#include "workloads/lib/guest.h"

struct starve {
	pid_t thread, hog;
	cpu_set_t found; /* the thread's CPUs */
	int64_t rt_us,
		fair_ns; /* what the scheduler would still let it run, as found; -1: has no such thing */
	char fair[80];	 /* its file */
};

void starve_start(struct wl *w, struct starve *s, pid_t thread, unsigned cpu);
/*
 * Here this process is the one of real-time priority, which may use half of what lies below min
 * (mm/page_alloc.c, gfp_to_alloc_flags); all it must not do is sleep.
 */
void starve_by_self(struct wl *w, struct starve *s, pid_t thread, unsigned cpu);
void starve_end(struct wl *w, struct starve *s);

/* Each node's kernel thread of that name: "kswapd" for kswapd0, kswapd1... BROKEN when one is missing. */
void kthread_find(struct wl *w, const char *prefix, pid_t pid[WL_NODES]);
/* R, S, D...: its state in /proc/PID/stat. */
char kthread_state(struct wl *w, pid_t pid);
/* How often it was put on a CPU. */
int64_t kthread_runs(struct wl *w, pid_t pid);
/*
 * Waits until it has not been on a CPU for 250 virtual ms. kswapd and kcompactd lie down for 100 ms first, and go on if
 * things are not well then (mm/vmscan.c, kswapd_try_to_sleep): only after that they need somebody to wake them.
 */
void kthread_settle(struct wl *w, pid_t pid);

#endif
