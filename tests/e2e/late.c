/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A QEMU whose answers come late or never: runs the real one, $NUMARIG_LATE_QEMU, with a control channel of its own and hands on what
 * is said on it. $NUMARIG_LATE: milliseconds that every answer is held back, or `mute`: nothing is handed on once `cont` was said,
 * as with QEMU 8.2 and a short guest. Ends as QEMU ends, at once, whatever is still held back.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TROUBLE 98
#define VM_QMP_FD 3 /* harness/qemu/vm.h */

static void trouble(const char *what)
{
	fprintf(stderr, "late: %s: %s\n", what, strerror(errno));
	exit(TROUBLE);
}

/* With the real one in its place: our pid is not the one that QEMU's owner watches, so it goes when we go. */
static pid_t start(char **argv, int *channel)
{
	int pair[2];
	pid_t parent = getpid(), pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		trouble("socketpair");
	*channel = pair[0];
	pid = fork();
	if (pid < 0)
		trouble("fork");
	if (pid) {
		close(pair[1]);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || dup2(pair[1], VM_QMP_FD) < 0)
		_exit(TROUBLE);
	execv(argv[0], argv);
	_exit(TROUBLE);
}

static void end_as(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		trouble("waitpid");
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	exit(WEXITSTATUS(status));
}

/* Hands on what is there; its bytes in buf. 0: the end. */
static ssize_t pass(int from, int to, char *buf, size_t size)
{
	ssize_t n = read(from, buf, size - 1);

	if (n <= 0)
		return 0;
	buf[n] = 0;
	if (to >= 0 && write(to, buf, (size_t)n) != n)
		return 0;
	return n;
}

static bool has(char **argv, const char *word)
{
	for (; *argv; argv++)
		if (!strncmp(*argv, word, strlen(word)))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	const char *how = getenv("NUMARIG_LATE");
	char *real = getenv("NUMARIG_LATE_QEMU");
	/* a boot's end is an event, and must be heard */
	bool mute = false, mutes = how && !strcmp(how, "mute") && has(argv, "-incoming");
	unsigned ms = how ? (unsigned)atoi(how) : 0;
	char buf[65536];
	int qemu;

	argv[0] = real;
	if (!real || argc < 2)
		trouble("NUMARIG_LATE_QEMU names no QEMU");
	if (!has(argv, "socket,id=qmp,")) /* it is asked for its version, say */
		execv(real, argv);
	signal(SIGPIPE, SIG_IGN);
	pid_t pid = start(argv, &qemu);
	int gone = pidfd_open(pid, 0);
	for (;;) {
		struct pollfd p[3] = { { gone, POLLIN, 0 }, { VM_QMP_FD, POLLIN, 0 }, { qemu, POLLIN, 0 } };

		/* not ppoll(2): to steady.so, which is in this process, too, that is QEMU's main loop */
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			trouble("poll");
		if (p[0].revents)
			end_as(pid);
		if (p[1].revents) {
			if (!pass(VM_QMP_FD, qemu, buf, sizeof(buf)))
				return TROUBLE; /* who started us is gone */
			mute = mute || (mutes && strstr(buf, "\"cont\""));
		}
		if (p[2].revents) {
			/* woken early when QEMU ends: then nothing waits for the rest */
			if (ms)
				poll(p, 1, (int)ms);
			if (!p[0].revents && !pass(qemu, mute ? -1 : VM_QMP_FD, buf, sizeof(buf)))
				end_as(pid);
		}
	}
}
