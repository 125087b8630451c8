/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/tool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/wait.h"

#define TOOL_MOST (1024 * 1024) /* what these tools write is a page of text */

/*
 * The child is always dead and reaped, whichever way its owner is left. It is told first: a script has children in groups of
 * their own, and files, that only it can end and remove.
 */
static void child_end(pid_t *pid)
{
	wait_terminate(pid, 1, true);
}
#define auto_child __attribute__((cleanup(child_end)))

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ll + t.tv_nsec / 1000000;
}

/* The pipes to a child: what it writes, and a third that closes at its exec or carries the errno of what
 * failed. */
enum { OUT, WHY, REPORT, PIPES };
struct pipes {
	int from[PIPES], to[PIPES]; /* -1 once closed */
};

static void pipes_close(int end[PIPES])
{
	for (int i = 0; i < PIPES; i++)
		if (end[i] >= 0)
			close(take_fd(&end[i]));
}

static void pipes_end(struct pipes *p)
{
	pipes_close(p->from);
	pipes_close(p->to);
}
#define auto_pipes __attribute__((cleanup(pipes_end)))

static int pipes_make(struct pipes *p)
{
	for (int i = 0; i < PIPES; i++) {
		int pair[2];

		if (pipe2(pair, O_CLOEXEC) || fcntl(pair[0], F_SETFL, i == REPORT ? 0 : O_NONBLOCK))
			return -1;
		p->from[i] = pair[0];
		p->to[i] = pair[1];
	}
	return 0;
}

/*
 * Between fork and exec: async-signal-safe calls only. All descriptors are first moved out of the way of 0 to
 * TOOL_FD, as the caller may run with its own 0, 1 or 2 closed.
 */
static void child_exec(const struct tool *t, const struct pipes *p, pid_t parent)
{
	setpgid(0, 0);
	int report = fcntl(p->to[REPORT], F_DUPFD_CLOEXEC, TOOL_FD + 1);
	int out = fcntl(p->to[OUT], F_DUPFD_CLOEXEC, TOOL_FD + 1);
	int why = fcntl(p->to[WHY], F_DUPFD_CLOEXEC, TOOL_FD + 1);
	int give = t->give_fd > 0 ? fcntl(t->give_fd, F_DUPFD_CLOEXEC, TOOL_FD + 1) : -1;
	int null = open("/dev/null", O_RDONLY);
	int code;

	interrupt_before_exec();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died before the line above */
	if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(why, 2) == 2 &&
	    (t->give_fd <= 0 || dup2(give, TOOL_FD) == TOOL_FD))
		execve(t->argv[0], t->argv, t->env);
	code = errno;
	_exit(write(report, &code, sizeof(code)) == (ssize_t)sizeof(code) ? 127 : 126);
}

/* Takes what is there. The end of the stream closes *fd and makes it -1. */
static int drain(int *fd, struct text *into, const char *who, struct err *err)
{
	char buf[16384];

	while (*fd >= 0) {
		ssize_t n = read(*fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0)
			return err_sys(err, "%s: reading what it writes", who);
		if (!n) {
			close(*fd);
			*fd = -1;
		} else if (into->len + (size_t)n > TOOL_MOST) {
			return err_set(err, -EFBIG,
				       "%s: writes more than %d bytes; a page of text was expected", who,
				       TOOL_MOST);
		} else {
			text_add(into, buf, (size_t)n);
		}
	}
	return 0;
}

/* Collects both streams until the child has ended; what a grandchild still holds open is not waited for. */
static int collect(const struct tool *t, int ended, struct pipes *pipes, struct text *out, struct text *why,
		   struct err *err)
{
	const char *who = t->argv[0];
	long long until = now_ms() + t->deadline_ms;

	for (;;) {
		struct pollfd p[] = { { .fd = ended, .events = POLLIN },
				      { .fd = pipes->from[OUT], .events = POLLIN },
				      { .fd = pipes->from[WHY], .events = POLLIN } };
		long long left = until - now_ms();

		if (left <= 0)
			return err_set(err, -ETIME, "%s: has not ended after %u ms, its deadline", who,
				       t->deadline_ms);
		if (interrupt_check(err))
			return err->code;
		if (poll(p, ARRAY_SIZE(p), (int)left) < 0) {
			if (errno != EINTR)
				return err_sys(err, "%s: waiting for it", who);
			continue;
		}
		/* what it wrote before its end is in the pipes now */
		if (drain(&pipes->from[OUT], out, who, err) || drain(&pipes->from[WHY], why, who, err))
			return err->code;
		if (p[0].revents)
			return 0;
	}
}

/* Waits for the exec: end of file is success, an errno the reason why not. */
static int started(int report, const char *who, struct err *err)
{
	int code = 0;
	ssize_t n;

	do
		n = read(report, &code, sizeof(code));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(code))
		return errno = code, err_sys(err, "%s: can't be started", who);
	return 0;
}

int tool_run(const struct tool *t, struct text *out, struct text *why, int *code, struct err *err)
{
	const char *who = t->argv[0];
	auto_pipes struct pipes pipes = { { -1, -1, -1 }, { -1, -1, -1 } };
	auto_close int ended = -1;
	pid_t parent = getpid();
	int status = 0;

	if (pipes_make(&pipes))
		return err_sys(err, "%s: can't be started", who);
	auto_child pid_t pid = interrupt_fork();
	if (pid < 0)
		return err_sys(err, "%s: can't be started", who);
	if (!pid)
		child_exec(t, &pipes, parent);
	setpgid(pid, pid); /* here and there: it has its group whoever comes first */
	pipes_close(pipes.to);
	if (started(pipes.from[REPORT], who, err))
		return err->code;
	ended = pidfd_open(pid, 0);
	if (ended < 0)
		return err_sys(err, "%s: watching it", who);
	if (collect(t, ended, &pipes, out, why, err))
		return err->code;
	kill(-pid, SIGKILL); /* what it may have left in its group, while its own id is still taken */
	if (waitpid(pid, &status, WNOHANG) != pid)
		return err_sys(err, "%s: waiting for its exit code", who);
	pid = 0;
	*code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	return 0;
}

const char *tool_first_line(const struct text *wrote, char *buf, size_t size)
{
	const char *from = text_str(wrote);
	size_t n;

	from += strspn(from, " \t\r\n");
	n = strcspn(from, "\r\n");
	if (n >= size)
		n = size - 1;
	memcpy(buf, from, n);
	buf[n] = 0;
	return buf;
}

char *tool_which(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return xstrdup(name);
	for (const char *at = path ? path : "/usr/bin:/bin"; *name; at++) {
		size_t n = strcspn(at, ":");
		auto_free char *full = xasprintf("%.*s/%s", n ? (int)n : 1, n ? at : ".", name);
		struct stat st;

		if (!stat(full, &st) && S_ISREG(st.st_mode) && !access(full, X_OK))
			return take_ptr(full);
		at += n;
		if (!*at)
			break;
	}
	return NULL;
}
