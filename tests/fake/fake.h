/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A fake QEMU: takes the command line harness/qemu/argv.c builds, speaks QMP on the inherited socket, and
 * plays the guest by writing the agent's record stream. What goes wrong, and when, is the scenario
 * $NUMARIG_FAKE names; with $NUMARIG_FAKE_ONLY only in the machine whose record file has that text in its
 * path. The guest it plays is the captured one of tests/data/sysfs-4node-6.12 (topology 4node), its workload
 * an obedient `bind`.
 *
 * It never outlives a test by more than five minutes (alarm).
 */
#ifndef NUMARIG_TESTS_FAKE_H
#define NUMARIG_TESTS_FAKE_H

#include <stdbool.h>

#include "base/text.h"
#include "wire/frame.h"

/* When a scenario strikes. */
enum stage {
	AT_NONE,    /* never, or in what the guest says: see agent.c */
	AT_VERSION, /* asked for --version */
	AT_SANDBOX, /* asked whether it takes -sandbox */
	AT_START,   /* command line read, nothing said yet */
	AT_HELLO,   /* in place of the greeting */
	AT_CONT,    /* in place of the answer to cont, of either machine */
	AT_BOOT,    /* the machine that makes the snapshot runs */
	AT_SAVE,    /* it is asked to save its state */
	AT_RESTORE, /* a new one is asked to restore it */
	AT_JOB,	    /* the restored one runs, its records are made, none is written */
};

struct fake {
	const struct scenario *scenario;
	/* command line */
	char *records, *console, *job;
	struct strlist ram; /* mem-path of each node */
	int qmp_fd;	    /* -1: no such option */
	bool kernel, incoming, stopped, sandbox;
	/* QMP */
	bool announced_once;	     /* announce-rounds is 1 */
	const char *migration_error; /* what query-migrate says; NULL: completed */
	const char *refusal;	     /* what cont is answered with; NULL: it runs */
	struct text stream;	     /* records to be written */
};

struct scenario {
	const char *name;
	enum stage stage;
	void (*play)(struct fake *f, const struct scenario *s);
	const char *words; /* what it says: on standard error, QMP, the console or as a record */
	int code;	   /* exit code, signal or whatever `play` takes */
	enum frame_type
		type; /* agent.c: a record of this type and name with `words` goes before the exit record, */
	const char *frame; /* or is the exit record; NULL: none */
};

/* NULL: there is none of that name. */
const struct scenario *scenario_find(const char *name);
/* Does what the scenario does at this stage; may not return. */
void scenario_at(struct fake *f, enum stage stage);

/* Fill f->stream. boot: up to the snapshot's instant, with the end record when `last`. */
void agent_boot(struct fake *f, bool last);
void agent_job(struct fake *f, bool booted);
void stream_frame(struct text *stream, enum frame_type type, const char *name, const char *payload);

/* Appends to a file, or ends the fake with code 98: a test's own trouble must not look like a scenario. */
void append(const char *path, const char *bytes, size_t n);
__attribute__((noreturn, format(printf, 1, 2))) void trouble(const char *fmt, ...);

/* Waits to be killed. */
__attribute__((noreturn)) void hold(void);

#endif
