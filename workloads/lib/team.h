/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process with many threads around one area of memory: the main thread has it, some threads only spin,
 * others write it. For what the scheduler and automatic balancing do with threads and their memory.
 */
#ifndef NUMARIG_WORKLOADS_LIB_TEAM_H
#define NUMARIG_WORKLOADS_LIB_TEAM_H

#include <pthread.h>
#include <stdatomic.h>

#include "workloads/lib/guest.h"

#define TEAM_MAX 512

struct team_member {
	struct team *team;
	pthread_t id;
	int nid; /* -1: any */
};

struct team {
	struct wl *w;
	char *area;
	size_t bytes;
	atomic_bool stop;
	unsigned n;
	struct team_member member[TEAM_MAX];
};

/* Maps the area (rounded down to whole units) and writes it from here: all of it, and of the process, is on this node. */
void team_start(struct team *t, struct wl *w, size_t bytes);
/* Threads with this one's affinity that do nothing for ever. */
void team_spin(struct team *t, unsigned threads);
/* A thread on the CPUs of node nid (-1: with this one's affinity) that writes the area over and over. */
void team_write(struct team *t, int nid);
/* Sleeps until all of the area is on node nid (-1: does not look) or the time is up; virtual ns it took. */
uint64_t team_wait(struct team *t, int nid, uint64_t ms);
/* Ends the threads, reports the area's pages as the metric, for every node with memory, and unmaps it. */
void team_stop(struct team *t, const char *metric);

#endif
