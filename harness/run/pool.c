/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/pool.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "base/wait.h"

/* Waits for one of them, *which. Another child of this process may end meanwhile; how, is its owner's to know by other means. */
static int reap_one(pid_t *pids, size_t n, size_t *which, struct err *err)
{
	for (;;) {
		int status;
		pid_t p = wait_child(-1, &status, err);

		if (p < 0)
			return err->code;
		for (size_t i = 0; i < n; i++) {
			if (pids[i] == p) {
				pids[i] = 0;
				*which = i;
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

/* Who runs, with the one that is about to. */
static void show_progress(const struct pool *p, const pid_t *pids, size_t next, unsigned running)
{
	auto_text struct text names = { 0 };

	if (!p->progress)
		return;
	for (size_t i = 0; i <= next; i++)
		if (pids[i] > 0 || i == next)
			text_printf(&names, "%s%s", names.len ? ", " : "", p->name(p->ctx, i));
	p->progress(text_str(&names), (unsigned)next - running, (unsigned)p->n);
}

int pool_run(const struct pool *p, struct err *err)
{
	auto_free pid_t *pids = xcalloc(p->n ? p->n : 1, sizeof(*pids));
	size_t i = 0, gone = p->n; /* p->n: none */
	unsigned running = 0;
	int code = 0;

	while (!code && (i < p->n || running || gone < p->n)) {
		if (i < p->n && running < (p->jobs ? p->jobs : 1)) {
			show_progress(p, pids, i, running);
			code = interrupt_begin(err);
			pids[i] = code ? 0 : spawn(p->one, p->ctx, i);
			if (pids[i] < 0)
				code = err_sys(err, "fork");
			running++;
			i++;
		} else if (gone < p->n) { /* behind the start of the next: it runs meanwhile */
			if (p->ended)
				p->ended(p->ctx, gone);
			gone = p->n;
		} else {
			code = reap_one(pids, p->n, &gone, err);
			running--;
		}
	}
	if (code)
		wait_terminate(pids, p->n, false);
	return code;
}
