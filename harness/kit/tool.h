/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program of the host (mke2fs, a compiler) until it ends and collects its output. QEMU is started by qemu/vm.h instead.
 *
 * The child gets exactly the environment given, /dev/null as standard input, a process group of its own and an empty signal mask;
 * it is sent SIGKILL when the calling thread ends. When tool_run() returns, the child has ended and was reaped; at the deadline
 * its process group is killed. No shell is involved.
 */
#ifndef NUMARIG_KIT_TOOL_H
#define NUMARIG_KIT_TOOL_H

#include "base/err.h"
#include "base/text.h"

#define TOOL_FD 3 /* where the child finds give_fd */

struct tool {
	char *const *argv; /* NULL-ended, borrowed; argv[0] is a path and is not searched in $PATH */
	char *const *env;  /* NULL-ended, borrowed */
	int give_fd;	   /* a descriptor that the child gets as TOOL_FD; 0 or -1: none */
	unsigned deadline_ms;
};

/*
 * Fills out with the standard output, why with the standard error (each at most 1 MiB, more is -EFBIG) and *code with the exit
 * code, or 128 + n when signal n ended the program. An error means that the program could not be started or did not end by
 * itself (-ETIME at the deadline); messages begin with argv[0]. The caller frees both texts, after an error, too.
 */
int tool_run(const struct tool *t, struct text *out, struct text *why, int *code, struct err *err);

/* Copies the first line of `wrote` that is not blank into buf, for an error message. Returns buf; it is "" when there is none. */
const char *tool_first_line(const struct text *wrote, char *buf, size_t size);

/*
 * The path of a command as a shell finds it: `name` itself when it has a '/', else the first executable file of that name in the
 * folders of $PATH. malloc'ed; NULL when there is none.
 */
char *tool_which(const char *name);

#endif
