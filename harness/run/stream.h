/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run judged while its machines run: a workload as soon as its machine and those before it in the plan have ended, so that it
 * can be shown. What was shown stays true: nothing is shown of a snapshot that was not looked at, and from the first machine
 * that went wrong on nothing until its snapshot was compared.
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
	bool *ended;		 /* of each job */
	bool shown, held;	 /* anything was; nothing shall be for now */
};

void stream_free(struct stream *s);
#define auto_stream __attribute__((cleanup(stream_free)))

/* Before the machines run, also for a second time: then the viewer is told that what it was shown does not count. */
void stream_begin(struct stream *s);
/* A job's machine has ended: for jobs_run. */
void stream_ended(void *stream, size_t job);
/* Judges and shows what is left; the result. Errors: as run_judge's. */
int stream_end(struct stream *s, json_t **result, enum outcome *outcome, struct err *err);

#endif
