/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs one of the host's own small programs (mke2fs, a compiler) to its end and
 * collects what it wrote. Not for QEMU: that has a life of its own (harness/qemu).
 *
 * The child gets exactly the environment given, /dev/null as standard input, a process group of its own, an
 * empty signal mask, and SIGKILL when the calling thread ends. On return it is always dead and reaped; at its
 * deadline its group is killed. No shell is involved.
 */
#ifndef NUMARIG_KIT_TOOL_H
#define NUMARIG_KIT_TOOL_H

#include "base/err.h"
#include "base/text.h"

#define TOOL_FD 3 /* where the child finds give_fd */

struct tool {
	char *const *argv; /* argv[0] is a path, not looked up; ended by NULL; the caller's */
	char *const *env;  /* ended by NULL; the caller's */
	int give_fd;	   /* a file the child shall have open as TOOL_FD; 0 or -1: none */
	unsigned deadline_ms;
};

/*
 * Fills out with the standard output, why with the standard error (each at most 1 MiB, more is -EFBIG) and
 * *code with the exit code, 128 + n when signal n ended it. Errors are for what kept the program from ending
 * by itself: not startable, -ETIME at the deadline. They name argv[0]. The texts are the caller's to free, on
 * errors too.
 */
int tool_run(const struct tool *t, struct text *out, struct text *why, int *code, struct err *err);

/* The first line of what a tool wrote that is not blank, for an error message; at most `size` bytes, "" when
 * none. */
const char *tool_first_line(const struct text *wrote, char *buf, size_t size);

/*
 * The path of a command as a shell would find it: as given when it has a '/', else the first executable file
 * of that name in the folders of $PATH. malloc'ed; NULL when there is none.
 */
char *tool_which(const char *name);

#endif
