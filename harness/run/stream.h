/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges and shows a run's workloads while its machines run: each as soon as its machine and those before it in the plan have
 * ended. Nothing is shown before the snapshot was checked (looks.h), and after the first machine that failed nothing is shown until
 * its snapshot was compared byte by byte: so what was shown is not withdrawn later because of a damaged snapshot.
 */
#ifndef NUMARIG_RUN_STREAM_H
#define NUMARIG_RUN_STREAM_H

#include "run/looks.h"
#include "run/rejudge.h"

struct stream {
	struct run *r;
	const struct run_viewer *viewer;
	struct looks looks;
	struct judging *judging; /* NULL: not opened yet */
	bool *ended;		 /* for each job: its machine has ended */
	bool shown;		 /* a workload was shown */
	bool held;		 /* nothing is shown for now */
};

void stream_free(struct stream *s);
#define auto_stream __attribute__((cleanup(stream_free)))

/* To be called before the machines run. When they run a second time, it calls the viewer's `again` if something was shown. */
void stream_begin(struct stream *s);
/* To be called by jobs_run() when a job's machine has ended. */
void stream_ended(void *stream, size_t job);
/* Judges and shows the remaining workloads and makes the result. Errors are those of run_judge(). */
int stream_end(struct stream *s, json_t **result, enum outcome *outcome, struct err *err);

#endif
