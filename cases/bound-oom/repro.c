/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 256 MiB, bound to a node that has less and then preferring it. Reserved huge pages fill most of the node, as they need no
 * zeroing; what is touched is huge as well, for speed.
 */
#include "repro.h"

#define BYTES (256 * MIB)

static void touch(int mode)
{
	char *p = area(BYTES, HUGE);

	put("/proc/self/oom_score_adj", "1000"); /* it, not the shell */
	MUST(bind_area(p, BYTES, mode, 2, 0));
	for (size_t i = 0; i < BYTES; i += PAGE)
		p[i] = 1;
}

static void child(const char *name, int mode)
{
	int pid = MUST(fork()), status;

	if (!pid) {
		touch(mode);
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0));
	if (WIFSIGNALED(status))
		value(name, "signal %d", WTERMSIG(status));
	else
		value(name, "exit %d", WEXITSTATUS(status));
}

int main(void)
{
	child("bound", MPOL_BIND);
	log_word_value("constraint", "oom-kill:constraint=");
	value("node0_free_mib", "%lld",
	      number_in("/sys/devices/system/node/node0/meminfo", "MemFree") / 1024);
	child("preferred", MPOL_PREFERRED);
	return 0;
}
