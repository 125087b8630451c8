/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One life of a machine: restored from a snapshot (exact) or booted (fast, kvm), one job, to its end. */
#ifndef NUMARIG_RUN_SHOT_H
#define NUMARIG_RUN_SHOT_H

#include "run/snapshot.h"

/* Bytes of records after which the host ends a machine whose agent did not: quotas are the agent's. */
#define SHOT_RECORDS_MOST (96ull << 20)
/* Host seconds after which a run is given up whatever its virtual time: a CI job must end. */
#define SHOT_WALL_S 600
/* Host seconds without a first record: a restored agent speaks within 0.1 s, within seconds on a loaded machine. */
#define SHOT_FIRST_RECORD_S 60

enum shot_end {
	SHOT_DONE,    /* the agent ended the machine; the records say the rest */
	SHOT_PANIC,   /* the guest's kernel died */
	SHOT_HANG,    /* the watchdog bit: the agent got no CPU for 30 virtual seconds */
	SHOT_SILENT,  /* it ended without a word */
	SHOT_DIED,    /* QEMU died */
	SHOT_TIMEOUT, /* host deadline */
	SHOT_FLOOD,   /* more records than SHOT_RECORDS_MOST */
	SHOT_END_COUNT,
};

struct shot {
	/* in */
	const struct rig *rig;
	const struct snapshot *snapshot; /* NULL: boot */
	unsigned shift;			 /* exact: of the job */
	const char *job, *files;	 /* fw_cfg files; files may be NULL */
	const char *records, *console;	 /* are written */
	const char *log;		 /* of QMP, appended; NULL: none */
	const char *state;		 /* where the patched state goes; exact */
	const char *gdb;		 /* wait for a debugger there; NULL: none */
	const char *trace_conf;		 /* the access trace's; NULL: none */
	unsigned wall_s;
	/* out */
	enum shot_end end;
	char why[512];
	uint64_t restore_ns, first_record_ns,
		wall_ns; /* host time, from QEMU's start; 0: did not come to it */
};

const char *shot_end_name(enum shot_end e);

/*
 * 0 when the machine lived and ended in whatever way: `end` and `why` say how. -errno when it could not be started
 * or restored, or on an interrupt. Nothing of it is left running in any case.
 */
int shot_fire(struct shot *s, struct err *err);

/* The command line shot_fire would use. */
void shot_argv(const struct shot *s, struct strlist *argv);

#endif
