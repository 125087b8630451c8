/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "base/interrupt.h"

pid_t wait_child(pid_t pid, int *status, struct err *err)
{
	for (;;) {
		if (interrupt_check(err))
			return err->code;
		pid_t got = waitpid(pid, status, 0);
		if (got >= 0)
			return got;
		if (errno != EINTR)
			return err_sys(err, "waiting for a process");
	}
}

void wait_killed(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Reaps who has ended, and kills what its group has left while the group's number is still taken; how many live. */
static size_t reap(pid_t *pids, size_t n, bool group)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		siginfo_t is = { 0 };

		if (pids[i] <= 0)
			continue;
		if (!waitid(P_PID, (id_t)pids[i], &is, WEXITED | WNOHANG | WNOWAIT) && !is.si_pid) {
			left++;
			continue;
		}
		if (group)
			kill(-pids[i], SIGKILL);
		wait_killed(pids[i]);
		pids[i] = 0;
	}
	return left;
}

void wait_terminate(pid_t *pids, size_t n, bool group)
{
	uint64_t until = host_ns() + WAIT_TERMINATE_MS * 1000000ull;

	int came = interrupt_signal(), sig = !group && (came == SIGINT || came == SIGHUP) ? came : SIGTERM;

	for (size_t i = 0; i < n; i++)
		if (pids[i] > 0)
			kill(group ? -pids[i] : pids[i], sig);
	while (reap(pids, n, group) && host_ns() < until)
		poll(NULL, 0, 2); /* several at once have no wait of their own */
	for (size_t i = 0; i < n; i++) {
		if (group && pids[i] > 0)
			kill(-pids[i], SIGKILL);
		wait_killed(pids[i]);
		pids[i] = 0;
	}
}

int wait_lock(int fd, int how, struct err *err)
{
	for (;;) {
		if (interrupt_check(err))
			return err->code;
		if (!flock(fd, how))
			return 0;
		if (errno != EINTR)
			return err_sys(err, "locking");
	}
}
