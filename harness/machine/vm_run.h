/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs one job in one machine until it ends. The machine is restored from a snapshot (engine exact) or booted (fast, kvm). */
#ifndef NUMARIG_MACHINE_VM_RUN_H
#define NUMARIG_MACHINE_VM_RUN_H

#include "machine/snapshot.h"
#include "machine/watch.h"

/* The limit for a job, in seconds of QEMU's CPU time, whatever its limit in virtual time is: a CI job must end. */
#define VM_RUN_LIMIT_S 600
/* The limit until the first record, in the same seconds; a restored agent sends one within 0.1 s. */
#define VM_RUN_FIRST_RECORD_S 60

struct vm_run {
	/* in */
	const struct setup *setup;
	const struct snapshot *snapshot; /* to restore; NULL: the machine is booted */
	unsigned shift;			 /* of the job's instruction clock; engine exact */
	const char *job, *files;	 /* paths of the fw_cfg files; files may be NULL */
	const char *records, *console;	 /* paths of files that the machine writes */
	const char *log;		 /* file that QMP's lines are appended to; NULL: none */
	const char *state;		 /* path for the changed state (snapshot_state); engine exact */
	const char *gdb;	/* address at which the machine waits for gdb; NULL: it does not wait */
	const char *trace_conf; /* the access trace's configuration; NULL: no trace */
	unsigned limit_s;	/* VM_RUN_LIMIT_S, or another limit in the same seconds */
	/* out */
	enum vm_exit end;
	char why[512];
	/* host time from QEMU's start until it was restored, sent its first record, ended; 0: it did not come to that */
	uint64_t restore_ns, first_record_ns, wall_ns;
	struct steady
		steady; /* what the preloaded library did; its `loaded` is 0 when there was no library */
};

/*
 * 0 when the machine ran and ended, in whatever way: `end` and `why` say how. -errno when it could not be started or restored, or
 * when interrupted. In no case is a process left.
 */
int vm_run(struct vm_run *s, struct err *err);

#endif
