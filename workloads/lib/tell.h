/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the running half of a workload knows, and what it tells the agent. Guest only (it links on the host, where nobody calls it). */
#ifndef NUMARIG_WORKLOADS_LIB_TELL_H
#define NUMARIG_WORKLOADS_LIB_TELL_H

#include <sys/types.h>
#include "workloads/workload.h"

#define WL_NODES 128 /* as many as QEMU makes (TOPO_NODES_MAX) */

struct zones;

struct wl {
	const struct workload *self;
	const void *params;
	const char *sabotage;		   /* NULL: none; see wl_sabotaged */
	struct idset mem_nodes, cpu_nodes; /* nids, from sysfs */
	struct idset cpus[WL_NODES];	   /* by nid */
	uint8_t distance[WL_NODES][WL_NODES];
	int control;		   /* to the agent */
	const struct zones *zones; /* as they were when the guest was booted */
};

/*
 * A named instant: the agent samples, then this returns. For the access trace, an interval of that name ends when this is
 * called and the next begins when it returns: the sampling is in neither.
 */
void wl_phase(struct wl *w, const char *name);
/* For the access trace only: the interval `name` ends and the next begins, in one instruction. Nothing is sampled. */
void wl_mark(struct wl *w, const char *name);
/*
 * Names memory of the process that calls this, for the access trace: what any CPU in this address space, in the program
 * or in the kernel on its behalf, fetches, reads and writes there from now on. Several may have one name.
 */
void wl_region(struct wl *w, const char *name, const void *p, size_t bytes);
/* A metric's value; nid -1 for the whole machine. */
void wl_value(struct wl *w, const char *metric, int nid, int64_t value);
/* A metric of every node with memory, by nid. */
void wl_values(struct wl *w, const char *metric, const uint64_t value[WL_NODES]);
/* Words for the host's judge that are no metric. */
__attribute__((format(printf, 3, 4))) void wl_note(struct wl *w, const char *topic, const char *words, ...);
/* numa_maps and maps of a process, as files /proc/NAME/numa_maps and /proc/NAME/maps of the phase at hand. */
void wl_maps(struct wl *w, const char *name, pid_t pid);
__attribute__((noreturn, format(printf, 2, 3))) void wl_skip(struct wl *w, const char *why, ...);
__attribute__((noreturn, format(printf, 2, 3))) void wl_broken(struct wl *w, const char *why, ...);

/*
 * Whether this run is that sabotage (of the descriptor's table): then the premise of that name is broken here. For the tests,
 * which see each check fail so.
 */
bool wl_sabotaged(const struct wl *w, const char *name);

#endif
