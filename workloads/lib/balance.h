/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What automatic NUMA balancing did, by the kernel's own counts. Guest only.
 *
 * The counts of /proc/vmstat are the whole machine's: the agent, which works while a phase is sampled, is scanned as
 * well. Read from within, between two points at which nothing else runs, they are this process's, and with
 * balance_shield() those of the areas it maps then.
 */
#ifndef NUMARIG_WORKLOADS_LIB_BALANCE_H
#define NUMARIG_WORKLOADS_LIB_BALANCE_H

#include "workloads/lib/guest.h"

#define BALANCE_SWITCH "/proc/sys/kernel/numa_balancing"
/* Knobs. Scans come by run time: with these the first after 20 ms, and each sees all memory of a small process. */
#define BALANCE_SOON                                                                   \
	"balancing.mode=1 balancing.scan_delay_ms=20 balancing.scan_period_min_ms=20 " \
	"balancing.scan_period_max_ms=40 balancing.scan_size_mb=16 "

struct balance {
	int64_t updates, huge; /* numa_pte_updates, numa_huge_pte_updates */
	int64_t faults, local; /* numa_hint_faults, numa_hint_faults_local */
	int64_t migrated;      /* numa_pages_migrated */
};

struct balance balance_now(struct wl *w);
struct balance balance_since(struct wl *w, const struct balance *before);
/* Reports them as the metrics PREFIX_updates, _faults, _local, _remote (the other faults), _migrated. */
void balance_report(struct wl *w, const char *prefix, const struct balance *b);
/* Rows of these metrics, for a table that clang-format is off for; `name` says what the counts belong to. */
#define BALANCE_METRIC(name, suffix, what)                                                     \
	{                                                                                      \
		name "_" suffix, "1", WL_REPORTED, .timing = true, .about = what " (" name ")" \
	}
#define BALANCE_METRICS(name)                                                                             \
	BALANCE_METRIC(name, "updates", "PTEs that the scanner made PROT_NONE"),                          \
		BALANCE_METRIC(name, "faults", "hint faults"),                                            \
		BALANCE_METRIC(name, "local", "hint faults from a CPU of the page's node"),               \
		BALANCE_METRIC(name, "remote", "hint faults from a CPU of another node than the page's"), \
		BALANCE_METRIC(name, "migrated", "pages moved by balancing")
/* A field of this thread's /proc/thread-self/sched: "mm->numa_scan_seq" counts finished passes over the process. */
int64_t balance_sched(struct wl *w, const char *field);
/* The pages of the mapping that starts at p, by node, as the metric (wl_count_mapping). */
void balance_place(struct wl *w, const char *metric, const void *p);
/*
 * Has the scanner skip all that this process has mapped so far, by a policy set with mbind(2): balancing skips mappings
 * that have one (vma_policy_mof). It is MPOL_LOCAL, which moves no page and places new ones as before.
 */
void balance_shield(struct wl *w);
/*
 * Maps the only memory of this process that is scanned and writes to each page, on node nid, where this thread runs. The
 * pages are in no CPU's batch for the LRU lists, where nothing can be moved from, and 6.1's scanner would take them for pages
 * that others use. The process gets a second thread, which sleeps: with one thread no hint fault is ever local.
 */
char *balance_area(struct wl *w, int nid, size_t bytes, bool huge);
/* Uses up run time, after which the next scan comes: so many blocks of BALANCE_SPIN instructions. */
#define BALANCE_SPIN 2048
void balance_spin(unsigned blocks);

#endif
