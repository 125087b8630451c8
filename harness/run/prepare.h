/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run (run/run.h): what is asked for, and what is known before the first machine boots. */
#ifndef NUMARIG_RUN_PREPARE_H
#define NUMARIG_RUN_PREPARE_H

#include "judge/judge.h"
#include "result/entries.h"
#include "plan/plan.h"
#include "machine/setup.h"
#include "machine/snapshot.h"
#include "trace/trace.h"

/* Called for each workload in the plan's order, as soon as its machine and those before it in the plan have ended. */
struct run_viewer {
	/* raw/run.json, the workload's entry of result.json's `workloads`, and `host` for the workloads so far; may be NULL */
	void (*workload)(void *ctx, const json_t *head, const json_t *entry, const json_t *host);
	/* the machines' snapshot was damaged: all machines run again, and what was shown is no longer valid */
	void (*again)(void *ctx);
	void *ctx;
};

struct run_request {
	const char *topology, *kernel, *engine; /* as typed; NULL: the default */
	const char *out;			/* -o; NULL: results/runs/<utc>-... */
	const char *gdb;			/* --gdb; NULL: not given */
	struct plan plan;
	struct trace_request trace;
	const struct plan_exec *exec; /* the program to run; NULL: workloads */
	const char *exec_files;	      /* newc archive that the guest unpacks for exec */
	void (*progress)(const char *what, unsigned done,
			 unsigned of); /* shows what is being done; may be NULL */
	struct run_viewer viewer;
};

/* The machines that jobs start in: one for each kernel command line that the jobs need (plan_own_append). */
struct run_machine {
	char *name;		  /* plan_boot_name() */
	struct setup setup;	  /* a copy of the run's that borrows everything but its own `append` */
	struct snapshot snapshot; /* engine exact */
	bool bad;		  /* the snapshot was found to be damaged */
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
		lacks;	/* options that workloads of the plan need and the kernel's .config does not have */
	char *dir;	/* the run directory; a folder in a workspace until the run is complete */
	json_t *result; /* the content of result.json */
	enum outcome outcome;
};

void run_free(struct run *r);
#define auto_run __attribute__((cleanup(run_free)))

/* Finds and checks everything that the request names and makes the plan's jobs; starts no machine. */
int run_prepare(const struct run_request *q, struct run *r, struct err *err);

#endif
