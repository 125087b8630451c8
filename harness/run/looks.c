/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/looks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/wait.h"

static bool look_at(struct run_machine *m)
{
	struct err why = ERR_INIT;

	return !m->snapshot.fresh && snapshot_look(&m->setup, &m->snapshot, &why) == -EBADMSG;
}

void looks_begin(struct run *r, struct looks *l)
{
	pid_t parent = getpid();
	int pair[2];

	*l = (struct looks){ .begun = true, .from = -1 };
	if (pipe2(pair, O_CLOEXEC))
		return;
	l->pid = fork();
	if (!l->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		interrupt_forked();
		for (size_t i = 0; getppid() == parent && i < r->machines; i++)
			if (write(pair[1], look_at(&r->machine[i]) ? "1" : "0", 1) < 1)
				break;
		_exit(0);
	}
	close(pair[1]);
	if (l->pid < 0)
		close(pair[0]);
	else
		l->from = pair[0];
}

/* What it did not come to say, because it was ended or could not begin, is looked at here. The pool may have reaped it. */
void looks_end(struct run *r, struct looks *l)
{
	struct err ignored = ERR_INIT;
	ssize_t n = 1;
	size_t i = 0;
	int status;
	char bad;

	if (!l->begun)
		return;
	l->begun = false;
	while (l->from >= 0 && i < r->machines && (n = read(l->from, &bad, 1)) == 1)
		r->machine[i++].bad = bad == '1';
	if (l->from >= 0)
		close(l->from);
	if (n < 0) /* a signal: it still runs */
		wait_killed(l->pid);
	else if (l->pid > 0)
		wait_child(l->pid, &status, &ignored);
	for (; i < r->machines && !interrupted(); i++)
		r->machine[i].bad = look_at(&r->machine[i]);
}
