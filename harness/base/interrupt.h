/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGINT, SIGTERM and SIGHUP as a fact that waits and long loops look at, so that everything is given back on the way out.
 *
 * The one mechanism: the handler notes the signal and starts a tick, a SIGALRM every 20 ms until the process ends. Every call
 * that blocks (poll, waitpid, flock, open of a FIFO, write to a full pipe) then ends with EINTR, however late it was begun:
 * a signal between the look at interrupted() and the call behind it is not lost. So a wait is a loop of a call and
 * interrupt_check(); those for children and locks are in base/wait.h, and ci/lint refuses others.
 */
#ifndef NUMARIG_BASE_INTERRUPT_H
#define NUMARIG_BASE_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/* Host milliseconds that are left, once interrupt_grace() was called, to keep what is done. */
#define INTERRUPT_GRACE_MS 2000

/*
 * Installs the handlers (without SA_RESTART) and unblocks the signals. Once, from main. SIGHUP stays ignored where it was:
 * that is nohup(1). SIGPIPE and SIGXFSZ are ignored: what they tell comes as an error of the call (EPIPE, EFBIG).
 */
void interrupt_install(void);
/* The signal's number while what runs shall end, or 0. */
int interrupted(void);
/* err_set(err, -EINTR, "interrupted by SIGINT") when interrupted, else 0. */
int interrupt_check(struct err *err);
/* The same for what would begin something new: also in the time that interrupt_grace() gave. */
int interrupt_begin(struct err *err);
/* The first signal that came, or 0: also in the time that interrupt_grace() gave. */
int interrupt_signal(void);
/* As if the signal had come: for a reader of standard output that went away, which is SIGPIPE. */
void interrupt_raise(int sig);

/*
 * For who wants to keep what is done: interrupted() is 0 again, for INTERRUPT_GRACE_MS, or up to another signal half a second
 * or more behind the first. Once in a process; false when it was had already, or nothing came.
 */
bool interrupt_grace(void);

/*
 * fork(2) for a child that will exec: no signal comes to it before interrupt_before_exec(), where the handlers are gone, so
 * that none is swallowed by ours.
 */
pid_t interrupt_fork(void);
/* In a child just forked that goes on in this program: what came before the fork ends its waits, too. */
void interrupt_forked(void);
/* In a child just forked that is about to exec: signals as a program expects them. Async-signal-safe. */
void interrupt_before_exec(void);

/* Host time for deadlines and progress only: never reaches the guest or a digest. */
uint64_t host_ns(void);

#endif
