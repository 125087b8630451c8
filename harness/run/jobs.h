/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The jobs of a run, up to plan.jobs at a time. Each has a machine of its own, in a process of its own that owns its QEMU. */
#ifndef NUMARIG_RUN_JOBS_H
#define NUMARIG_RUN_JOBS_H

#include "run/prepare.h"

/*
 * Runs each job of the run, DIR/raw/LABEL.job, in a machine. It leaves DIR/raw/LABEL.records, LABEL.console and LABEL.exit;
 * the last is written for a machine that could not be started, too. Returns -EINTR when a signal came: then no machine lives.
 */
int jobs_run(const struct run *r, const struct run_request *q, void (*ended)(void *ctx, size_t job),
	     void *ctx, struct err *err);

/*
 * After an interruption: true when any job came to its end, so that there is a result to keep, and the user left time to keep
 * it (interrupt_grace). The .exit files of the other jobs then say that they were interrupted.
 */
bool jobs_keep_ended(const struct run *r);

/*
 * DIR/raw/LABEL.exit: how the job's machine ended (`end`, and `why`, which is empty when the agent ended it), with host times.
 * Older runs named the file LABEL.shot. Without either, `end` is "died". New reference, never NULL.
 */
json_t *job_exit_read(const char *dir, const char *label);

/* True when this job did not end as it should, or left records that can't be read. */
bool jobs_failed(const struct run *r, size_t job);
/* True when any job of this machine did not end as it should, or left records that can't be read. */
bool jobs_any_failed(const struct run *r, size_t machine);

#endif
