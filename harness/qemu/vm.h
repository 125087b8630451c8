/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One QEMU process: started, talked to, ended. The owner's vm_stop() leaves nothing behind, whatever happened.
 *
 * The child gets SIGKILL when this process dies (parent-death signal), a process group of its own (a terminal's
 * Ctrl-C reaches only us), its control channel as an inherited socketpair (no path, nothing to remove), and nothing
 * else of our descriptors but those named.
 */
#ifndef NUMARIG_QEMU_VM_H
#define NUMARIG_QEMU_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"
#include "preload/steady.h"
#include "qemu/qmp.h"

#define VM_QMP_FD 3   /* the number of the control channel in QEMU */
#define VM_FIRST_FD 4 /* the first of vm_spec.fds in QEMU; behind them what `preload` needs */

struct vm_spec {
	char *const *argv; /* argv[0] is looked up in PATH when it has no '/' */
	const int *fds;	   /* inherited as VM_FIRST_FD, +1, ... */
	size_t nfds;
	const char *log_path; /* of QMP; NULL: none */
	/*
	 * build/steady.so, for QEMU's loader (LD_PRELOAD); NULL: none. A QEMU whose loader does not take it is not started: without
	 * it nothing is exact.
	 */
	const char *preload;
	uint64_t hold_ns; /* of struct steady; 0: its default */
	unsigned own_s;	  /* $NUMARIG_DEADLINE, in place of every limit; 0: not set */
	bool wall;	  /* limits are wall clock, not QEMU's CPU time: for engine kvm */
	bool terminal;	  /* keeps our standard streams and process group: for a shell */
};

struct vm {
	pid_t pid; /* 0: none */
	int pidfd, qmp_fd;
	int stderr_fd; /* a memfd with what QEMU said */
	FILE *log;
	struct qmp qmp;
	struct patience_rule rule; /* of all waits for it */
	struct steady *steady;	   /* what the preloaded library says; NULL without one. Gone with vm_stop */
};

#define VM_INIT                                            \
	{                                                  \
		.pidfd = -1, .qmp_fd = -1, .stderr_fd = -1 \
	}

/* Starts QEMU and greets it. On error nothing runs. -ENOENT when there is no such program. */
int vm_start(struct vm *vm, const struct vm_spec *spec, struct err *err);

/* Kills (if it still runs), reaps, closes. Safe on a vm that never started. */
void vm_stop(struct vm *vm);
#define auto_vm __attribute__((cleanup(vm_stop)))

/* Runs QEMU on our terminal to its end, without control channel; *status as waitpid(2) gives it. */
int vm_run_terminal(char *const *argv, int *status, struct err *err);

/*
 * How it ended: fills *status as waitpid(2) gives it, waiting until host_ns() reaches until_ns.
 * 0 ended; -ETIMEDOUT still running; -EINTR interrupted.
 */
int vm_wait(struct vm *vm, uint64_t until_ns, int *status, struct err *err);

/*
 * After an error of the control channel: adds why QEMU died (exit code or signal, and its last words) to the
 * message. Waits for it to be dead, for 2 s of its CPU time; a QEMU that lives leaves the message as it is.
 */
int vm_why(struct vm *vm, struct err *err);

/*
 * Why QEMU says it ended: the first line on its standard error that is no warning, without its own name; "" when none. A warning is
 * no cause: QEMU goes on after it.
 */
void vm_last_words(const struct vm *vm, char *buf, size_t size);

#endif
