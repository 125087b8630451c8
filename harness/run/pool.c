/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/pool.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "base/wait.h"

/* Waits for one of them. Another child of this process may end meanwhile; how, is its owner's to know by other means. */
static int reap_one(pid_t *pids, size_t n, struct err *err)
{
	for (;;) {
		int status;
		pid_t p = wait_child(-1, &status, err);

		if (p < 0)
			return err->code;
		for (size_t i = 0; i < n; i++) {
			if (pids[i] == p) {
				pids[i] = 0;
				return 0;
			}
		}
	}
}

static pid_t spawn(int (*one)(void *ctx, size_t i), void *ctx, size_t i)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* and QEMU with it, by its own */
	interrupt_forked();
	_exit(getppid() != parent ? 1 : one(ctx, i));
}

int pool_run(size_t n, unsigned jobs, void (*begins)(void *ctx, size_t i), int (*one)(void *ctx, size_t i),
	     void *ctx, struct err *err)
{
	auto_free pid_t *pids = xcalloc(n ? n : 1, sizeof(*pids));
	unsigned running = 0;
	int code = 0;

	for (size_t i = 0; !code && (i < n || running);) {
		if (i < n && running < (jobs ? jobs : 1)) {
			if (begins)
				begins(ctx, i);
			code = interrupt_begin(err);
			pids[i] = code ? 0 : spawn(one, ctx, i);
			if (pids[i] < 0)
				code = err_sys(err, "fork");
			running++;
			i++;
		} else {
			code = reap_one(pids, n, err);
			running--;
		}
	}
	if (code)
		wait_terminate(pids, n, false);
	return code;
}
