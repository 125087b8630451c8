/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One QEMU process, from vm_start() to vm_stop(), which leaves nothing behind, whatever happened.
 *
 * The child is sent SIGKILL when this process dies (parent-death signal). It has a process group of its own, so that Ctrl-C in
 * a terminal reaches only this process. It inherits its control channel as one end of a socketpair (there is no path to remove),
 * and no other descriptor than those named here.
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

#define VM_QMP_FD 3 /* the descriptor of the control channel in QEMU */
#define VM_FIRST_FD \
	4 /* the descriptor of vm_spec.fds[0] in QEMU; after those comes the one that `preload` needs */

struct vm_spec {
	char *const *argv; /* argv[0] is looked up in PATH when it has no '/' */
	const int *fds;	   /* inherited as VM_FIRST_FD, +1, ... */
	size_t nfds;
	const char *log_path; /* file that QMP's lines are appended to; NULL: none */
	/*
	 * build/steady.so, for LD_PRELOAD; NULL: none. vm_start() fails when QEMU does not load it, since without it the engine is
	 * not exact.
	 */
	const char *preload;
	uint64_t hold_ns; /* hold_ns of struct steady; 0: its default */
	unsigned own_s;	  /* $NUMARIG_DEADLINE in seconds, in place of every limit; 0: not set */
	bool wall;	  /* limits count wall clock time, not QEMU's CPU time: for engine kvm */
	bool terminal;	  /* QEMU shares this process's standard streams and process group: for a shell */
};

struct vm {
	pid_t pid; /* 0: none */
	int pidfd, qmp_fd;
	int stderr_fd; /* a memfd with QEMU's standard error */
	FILE *log;
	struct qmp qmp;
	struct patience_rule rule; /* for all waits for this QEMU */
	struct steady *steady; /* written by the preloaded library, unmapped by vm_stop(); NULL without one */
};

#define VM_INIT                                            \
	{                                                  \
		.pidfd = -1, .qmp_fd = -1, .stderr_fd = -1 \
	}

/* Starts QEMU and sets up its control channel. On error no process is left. -ENOENT when there is no such program. */
int vm_start(struct vm *vm, const struct vm_spec *spec, struct err *err);

/* Kills QEMU if it still runs, reaps it and closes all descriptors. May be called for a vm that was never started. */
void vm_stop(struct vm *vm);
#define auto_vm __attribute__((cleanup(vm_stop)))

/* Runs QEMU on the user's terminal until it ends, without a control channel; *status is set as by waitpid(2). */
int vm_run_terminal(char *const *argv, int *status, struct err *err);

/*
 * Waits until QEMU ends or host_ns() reaches until_ns. 0: it ended, and *status is set as by waitpid(2). -ETIMEDOUT: it still
 * runs. -EINTR: interrupted.
 */
int vm_wait(struct vm *vm, uint64_t until_ns, int *status, struct err *err);

/*
 * After an error of the control channel: adds to the message how QEMU ended (exit code or signal, and vm_last_words). Waits for
 * its end for at most 2 s of its CPU time; when QEMU still runs then, the message stays as it is.
 */
int vm_why(struct vm *vm, struct err *err);

/*
 * The reason that QEMU gave for its end: the first line of its standard error that is no warning, without the program's name; ""
 * when there is none. Warnings are passed over, since QEMU goes on after them.
 */
void vm_last_words(const struct vm *vm, char *buf, size_t size);

#endif
