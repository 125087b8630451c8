/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"

#define CLEAN_UP_MS 20000 /* what a run gets to put its things away after SIGTERM */
#define OUTPUT_MOST (4u << 20)

/* Waits for a byte before it becomes the command: the tracer and the clock come first. */
__attribute__((noreturn)) static void child(const struct proc *p, int go, int out, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;
	char byte;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || read(go, &byte, 1) != 1)
		_exit(127);
	if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2)
		execv(p->argv[0], p->argv);
	dprintf(2, "%s: %s\n", p->argv[0], strerror(errno));
	_exit(127);
}

static uint64_t peak_of(pid_t pid)
{
	char path[64];
	auto_text struct text t = { 0 };
	struct err ignored = ERR_INIT;
	unsigned long long kib = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	if (file_read(path, 65536, &t, &ignored))
		return 0;
	char *at = strstr(text_str(&t), "VmHWM:");
	return at && sscanf(at, "VmHWM: %llu kB", &kib) == 1 ? kib : 0;
}

/* A stop of the traced command: at its exit it is looked at, else it goes on with its signal. */
static void stopped(struct proc *p, pid_t pid, int status)
{
	int event = status >> 16, sig = event ? 0 : WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXIT)
		p->own_kib = peak_of(pid);
	ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)sig);
}

/* Asks it to end when it has to, and makes it end when asking did not help. */
enum ending { RUNS, ASKED, KILLED };
static enum ending hurry(struct proc *p, pid_t pid, enum ending so_far, uint64_t *until, struct err *err)
{
	bool late = host_ns() >= *until;

	if (so_far == RUNS && !interrupt_check(err) && late)
		err_set(err, -ETIME, "%s: has not ended after %u s, its deadline", p->argv[0], p->deadline_s);
	if (so_far == RUNS && err->code) {
		*until = host_ns() + CLEAN_UP_MS * 1000000ull;
		kill(pid, SIGTERM);
		return ASKED;
	}
	if (so_far == ASKED && late) {
		kill(-pid, SIGKILL); /* its group: what it started and did not end */
		return KILLED;
	}
	return so_far;
}

/* Until it is dead. An error: it did not end by itself. */
static void attend(struct proc *p, pid_t pid, int pidfd, uint64_t start, struct err *err)
{
	uint64_t until = start + p->deadline_s * 1000000000ull;
	enum ending ending = RUNS;
	struct rusage use = { 0 };
	int status = 127 << 8;

	for (;;) {
		struct pollfd f = { pidfd, POLLIN, 0 };

		/* a traced process's stops have no descriptor of their own */
		poll(&f, 1, p->peaks ? 1 : 100);
		p->wall_ns = host_ns() - start;
		pid_t got = wait4(pid, &status, WNOHANG | __WALL, &use);
		if (got == pid && WIFSTOPPED(status))
			stopped(p, pid, status);
		else if (got == pid || (got < 0 && errno == ECHILD))
			break;
		ending = hurry(p, pid, ending, &until, err);
	}
	p->code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	p->largest_kib = (uint64_t)use.ru_maxrss;
}

/* Its output, from the memory file behind its streams. */
static void collect(struct proc *p, int out)
{
	char buf[16384];
	ssize_t n;

	for (off_t at = 0; at < (off_t)OUTPUT_MOST && (n = pread(out, buf, sizeof(buf), at)) > 0; at += n)
		text_add(&p->output, buf, (size_t)n);
}

int proc_run(struct proc *p, struct err *err)
{
	auto_close int out = memfd_create("bench-output", MFD_CLOEXEC);
	int go[2];

	if (interrupt_check(err))
		return err->code;
	if (out < 0 || pipe2(go, O_CLOEXEC))
		return err_sys(err, "%s: can't be started", p->argv[0]);
	pid_t parent = getpid(), pid = fork();
	if (!pid) {
		close(go[1]);
		child(p, go[0], out, parent);
	}
	auto_close int from = go[0];
	auto_close int to = go[1];
	(void)from;
	if (pid < 0)
		return err_sys(err, "%s: can't be started", p->argv[0]);
	auto_close int pidfd = pidfd_open(pid, 0);
	/* where tracing is forbidden, own_kib stays unknown */
	if (p->peaks && ptrace(PTRACE_SEIZE, pid, NULL, (void *)(intptr_t)PTRACE_O_TRACEEXIT))
		p->peaks = false;
	uint64_t start = host_ns();
	if (pidfd < 0 || write(to, "", 1) != 1) {
		err_sys(err, "%s: can't be started", p->argv[0]);
		kill(pid, SIGKILL);
	}
	attend(p, pid, pidfd, start, err);
	collect(p, out);
	return err->code;
}
