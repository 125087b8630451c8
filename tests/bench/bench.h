/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is measured for each topology, as tables: figures, ratios of two of them, and the targets they are
 * held against. A figure without samples has the reason why: nothing is shown that was not measured in this
 * run.
 */
#ifndef NUMARIG_BENCH_BENCH_H
#define NUMARIG_BENCH_BENCH_H

#include "base/json.h"
#include "run/run.h"
#include "tests/bench/stats.h"

#define BENCH_SCHEMA 1
#define BENCH_RESTORES 20    /* at least so many in all rounds together */
#define BENCH_QUIET_LOAD 0.3 /* one-minute load before the first round; above it the table says so */

/* id, name, unit, what it is */
#define FIGURES_(X)                                                                                       \
	X(PLAIN_RECORD, plain_boot_record, "s", "plain qemu -kernel -initrd to the agent's first record") \
	X(PLAIN_SHELL, plain_boot_shell, "s", "the same boot to a shell prompt")                          \
	X(FAST_RECORD, fast_boot_record, "s", "engine fast (plain TCG, our levers) to the first record")  \
	X(COLD, cold_exact_boot, "s", "exact boot to the sealed snapshot, none there before")             \
	X(RESTORE, restore_record, "s", "restore to the agent's first record")                            \
	X(BIND, run_bind_warm, "s", "`run -w bind`, warm, the whole process")                             \
	X(EDIT, edit_to_verdict, "s", "new kernel image to the first verdict of `run -w bind`")           \
	X(SUITE, suite, "s", "`run` of the six workloads, warm, the whole process")                       \
	X(SUITE_J2, suite_j2, "s", "the same with -j 2")                                                  \
	X(ALL_J2, all_j2, "s", "`run` of every workload with -j 2, warm: the mission's rows")             \
	X(CLASSIC, classic, "s", "`run -w balance-classic`, warm, the whole process")                     \
	X(CLASSIC_TRACED, classic_traced, "s", "the same with --trace")                                   \
	X(CLASSIC_CACHED, classic_cached, "s", "the same with --trace=caches")                            \
	X(TRACE_PEAK, trace_peak, "MiB", "peak memory of its QEMU above that of the one without")         \
	X(HOST_PEAK, host_peak, "MiB", "peak memory of the host program itself in `suite`")               \
	X(CHILD_PEAK, child_peak, "MiB", "peak memory of its largest child (QEMU) in `suite`")

enum figure_id {
#define X(id, name, unit, about) FIG_##id,
	FIGURES_(X)
#undef X
		FIGURES
};

struct figure {
	const char *name, *unit, *about;
};
extern const struct figure figure_table[FIGURES];

struct ratio_of {
	const char *name;
	enum figure_id of, over;
};
extern const struct ratio_of ratio_table[]; /* ends with a NULL name */

/* A line of the "Must show". */
struct target {
	const char *topology, *name; /* of a figure or of a ratio; figures by their median */
	enum target_is is;
	double limit;
};
const struct target *target_find(const char *topology, const char *name);

struct measured {
	struct series series;
	char absent[512]; /* why there is no (more) sample; "" */
};

/* One workload's machine, as result.json has it. */
struct workload_row {
	char name[64], outcome[16]; /* of the last round */
	struct series wall_s, virtual_s, instructions;
};

struct bench_topology {
	const char *name;
	unsigned nodes, cpus;
	struct measured figure[FIGURES];
	struct workload_row *row, sum;
	size_t rows;
	struct strlist plain_argv; /* what people do today, word by word */
};

struct bench {
	unsigned rounds;
	const char *kernel, *out;
	struct bench_topology *topology;
	size_t topologies;
	double load_before, load_after;
	char *qemu, *kernel_name, *numarig; /* versions and path */
	char *dir;			    /* workspace */
	char utc[32];
};

/* Of the issue: what `suite` runs, as far as this build has them. */
#define BENCH_SUITE_OF 6
extern const char *const bench_suite[BENCH_SUITE_OF];
size_t bench_suite_has(void);

/* --- measure.c ---- */
/* All rounds of one topology. An error is for what ends the bench (an interrupt); else `absent` says it. */
int bench_measure(const struct bench *b, struct bench_topology *t, void (*say)(const char *),
		  struct err *err);

void bench_topology_free(struct bench_topology *t);

/* --- report.c ---- */
json_t *bench_json(const struct bench *b);
void bench_table(const struct bench *b, struct text *out);

#endif
