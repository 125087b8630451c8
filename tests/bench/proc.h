/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One command from its start to its end, with its wall time and the peak memory of its own process and of its
 * largest descendant. On return it is dead and reaped. At the deadline, and when we are interrupted, it gets
 * SIGTERM, so that it can clean up, and SIGKILL when that did not help; the first also when we die.
 */
#ifndef NUMARIG_BENCH_PROC_H
#define NUMARIG_BENCH_PROC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

struct proc {
	/* in */
	char *const *argv; /* argv[0] is a path */
	unsigned deadline_s;
	bool peaks; /* look at it at the instant of its exit (ptrace): costs it some milliseconds in all */
	/* out */
	int code;	      /* exit code, 128 + n when signal n ended it */
	uint64_t wall_ns;     /* from just before its exec to its end */
	uint64_t own_kib;     /* VmHWM of the process itself; 0: not known */
	uint64_t largest_kib; /* ru_maxrss of wait4(2): the largest of it and all descendants that were waited
				 for */
	struct text output;   /* both its streams; free with text_free */
};

/* An error is what kept it from ending by itself: not startable, deadline, interrupt. */
int proc_run(struct proc *p, struct err *err);

#endif
