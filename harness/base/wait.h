/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for children and for locks, each of which a signal ends (base/interrupt.h). No other place calls waitpid(2) without
 * WNOHANG or flock(2) without LOCK_NB: ci/lint looks.
 */
#ifndef NUMARIG_BASE_WAIT_H
#define NUMARIG_BASE_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Waits for the end of a child, or of any with pid -1; *status as waitpid(2) gives it. Returns its pid, or -errno: -EINTR when
 * interrupted (it may still run), -ECHILD when there is none.
 */
pid_t wait_child(pid_t pid, int *status, struct err *err);

/* Kills a child and reaps it. pid 0 or less: nothing. A signal does not cut this short: the dead come at once. */
void wait_killed(pid_t pid);

/*
 * Sends SIGTERM to children and reaps them; one that lives after WAIT_TERMINATE_MS is killed. Entries of 0 or less are no
 * children, and all are 0 afterwards. `group`: each child leads a process group, and signals go to the whole group.
 */
#define WAIT_TERMINATE_MS 2500
void wait_terminate(pid_t *pids, size_t n, bool group);

/* flock(2) with LOCK_SH or LOCK_EX, until it is had: 0, -EINTR when interrupted, or another -errno. */
int wait_lock(int fd, int how, struct err *err);

#endif
