/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standard streams: what becomes of them when they are closed, when their reader goes away, and on a signal. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cli.h"

#define FILES_ENOUGH 4096 /* QEMU, and a pipe to each of 64 machines, have room in that */

/* The stream's own state, as stdio keeps it: why standard output could not be written, 0 while it could. */
static int out_errno;

/* A descriptor that is not there would become the next file that is opened: a lock, a socket of QEMU's. */
static void fill_missing(void)
{
	for (int fd = 0; fd < 3; fd++)
		/* the wrong way round: whoever uses it is told, with EBADF */
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) != fd)
			_exit(EXIT_HARNESS);
}

static void raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= FILES_ENOUGH)
		return;
	files.rlim_cur = files.rlim_max < FILES_ENOUGH ? files.rlim_max : FILES_ENOUGH;
	setrlimit(RLIMIT_NOFILE, &files);
}

/* A slow reader is waited for, also in the time that is given to keep and print what is done; a signal ends that. */
static ssize_t write_out(void *unused, const char *bytes, size_t n)
{
	size_t at = 0;

	(void)unused;
	while (at < n && !out_errno) {
		ssize_t w = write(1, bytes + at, n - at);

		if (w >= 0)
			at += (size_t)w;
		else if (errno != EINTR || interrupted())
			out_errno = errno;
	}
	if (out_errno == EPIPE)
		interrupt_raise(SIGPIPE); /* nobody reads what is still to come: what runs for it ends */
	return out_errno ? -1 : (ssize_t)n;
}

void output_begin(void)
{
	cookie_io_functions_t how = { .write = write_out };

	fill_missing();
	raise_limit();
	FILE *out = fopencookie(NULL, "w", how);
	if (!out)
		_exit(EXIT_HARNESS);
	setvbuf(out, NULL, isatty(1) ? _IOLBF : _IOFBF, BUFSIZ);
	stdout = out;
}

int output_end(int code)
{
	bool failed = fflush(stdout) || ferror(stdout);

	if (interrupt_signal()) {
		/* whatever failed then failed for that; of a reader that went away there is nothing to say */
		if (interrupt_signal() != SIGPIPE)
			fprintf(stderr, "numarig: interrupted by SIG%s\n", sigabbrev_np(interrupt_signal()));
		return 128 + interrupt_signal();
	}
	if (!failed)
		return code;
	/* a full disk or a closed descriptor behind `numarig ... > file` is an error like any other */
	fprintf(stderr, "numarig: standard output can't be written: %s\n", strerror(out_errno));
	return code ? code : EXIT_HARNESS;
}
