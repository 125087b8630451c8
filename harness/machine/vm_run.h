/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One life of a machine: restored from a snapshot (exact) or booted (fast, kvm), one job, to its end. */
#ifndef NUMARIG_MACHINE_VM_RUN_H
#define NUMARIG_MACHINE_VM_RUN_H

#include "machine/snapshot.h"
#include "machine/watch.h"

/* Seconds of QEMU's CPU time after which a job is given up whatever its virtual time: a CI job must end. */
#define VM_RUN_LIMIT_S 600
/* The same to the first record: a restored agent speaks within 0.1 s. */
#define VM_RUN_FIRST_RECORD_S 60

struct vm_run {
	/* in */
	const struct setup *setup;
	const struct snapshot *snapshot; /* NULL: boot */
	unsigned shift;			 /* exact: of the job */
	const char *job, *files;	 /* fw_cfg files; files may be NULL */
	const char *records, *console;	 /* are written */
	const char *log;		 /* of QMP, appended; NULL: none */
	const char *state;		 /* where the patched state goes; exact */
	const char *gdb;		 /* wait for a debugger there; NULL: none */
	const char *trace_conf;		 /* the access trace's; NULL: none */
	unsigned limit_s;		 /* of VM_RUN_LIMIT_S' kind */
	/* out */
	enum vm_exit end;
	char why[512];
	uint64_t restore_ns, first_record_ns,
		wall_ns;      /* host time, from QEMU's start; 0: did not come to it */
	struct steady steady; /* what the preloaded library did; loaded 0: there was none */
};

/*
 * 0 when the machine lived and ended in whatever way: `end` and `why` say how. -errno when it could not be started
 * or restored, or on an interrupt. Nothing of it is left running in any case.
 */
int vm_run(struct vm_run *s, struct err *err);

/* The command line vm_run would use. */
void vm_run_argv(const struct vm_run *s, struct strlist *argv);

#endif
