/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGINT, SIGTERM and SIGHUP set a flag, which waits and long loops test, so that everything is released on the way out.
 *
 * How a wait notices: the handler sets the flag and starts a timer that sends SIGALRM every 20 ms until the process ends. So
 * every call that blocks (poll, waitpid, flock, open of a FIFO, write to a full pipe) ends with EINTR, even one that was begun
 * just after interrupted() was tested. A wait is therefore a loop of the call and interrupt_check(). Waits for children and
 * locks are in base/wait.h; ci/lint refuses others.
 */
#ifndef NUMARIG_BASE_INTERRUPT_H
#define NUMARIG_BASE_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Milliseconds of host time that interrupt_grace() gives for saving what is finished. */
#define INTERRUPT_GRACE_MS 2000

/*
 * Installs the handlers (without SA_RESTART) and unblocks the signals. To be called once, from main. A SIGHUP that is ignored
 * stays ignored, for nohup(1). SIGPIPE and SIGXFSZ are ignored: the call fails with EPIPE or EFBIG instead.
 */
void interrupt_install(void);
/* The number of the signal that came, when the work at hand is to end; else 0. Also 0 in the time that interrupt_grace() gave. */
int interrupted(void);
/* err_set(err, -EINTR, "interrupted by SIGINT") when interrupted, else 0. */
int interrupt_check(struct err *err);
/* The same, to be asked before new work is begun: an error in the time that interrupt_grace() gave, too. */
int interrupt_begin(struct err *err);
/* The number of the first signal that came, or 0; also in the time that interrupt_grace() gave. */
int interrupt_signal(void);
/* Acts as if the signal had come: SIGPIPE when nobody reads standard output any more. */
void interrupt_raise(int sig);

/*
 * Asks for time to save what is finished: interrupted() returns 0 for INTERRUPT_GRACE_MS, or until another signal comes half a
 * second or more after the first. Given once in a process. False when it was given before, or when no signal came.
 */
bool interrupt_grace(void);

/*
 * fork(2) for a child that will exec. The signals are blocked in it until interrupt_before_exec(), which restores their
 * default actions first: so no signal is lost in a handler of this program.
 */
pid_t interrupt_fork(void);
/* To be called in a child that was just forked and goes on in this program: a signal from before the fork ends its waits, too. */
void interrupt_forked(void);
/* To be called in a child of interrupt_fork() before exec: default actions, nothing blocked. Async-signal-safe. */
void interrupt_before_exec(void);

/* The host's monotonic clock, for deadlines and progress. It never reaches the guest or a digest. */
uint64_t host_ns(void);

#endif
