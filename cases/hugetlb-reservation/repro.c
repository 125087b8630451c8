/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

enum { BY_TASK, BY_AREA, BY_PREFERENCE };

static int wants(int how)
{
	if (how != BY_AREA)
		MUST(bind_task(how == BY_TASK ? MPOL_BIND : MPOL_PREFERRED, 2));
	char *p = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (p == MAP_FAILED)
		return errno;
	if (how == BY_AREA && bind_area(p, HUGE, MPOL_BIND, 2, 0))
		return errno;
	*p = 1;
	return 100 + node_of(p);
}

static void child(const char *name, int how)
{
	int pid = MUST(fork()), status;

	if (!pid)
		_exit(wants(how));
	MUST(waitpid(pid, &status, 0));
	if (WIFSIGNALED(status))
		value(name, "signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) >= 100)
		value(name, "node %d", WEXITSTATUS(status) - 100);
	else
		value(name, "errno %d", WEXITSTATUS(status));
}

int main(void)
{
	child("task", BY_TASK);
	child("area", BY_AREA);
	child("preferred", BY_PREFERENCE);
	return 0;
}
