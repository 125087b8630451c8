/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of a workload: one C file, workloads/NAME.c, that ends in its descriptor.
 *
 * The same file is compiled twice: for the guest (static; .run is called there) and for the host,
 * which plans with .needs, .knobs and .params, documents all of it, and judges with .metrics and .expects. So a
 * workload's file has two halves that never run in one process: what is done, and what must come of it. They meet in
 * the metrics.
 *
 * Node ids are the kernel's (nid) everywhere; nid -1 stands for "the whole machine".
 */
#ifndef NUMARIG_WORKLOADS_WORKLOAD_H
#define NUMARIG_WORKLOADS_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/idset.h"

/* --- tables ------------------------------------------------------------------------------------------------------- */
/* A table as the descriptor has it: struct { v, n }. Walked by: wl_foreach(m, &w->metrics) use(m->name); */
#define WL_LIST(table)                                               \
	{                                                            \
		.v = (table), .n = sizeof(table) / sizeof(*(table)), \
	}
#define wl_foreach(row, list) \
	for (const __typeof__(*(list)->v) *row = (list)->v; row && row < (list)->v + (list)->n; row++)

/* --- parameters: one row serves parser, range check, help and echo in the result --------------------------------- */
enum wl_param_type {
	WL_U64,	 /* uint64_t: a count */
	WL_SIZE, /* uint64_t: bytes; "64M" is understood */
	WL_NODE, /* int: a nid, or -1 for "the workload chooses" */
};

struct wl_param {
	const char *name;
	enum wl_param_type type;
	size_t offset; /* in the workload's own struct of parameters */
	const char *def;
	uint64_t min, max; /* of the value; WL_NODE: not looked at */
	const char *about;
};

struct wl_params {
	const struct wl_param *v;
	size_t n, size; /* size: of the struct they are in */
};

/* .params = WL_PARAMS(params, struct params) */
#define WL_PARAMS(table, of)                                                             \
	{                                                                                \
		.v = (table), .n = sizeof(table) / sizeof(*(table)), .size = sizeof(of), \
	}

/* --- what it needs: else it is a SKIP that says so --------------------------------------------------------------- */
struct wl_needs {
	unsigned mem_nodes; /* at least so many nodes with memory */
	unsigned cpu_nodes; /* ... with CPUs */
	unsigned cpus;
	unsigned devices;	    /* nodes with a PCI device */
	const char *fs;		    /* "ext4": the file system in RAM (boot note of that name says "ok") */
	unsigned free_mib_per_node; /* of each node with memory, by the topology's sizes */
	const char *kernel;	    /* "6.12": this version or later */
	const char *config;	    /* "CONFIG_CMA_DEBUGFS": options, where the kernel's .config is known */
};

/* --- metrics: what is measured ----------------------------------------------------------------------------------- */
enum wl_source {
	WL_REPORTED, /* wl_value(), wl_place() in the guest */
	/*
	 * The same of virtual ns, which become instructions by the shift of the run. Without an instruction clock (engines
	 * fast and kvm) it is not measured: a check begins with wl_clocked().
	 */
	WL_CLOCKED,
	WL_VMSTAT,	  /* /proc/vmstat counter: its rise from phase .since to phase .until */
	WL_NUMASTAT,	  /* nodeN/numastat counter: its rise, per node */
	WL_NODE_VMSTAT,	  /* nodeN/vmstat counter: its rise, per node */
	WL_NODE_MEMINFO,  /* nodeN/meminfo field at phase .until, per node */
	WL_DMESG_MATCHES, /* lines of the kernel's log since the restore that hold .counter */
	/*
	 * Pages by node that a process maps at phase .until, where wl_maps() sent it as .process. .counter chooses
	 * mappings: of files whose path ends so, "[heap]", "[stack]", NULL for all.
	 */
	WL_MAPS_TEXT, /* of files, executable */
	WL_MAPS_FILE, /* of files: page cache, not the private copies of a writer */
	WL_MAPS_ANON, /* the process's own: anonymous, and its private copies of file pages */
	/*
	 * In .trace_metrics only: what the access trace counted (docs/trace.md) in the interval .until, all intervals of
	 * the workload's when it is NULL, of the region .process, of everything when it is NULL. .counter is what:
	 * one of "instructions", "loads", "stores", "fetches", "accesses" (loads and stores), and behind it, where not
	 * all shall count, "user" or "kernel", "local" or "remote" (the CPU's node is the memory's, or not).
	 */
	WL_TRACE,	   /* in all */
	WL_TRACE_NODE,	   /* by the memory's node */
	WL_TRACE_CPU_NODE, /* by the CPU's node */
};

enum wl_better { WL_SAME, WL_LOWER, WL_HIGHER };

struct wl_metric {
	const char *name; /* "moved"; fixed, others build on it */
	const char *unit; /* "pages", "ns", "1" */
	enum wl_source from;
	const char *counter, *since, *until;
	enum wl_better better;
	bool timing; /* depends on the schedule: compared by its spread over seeds, never to the unit across kernels */
	const char *about;
	const char *process; /* WL_MAPS_...; WL_TRACE...: a region */
};

struct wl_metrics {
	const struct wl_metric *v;
	size_t n;
};

struct wl_value {
	const char *name;
	int nid;
	int64_t value;
};

/* --- judging ------------------------------------------------------------------------------------------------------ */
enum outcome { OUTCOME_PASS, OUTCOME_XFAIL, OUTCOME_SKIP, OUTCOME_FAIL, OUTCOME_BROKEN };

#define WL_NOWHERE UINT16_MAX

/* What a check may look at. All of it is the judge's. */
struct wl_view {
	const struct workload *w;
	const void *params;
	const struct wl_value *values; /* every metric, in the table's order, nodes ascending */
	size_t nvalues;
	struct idset mem_nodes, cpu_nodes; /* nids */
	const uint8_t *distance;	   /* [from * distance_stride + to], nids; 0: not known */
	unsigned distance_stride;
	/* [from * distance_stride + n]: where an allocation for `from` goes when the n before it are full; one entry
	 * a node with memory, the rest WL_NOWHERE. See wl_fallback. */
	const uint16_t *fallback;
	unsigned kernel[3]; /* 6, 12, 117; zeroes: not known. See wl_since() */
	int shift;	    /* an instruction is 2^shift virtual ns; -1: there is no instruction clock */
};

#define WL_WORDS 256
struct wl_verdict {
	enum outcome outcome;
	char expected[WL_WORDS], actual[WL_WORDS], why[WL_WORDS];
};

/*
 * A check that is data: what a metric must be, and where. `is` has the notation of a case's conditions (docs/cases.md):
 * "512", "!= 0", ">= 7", "1..5", "..5", "5..". A number may be an expression of
 *
 *	a number, the name of an error ("-EIO"), of a parameter, of a metric (of the node looked at, else the machine's),
 *	a metric of a certain node ("got@far", "got@0"), "mem_nodes" and "cpu_nodes" (how many there are),
 *	PAGE and HUGE (bytes) and HUGE_PAGES (workloads/lib/page.h),
 *	with + - * / and parentheses: "2 * pages + 1"
 *
 * `where` is the nodes at which the metric is looked at:
 *
 *	NULL			the machine: a metric that has no node
 *	"each node"		every node with memory
 *	"each CPU node"		every node with CPUs
 *	"on near"		the node whose id the metric or parameter `near` is
 *	"not on near"		every node with memory but that one
 *	"only on near"		on that one as `is` says, on every other node with memory 0
 *	"in all"		the sum over the nodes that have the metric
 *
 * Several nodes have a comma between them: "not on near, far". Of a parameter and a metric of one name, `is` means the
 * parameter and `where` the metric.
 *
 * A metric that was not measured makes the check BROKEN (one that is WL_CLOCKED: SKIP where there is no instruction clock).
 * Nodes of which there are none make it SKIP, unless another row looks at the same metric.
 */
struct wl_want {
	const char *metric, *is, *where;
};

struct wl_wants {
	const struct wl_want *v;
	size_t n;
};

/* .wants = WL_WANTS({ "moved", "pages", "only on far" }, { "returned", "0" }) */
#define WL_WANTS(...)                                                                          \
	{                                                                                      \
		.v = (const struct wl_want[]){ __VA_ARGS__ },                                  \
		.n = sizeof((const struct wl_want[]){ __VA_ARGS__ }) / sizeof(struct wl_want), \
	}

/*
 * A check: either rows or a function. Rows: all of .wants must hold. Where a documented behaviour breaks what the user asked for,
 * then these of .documented, which makes it XFAIL with .why as the reason; when those of .wished hold, which are what was asked
 * for, it is FAIL (the documented behaviour is gone), and when neither do as well.
 */
struct wl_expect {
	const char *name; /* "all-on-target" */
	const char *rows; /* of the mission: "N3" or "W1 W2" */
	const char *
		about; /* the statement, as a sentence that stands alone: subject, condition, expectation, unit */
	/* starts as PASS with empty words; see workloads/lib/judge.h */
	void (*judge)(const struct wl_view *v, struct wl_verdict *out);
	struct wl_wants wants, documented, wished;
	const char *why;
	/* Rests on how long something takes: SKIP without an instruction clock, where a busy host makes a CPU of the guest wait. */
	bool timed;
};

struct wl_expects {
	const struct wl_expect *v;
	size_t n;
};

/* --- sabotage ------------------------------------------------------------------------------------------------------ */
/*
 * How each check is seen to fail, by tests/e2e/premises.sh: a run in which one premise of the workload is broken on
 * purpose, `-w NAME:sabotage=...`. No user's table shows it. A check that no row has fail is an error of the unit test.
 */
struct wl_sabotage {
	const char *
		name; /* of wl_sabotaged() in the guest; NULL: the options or parameters below do it; rows may share it */
	const char *breaks;   /* as a sentence: "The node is preferred only." */
	const char *fails;    /* the checks that must FAIL then, others may: "area-bound task-bound" */
	const char *options;  /* "-s hugepages.2048kB.1=127 --trace -k lab"; NULL: none */
	const char *params;   /* "pages=8192"; NULL: none */
	const char *topology; /* NULL: 4node */
};

struct wl_sabotages {
	const struct wl_sabotage *v;
	size_t n;
};

/* --- versions ----------------------------------------------------------------------------------------------------- */
/* Whether Linux `v` (6, 12, 117) is of this version or later: the one comparison there is. Zeroes, not known, are not. */
static inline bool kernel_since(const unsigned v[3], unsigned major, unsigned minor)
{
	return v[0] > major || (v[0] == major && v[1] >= minor);
}

/* The same with the number behind these, which stable kernels count up: fixed in 6.12.109, and in all from 6.13 on. */
static inline bool kernel_since_fix(const unsigned v[3], unsigned major, unsigned minor, unsigned fix)
{
	return kernel_since(v, major, minor + 1) || (v[0] == major && v[1] == minor && v[2] >= fix);
}

static inline bool kernel_known(const unsigned v[3])
{
	return kernel_since(v, 0, 1);
}

/* --- the descriptor ------------------------------------------------------------------------------------------------ */
struct wl; /* the guest's side: workloads/lib/guest.h */

struct workload {
	const char *about;
	struct wl_needs needs;
	const char *
		knobs; /* "balancing.mode=1 thp.enabled=never": above the declared defaults, below the user's */
	struct wl_params params;
	struct wl_metrics metrics;
	struct wl_expects expects;
	struct wl_sabotages sabotage;
	/*
	 * Of a traced run, on top of those above, which their checks see as well. They stand in the result's `trace` only, so
	 * that a run's digest is the same with and without, and count for the outcome of a traced run.
	 */
	struct wl_metrics trace_metrics;
	struct wl_expects trace_expects;
	unsigned timeout_s; /* virtual seconds */
	unsigned every_ms;  /* a sample every so many virtual ms; 0: at phases only */
	void (*run)(struct wl *w);
};

#define WORKLOAD(id)                                \
	extern const struct workload workload_##id; \
	const struct workload workload_##id

struct workload_entry {
	const char *name; /* its file's name: "fork-cow" */
	const struct workload *w;
};

/* Made by the Makefile from the names in workloads/; ends with a NULL name. */
extern const struct workload_entry workload_table[];

#endif
