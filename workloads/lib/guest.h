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
#include "workloads/lib/tell.h"

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
/* Adds what a line of numa_maps or memory.numa_stat says of each node: " N0=4 N1=2". */
void wl_add_nodes(const char *line, uint64_t count[WL_NODES]);
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
/* The first node with memory that is neither of the two; `otherwise` where there is none. */
static inline int wl_third_node(const struct wl *w, int a, int b, int otherwise)
{
	idset_foreach (nid, &w->mem_nodes) {
		if ((int)nid != a && (int)nid != b)
			return (int)nid;
	}
	return otherwise;
}
/* The first node with CPUs and memory, and the one farthest from it; SKIP when there are no two. */
void wl_two_nodes(struct wl *w, int *near, int *far);

/* --- doing --------------------------------------------------------------------------------------------------------- */
void wl_pin_cpu(struct wl *w, unsigned cpu);
void wl_pin_cpus(struct wl *w, const struct idset *cpus);
void wl_pin_node(struct wl *w, int nid); /* all CPUs of the node */
void wl_unpin(struct wl *w);
/* Private anonymous memory, 2 MiB aligned, not touched. */
void *wl_map(struct wl *w, size_t bytes);
/* Memory that this process and those it forks share, not touched. */
void *wl_map_shared(struct wl *w, size_t bytes);
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
/* A file as text, as much of it as fits; no memory is allocated. BROKEN when it can't be read. */
void wl_read_text(struct wl *w, const char *path, char *buf, size_t size);
/* A number from a one-line file; BROKEN when it can't be read. */
int64_t wl_read_number(struct wl *w, const char *path);
/* A field of nodeN/meminfo in kB (or a count). */
int64_t wl_node_meminfo(struct wl *w, int nid, const char *field);
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
