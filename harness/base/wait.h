/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for children and for locks that end when a signal comes (base/interrupt.h). ci/lint refuses waitpid(2) without WNOHANG
 * and flock(2) without LOCK_NB everywhere else.
 */
#ifndef NUMARIG_BASE_WAIT_H
#define NUMARIG_BASE_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Waits until a child ends, or with pid -1 until any child does; *status is set as by waitpid(2). Returns the child's pid, or
 * -errno: -EINTR when interrupted (the child may still run), -ECHILD when there is no such child.
 */
pid_t wait_child(pid_t pid, int *status, struct err *err);

/* Kills a child with SIGKILL and reaps it, also while interrupted. Does nothing for a pid of 0 or less. */
void wait_killed(pid_t pid);

/*
 * Sends children the signal that came to this process (SIGTERM when none did, and to a group) and reaps them; one that lives
 * after WAIT_TERMINATE_MS is killed. Entries of 0 or less are no children, and all are 0 afterwards. `group`: each child leads a
 * process group, and signals go to the whole group.
 */
#define WAIT_TERMINATE_MS 2500
void wait_terminate(pid_t *pids, size_t n, bool group);

/* flock(2) with LOCK_SH or LOCK_EX: waits until the lock is taken. 0, -EINTR when interrupted, or another -errno. */
int wait_lock(int fd, int how, struct err *err);

#endif
