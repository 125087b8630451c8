/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at a machine that runs, until it ends. How it ended follows from its exit code and its files, whatever was or was not said
 * on QEMU's control channel: a short guest's QEMU may be gone before it has answered `cont` (8.2 often is).
 *
 * Nothing is sent to QEMU meanwhile: each byte would move the guest's schedule (docs/internals.md, "A quiet main loop").
 */
#ifndef NUMARIG_MACHINE_WATCH_H
#define NUMARIG_MACHINE_WATCH_H

#include "qemu/vm.h"

/* Bytes after which the host ends a machine whose agent did not: quotas are the agent's. */
#define WATCH_RECORDS_MOST (96ull << 20)
#define WATCH_CONSOLE_MOST (16ull << 20)

enum vm_exit {
	VM_EXIT_DONE,	 /* the agent ended the machine; the records say the rest */
	VM_EXIT_STOPPED, /* the event waited for came; QEMU lives */
	VM_EXIT_PANIC,	 /* the guest's kernel died */
	VM_EXIT_HANG,	 /* the watchdog bit: the agent got no CPU for 30 virtual seconds */
	VM_EXIT_SILENT,	 /* it ended without a word */
	VM_EXIT_DIED,	 /* QEMU died */
	VM_EXIT_TIMEOUT, /* it used up what it may */
	VM_EXIT_STALLED, /* QEMU makes no progress */
	VM_EXIT_FLOOD,	 /* more records or console output than the host keeps */
	VM_EXIT_COUNT,
};

const char *vm_exit_name(enum vm_exit e);

struct watch {
	/* in */
	struct vm *vm;
	const char *records, *console; /* files that the machine writes */
	const char *event;	 /* of QMP: at this one the machine has come to where it should; NULL: none */
	unsigned limit_s;	 /* to its end or that event */
	unsigned first_record_s; /* to its first record; 0: no limit of its own */
	uint64_t start_ns;	 /* host_ns() that times are from */
	/* out */
	enum vm_exit end;
	char why[512];
	uint64_t first_record_ns; /* host time from start_ns; 0: there was none */
};

/* 0: `end` and `why` say how it ended. -EIO: QEMU refused what it was sent last; -EINTR. */
int watch_machine(struct watch *w, struct err *err);

#endif
