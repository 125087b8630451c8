/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that writes to pages in turn, takes the time of each access and finds out which of them faulted. Guest only.
 *
 *	toucher_start(w, &t, area, cpu, "held")	of MOVES_MAX pages that moves_fill() has written
 *	toucher_stop(&t)
 *	toucher_report(&t, "small")		the metrics TOUCHER_METRICS("small", ...)
 */
#ifndef NUMARIG_WORKLOADS_LIB_TOUCHER_H
#define NUMARIG_WORKLOADS_LIB_TOUCHER_H

#include <pthread.h>
#include <stdatomic.h>

#include "workloads/lib/moves.h"

#define TOUCHER_BINS 5

struct toucher {
	struct wl *w;
	char *area;
	unsigned cpu;
	const char *held; /* interval of the access trace: the accesses that took long */
	pthread_t thread;
	atomic_bool ready, stop;
	uint64_t word[MOVES_MAX];
	uint64_t accesses, lost, waits, waited, longest, worst, bin[TOUCHER_BINS];
};

/* Returns when the thread has been once through the area. */
void toucher_start(struct wl *w, struct toucher *t, char *area, unsigned cpu, const char *held);
void toucher_stop(struct toucher *t);
void toucher_report(const struct toucher *t, const char *name);

/* clang-format off */
#define TOUCHER_COUNT(name, what) { name, "1", WL_REPORTED, .timing = true, .about = what }
#define TOUCHER_TIME(name, what) { name, "ns", WL_REPORTED, .timing = true, .about = what }
#define TOUCHER_METRICS(name, when)                                                                      \
	TOUCHER_COUNT(name "_accesses", "accesses of the thread while " when),                                \
	{ name "_lost", "1", WL_REPORTED, .about = "accesses that did not find what the last one wrote, while " when }, \
	TOUCHER_COUNT(name "_waits", "accesses that faulted while " when),                                    \
	TOUCHER_TIME(name "_mean_wait", "mean time of an access that faulted while " when),                   \
	TOUCHER_TIME(name "_longest_wait", "longest time of an access that faulted while " when),             \
	TOUCHER_TIME(name "_worst", "longest time of any access while " when),                                \
	{ name "_worst_instructions", "instructions", WL_CLOCKED, .timing = true,                     \
	  .about = "instructions of all CPUs during the longest access while " when },                \
	TOUCHER_COUNT(name "_to_10us", "accesses shorter than 10 us while " when),                            \
	TOUCHER_COUNT(name "_to_100us", "accesses of 10 to 100 us while " when),                              \
	TOUCHER_COUNT(name "_to_1ms", "accesses of 100 us to 1 ms while " when),                              \
	TOUCHER_COUNT(name "_to_10ms", "accesses of 1 to 10 ms while " when),                                 \
	TOUCHER_COUNT(name "_longer", "accesses of 10 ms and more while " when)
/* clang-format on */

#endif
