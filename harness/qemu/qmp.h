/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP (QEMU's docs/interop/qmp-spec.rst) over a connected socket: one command at a time, answers and events in order.
 *
 * Every wait has a limit in milliseconds of QEMU's CPU time, or of wall clock where no process is known (qemu/patience.h). What QEMU
 * says that is no QMP is an error that quotes it; the end of the stream, or of QEMU, is -EPIPE ("QEMU closed its control channel"):
 * the owner of the process knows why and adds it.
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
	FILE *log;	/* borrowed; NULL: none. Every line in either direction */
	struct text in; /* read, not yet taken */
	json_t *events; /* array: those that came while waiting for something else */
	unsigned next_id;
	unsigned sent; /* the id of what qmp_send said last; 0: nothing */
	const char *sent_command;
	struct patience_rule rule; /* whose CPU time the limits are; set by the owner after qmp_init */
	int pidfd;		   /* borrowed; -1: none. Its end is the stream's */
};

void qmp_init(struct qmp *q, int fd, FILE *log);
void qmp_free(struct qmp *q);

/* The greeting, and qmp_capabilities. */
int qmp_hello(struct qmp *q, unsigned limit_ms, struct err *err);

/*
 * Says a command and does not wait for its answer, which is nobody's; a refusal comes out of qmp_saw_event. For `cont`: a guest may
 * have ended, and QEMU with it, before QEMU answers.
 */
int qmp_send(struct qmp *q, const char *command, struct err *err);

/* Runs a command; `arguments` is stolen (may be NULL). *answer (may be NULL) gets the "return" value, the caller's. */
int qmp_call(struct qmp *q, const char *command, json_t *arguments, json_t **answer, unsigned limit_ms,
	     struct err *err);

/* Waits for an event of this name, also one that came before. -ETIMEDOUT at the limit. */
int qmp_wait_event(struct qmp *q, const char *name, unsigned limit_ms, struct err *err);

/* 1 when such an event has come (it stays), 0 when not; reads what is there without waiting. -errno on error; -EIO: a refusal. */
int qmp_saw_event(struct qmp *q, const char *name, struct err *err);

/* Polls query-migrate until "completed"; "failed" is an error with QEMU's reason. */
int qmp_wait_migration(struct qmp *q, unsigned limit_ms, struct err *err);

#endif
