/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole run: its setup, its plan, one machine for each workload, and the run directory with everything kept.
 *
 *	result.json	see results/schema/result.schema.json
 *	raw/		boot.records (and boot-KEY.records, of workloads that have a kernel command line of their own); for
 *			each workload NAME.records, NAME.job, NAME.console, NAME.exit (how its machine ended, and host
 *			times); NAME.trace with --events; NAME.access and trace.json with --trace
 *	console.log, qmp.log, qemu.args
 *
 * result.json is made from the rest by run_judge alone, so that it can be made again (`check`).
 */
#ifndef NUMARIG_RUN_RUN_H
#define NUMARIG_RUN_RUN_H

#include "judge/judge.h"
#include "result/entries.h"
#include "plan/plan.h"
#include "machine/setup.h"
#include "machine/snapshot.h"
#include "trace/trace.h"

/* Who is shown the workloads in the plan's order, each as soon as its machine and those before it have ended. */
struct run_viewer {
	/* raw/run.json, an entry of result.json's `workloads`, and its `host` up to there */
	void (*workload)(void *ctx, const json_t *head, const json_t *entry,
			 const json_t *host); /* may be NULL */
	/* the machines' snapshot was damaged: all of them run again, and what was shown does not count */
	void (*again)(void *ctx);
	void *ctx;
};

struct run_request {
	const char *topology, *kernel,
		*engine; /* as typed; NULL: defaults. engine "auto" is kvm where it works, else fast */
	const char *out; /* -o; NULL: results/runs/<utc>-... */
	const char *gdb; /* --gdb; NULL: none */
	struct plan plan;
	struct trace_request trace;
	const struct plan_exec *exec;					/* NULL: workloads */
	const char *exec_files;						/* newc archive for the guest */
	void (*progress)(const char *what, unsigned done, unsigned of); /* what happens now; may be NULL */
	struct run_viewer viewer;
};

/* The machines that jobs start in: one for each kernel command line among them (plan_own_append). */
struct run_machine {
	char *name;		  /* plan_boot_name */
	struct setup setup;	  /* the run's, borrowed, with a command line of its own */
	struct snapshot snapshot; /* exact */
	bool bad;		  /* a byte of that was seen to be another than when it was made */
};

struct run_job {
	char *label; /* of a workload of the plan, or "exec": DIR/raw/LABEL.job */
	size_t machine;
};

struct run {
	struct setup setup;
	struct run_machine *machine;
	struct run_job *job;
	size_t machines, jobs;
	struct strlist
		lacks;	/* options of the kernel's .config that workloads of the plan need and it has not */
	char *dir;	/* the run directory; while running a workspace */
	json_t *result; /* what result.json holds */
	enum outcome outcome;
};

void run_free(struct run *r);
#define auto_run __attribute__((cleanup(run_free)))

/* Finds and checks everything named in the request, up to the plan; boots nothing. */
int run_prepare(const struct run_request *q, struct run *r, struct err *err);

/*
 * run_prepare, the snapshot, all machines, judgement, run directory, results/latest. A workload that goes wrong is an
 * outcome; an error is what kept the run as a whole from a result, and leaves no run directory.
 */
int run_do(const struct run_request *q, struct run *r, struct err *err);

/* Makes result.json's content anew from a run directory; -ENOENT when it is no run directory, -EBADMSG when it is damaged. */
int run_judge(const char *dir, json_t **result, enum outcome *outcome, struct err *err);

#endif
