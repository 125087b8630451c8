/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/pool.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/text.h"

/* Waits for one of them. */
static int reap_one(pid_t *pids, size_t n, struct err *err)
{
	for (;;) {
		int status;
		pid_t p = waitpid(-1, &status, 0);

		if (interrupt_check(err)) {
			for (size_t i = 0; i < n; i++)
				if (pids[i] > 0 && pids[i] != p)
					kill(pids[i], SIGTERM);
			while (waitpid(-1, &status, 0) > 0 || errno == EINTR)
				;
			return err->code;
		}
		if (p < 0 && errno != EINTR)
			return err_sys(err, "waiting for a machine");
		for (size_t i = 0; i < n; i++)
			if (p > 0 && pids[i] == p)
				pids[i] = 0;
		if (p > 0)
			return 0;
	}
}

static pid_t spawn(int (*one)(void *ctx, size_t i), void *ctx, size_t i)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* and QEMU with it, by its own */
	_exit(getppid() != parent ? 1 : one(ctx, i));
}

int pool_run(size_t n, unsigned jobs, void (*begins)(void *ctx, size_t i), int (*one)(void *ctx, size_t i),
	     void *ctx, struct err *err)
{
	auto_free pid_t *pids = xcalloc(n ? n : 1, sizeof(*pids));
	unsigned running = 0;

	for (size_t i = 0; i < n || running;) {
		if (i < n && running < (jobs ? jobs : 1)) {
			if (begins)
				begins(ctx, i);
			pids[i] = spawn(one, ctx, i);
			if (pids[i] < 0)
				return err_sys(err, "fork");
			running++;
			i++;
			continue;
		}
		if (reap_one(pids, n, err))
			return err->code;
		running--;
	}
	return 0;
}
