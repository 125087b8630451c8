/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP (QEMU's docs/interop/qmp-spec.rst) over a connected socket: one command at a time, answers and events in order.
 *
 * Every wait has a limit in milliseconds of QEMU's CPU time, or of wall clock time where no process is known (qemu/patience.h).
 * Input that is no QMP is an error that quotes it. The end of the stream, or of QEMU, is -EPIPE ("QEMU closed its control
 * channel"); the owner of the process adds the reason (vm_why).
 */
#ifndef NUMARIG_QEMU_QMP_H
#define NUMARIG_QEMU_QMP_H

#include <stdio.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "qemu/patience.h"

struct qmp {
	int fd;		/* borrowed */
	FILE *log;	/* borrowed; gets every line in either direction. NULL: none */
	struct text in; /* bytes that were read and not yet parsed */
	json_t *events; /* array: events that came while waiting for something else */
	unsigned next_id;
	unsigned sent; /* the id of the last command of qmp_send(); 0: none */
	const char *sent_command;
	struct patience_rule rule; /* whose CPU time the limits count; set by the owner after qmp_init() */
	int pidfd;		   /* borrowed; QEMU's, whose end counts as the end of the stream. -1: none */
};

void qmp_init(struct qmp *q, int fd, FILE *log);
void qmp_free(struct qmp *q);

/* Reads QEMU's greeting and sends qmp_capabilities. */
int qmp_hello(struct qmp *q, unsigned limit_ms, struct err *err);

/*
 * Sends a command and does not wait for its answer, which is dropped; when QEMU refuses the command, qmp_saw_event() returns the
 * error. For `cont`: the guest, and QEMU with it, may have ended before QEMU answers.
 */
int qmp_send(struct qmp *q, const char *command, struct err *err);

/*
 * Runs a command and waits for its answer. `arguments` may be NULL; its reference is taken over. When `answer` is not NULL,
 * *answer is a new reference to the "return" value.
 */
int qmp_call(struct qmp *q, const char *command, json_t *arguments, json_t **answer, unsigned limit_ms,
	     struct err *err);

/*
 * 1 when an event of this name has come, 0 when not; it is not removed. Reads what is there and does not wait. -errno on error;
 * -EIO: QEMU refused the command of qmp_send().
 */
int qmp_saw_event(struct qmp *q, const char *name, struct err *err);

/* Polls query-migrate until its status is "completed"; "failed" is an error with QEMU's reason. */
int qmp_wait_migration(struct qmp *q, unsigned limit_ms, struct err *err);

#endif
