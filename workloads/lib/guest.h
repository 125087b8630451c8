/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the running half of a workload is written with. Guest only (it links on the host, where nobody calls it).
 *
 * Nothing here returns an error: what can't be done ends the workload as BROKEN (or SKIP) with the reason, since a
 * workload that goes on without its premise measures something else.
 */
#ifndef NUMARIG_WORKLOADS_LIB_GUEST_H
#define NUMARIG_WORKLOADS_LIB_GUEST_H

#include <sys/types.h>

#include "workloads/lib/page.h"
#include "workloads/lib/zones.h"
#include "workloads/workload.h"

#define WL_NODES 64 /* more than QEMU's q35 can give with memory and CPUs */

struct wl {
	const struct workload *self;
	const void *params;
	const char *sabotage;		   /* NULL: none; see wl_sabotaged */
	struct idset mem_nodes, cpu_nodes; /* nids, from sysfs */
	struct idset cpus[WL_NODES];	   /* by nid */
	uint8_t distance[WL_NODES][WL_NODES];
	int control;	    /* to the agent */
	struct zones zones; /* as they were when the guest was booted */
};

/* --- telling the agent -------------------------------------------------------------------------------------------- */
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

/* --- where things are ---------------------------------------------------------------------------------------------- */
/* Pages of [p, p + bytes) by node into count[nid] (move_pages(2) query); returns those that are nowhere. */
uint64_t wl_count_pages(struct wl *w, const void *p, size_t bytes, uint64_t count[WL_NODES]);
/* The same, reported as the metric, for every node with memory. */
void wl_place(struct wl *w, const char *metric, const void *p, size_t bytes);
/*
 * Pages by node of this process's mapping that starts at p, by numa_maps: unlike move_pages(2) it also sees, on 6.1, what
 * the balancer's scans have marked (follow_page() took such an entry for none until d74943a2f3cd, Linux 6.5).
 */
void wl_count_mapping(struct wl *w, const void *p, uint64_t count[WL_NODES]);
/* The node of the page at p by its PFN (pagemap and the nodes' address ranges are the host's business). */
uint64_t wl_pfn(struct wl *w, const void *p);
/* The node of each page from p on into nid[], -1 for one that is nowhere. */
void wl_page_nodes(struct wl *w, const void *p, size_t pages, int *nid);
/* The page frame of each into pfn[], 0 for one that is not present. */
void wl_page_pfns(struct wl *w, const void *p, size_t pages, uint64_t *pfn);
/* The node with CPUs farthest from `other` that is not itself; itself where it is the only one; -1: the first. */
int wl_cpu_node_far_from(struct wl *w, int other);
/* The first CPU of a node; BROKEN when it has none. */
unsigned wl_cpu_of(struct wl *w, int nid);
/* The first node with CPUs and memory, and the one farthest from it; SKIP when there are no two. */
void wl_two_nodes(struct wl *w, int *near, int *far);

/* --- doing --------------------------------------------------------------------------------------------------------- */
void wl_pin_cpu(struct wl *w, unsigned cpu);
void wl_pin_node(struct wl *w, int nid); /* all CPUs of the node */
void wl_unpin(struct wl *w);
/* Private anonymous memory, 2 MiB aligned, not touched. */
void *wl_map(struct wl *w, size_t bytes);
void wl_unmap(void *p, size_t bytes);
/* Writes one word a page. */
void wl_touch(void *p, size_t bytes, uint64_t word);
/* mbind(2) / set_mempolicy(2); mode as in numaif.h, nodes may be NULL. */
void wl_mbind(struct wl *w, void *p, size_t bytes, int mode, const struct idset *nodes, unsigned flags);
void wl_mempolicy(struct wl *w, int mode, const struct idset *nodes);
struct idset wl_one(int nid);
/* Brings all pages that only this process has to the node (migrate_pages(2)). */
void wl_gather(struct wl *w, int nid);
/* Writes a file of /proc or /sys; SKIP naming it when it does not exist. */
void wl_write(struct wl *w, const char *path, const char *text);
void wl_write_number(struct wl *w, const char *path, int64_t number);
/* A number from a one-line file; BROKEN when it can't be read. */
int64_t wl_read_number(struct wl *w, const char *path);
/* A field of nodeN/meminfo in kB (or a count). */
int64_t wl_node_meminfo(struct wl *w, int nid, const char *field);
/*
 * Fills a node by reserving 2 MiB huge pages on it, without writing them, until at most `leave_mib` MiB are free.
 * wl_release gives them back.
 */
void wl_fill(struct wl *w, int nid, unsigned leave_mib);
void wl_release(struct wl *w, int nid);
/* A counter of nodeN/numastat. */
int64_t wl_node_numastat(struct wl *w, int nid, const char *counter);
/* Calls f in a child process and waits for its end; what it does to its memory and affinity ends with it. */
void wl_apart(struct wl *w, void (*f)(struct wl *w, const void *arg), const void *arg);
/* waits for a child; -1 when it was ended by a signal (*sig), else its exit code. */
int wl_wait(struct wl *w, pid_t pid, int *sig);
/* Whether the kernel is of this version or later. */
bool wl_kernel(struct wl *w, unsigned major, unsigned minor);
/* Virtual nanoseconds. */
uint64_t wl_now(void);
void wl_sleep_ms(unsigned ms);

#endif
