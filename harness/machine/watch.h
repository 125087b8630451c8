/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watches a machine until it ends. How it ended is decided by QEMU's exit code and the files that the machine wrote, not by the
 * control channel: with a short job QEMU may end before it has answered `cont` (8.2 often does).
 *
 * Nothing is sent to QEMU in the meantime: each byte would change the guest's schedule (docs/internals.md, "A quiet main loop").
 */
#ifndef NUMARIG_MACHINE_WATCH_H
#define NUMARIG_MACHINE_WATCH_H

#include "qemu/vm.h"

/* Bytes after which the host ends a machine. The agent has lower quotas; these are for one whose agent does not keep them. */
#define WATCH_RECORDS_MOST (96ull << 20)
#define WATCH_CONSOLE_MOST (16ull << 20)

enum vm_exit {
	VM_EXIT_DONE,	 /* the agent ended the machine; the records say the rest */
	VM_EXIT_STOPPED, /* the event that was waited for came; QEMU still runs */
	VM_EXIT_PANIC,	 /* the guest's kernel panicked */
	VM_EXIT_HANG,	 /* the watchdog fired: the agent got no CPU for 30 virtual seconds */
	VM_EXIT_SILENT,	 /* the machine ended, and nothing says why */
	VM_EXIT_DIED,	 /* QEMU was killed or failed */
	VM_EXIT_TIMEOUT, /* the limit was reached */
	VM_EXIT_STALLED, /* QEMU made no progress (qemu/patience.h) */
	VM_EXIT_FLOOD,	 /* the machine wrote more records or console output than the host keeps */
	VM_EXIT_COUNT,
};

const char *vm_exit_name(enum vm_exit e);

struct watch {
	/* in */
	struct vm *vm;
	const char *records, *console; /* files that the machine writes */
	const char *event;	       /* QMP event at which the wait ends (VM_EXIT_STOPPED); NULL: none */
	unsigned limit_s;	       /* until the end or that event, in seconds of QEMU's CPU time */
	unsigned first_record_s;       /* until the first record, in the same seconds; 0: no separate limit */
	uint64_t start_ns;	       /* the host_ns() from which times are counted */
	/* out */
	enum vm_exit end;
	char why[512];
	uint64_t first_record_ns; /* host time from start_ns to the first record; 0: there was none */
};

/* 0: `end` and `why` say how it ended. -EIO: QEMU refused the command sent last. -EINTR: interrupted. */
int watch_machine(struct watch *w, struct err *err);

#endif
