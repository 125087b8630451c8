/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A signal ends every wait, also one that is begun just behind the look at whether one came. Each test in a process of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "base/wait.h"
#include "qemu/vm.h"
#include "run/pool.h"
#include "kit/tool.h"

#define SOON_NS 5000000000ull /* a loaded machine, with sanitizers; who waits on does so for 8 s and more */

/* Runs it in a child, which ends with 0 when the wait did with -EINTR, and soon. */
static void ends_soon(int (*wait)(struct err *err))
{
	uint64_t start = host_ns();
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		struct err err = ERR_INIT;

		interrupt_install();
		int code = wait(&err);
		_exit(code != -EINTR || strcmp(err.msg, "interrupted by SIGTERM") != 0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid); /* NOLINT: its child has its own end */
	assert_int_equal(status, 0);
	assert_true(host_ns() - start < SOON_NS);
}

static const char *anything(void *ctx, size_t i)
{
	(void)ctx;
	(void)i;
	return "anything";
}

static void raises(const char *what, unsigned done, unsigned of)
{
	assert_string_equal(what, "anything");
	assert_int_equal(done, 0);
	assert_int_equal(of, 1);
	raise(SIGTERM);
}

static int sleeps(void *ctx, size_t i)
{
	(void)ctx;
	(void)i;
	sleep(8);
	return 0;
}

static int in_pool(struct err *err)
{
	struct pool p = { .n = 1, .jobs = 1, .one = sleeps, .name = anything, .progress = raises };

	return pool_run(&p, err);
}

static void pool(void **state)
{
	(void)state;
	ends_soon(in_pool);
}

/* The signal behind the fork: the child is told, and would sleep on without a tick of its own. */
static int raises_late(void *ctx, size_t i)
{
	(void)ctx;
	(void)i;
	kill(getppid(), SIGTERM);
	for (int n = 0; n < 8 && !interrupted(); n++)
		sleep(1);
	return 0;
}

static int behind_fork(struct err *err)
{
	struct pool p = { .n = 1, .jobs = 1, .one = raises_late };

	return pool_run(&p, err);
}

static void pool_behind_fork(void **state)
{
	(void)state;
	ends_soon(behind_fork);
}

/* What every wait must stand: the look, the signal, the call. */
static int late_child(struct err *err)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit((int)sleep(8));
	if (interrupt_check(err))
		return 1;
	raise(SIGTERM);
	if (waitpid(pid, &status, 0) != -1 || errno != EINTR) /* NOLINT: as wait_child calls it */
		return 1;
	int code = wait_child(pid, &status, err);
	wait_killed(pid);
	return code;
}

static void child(void **state)
{
	(void)state;
	ends_soon(late_child);
}

static int late_lock(struct err *err)
{
	int fd = memfd_create("lock", 0);
	auto_free char *path = xasprintf("/proc/self/fd/%d", fd);
	int other = open(path, O_RDWR);

	if (flock(fd, LOCK_EX | LOCK_NB) || interrupt_check(err))
		return 1;
	raise(SIGTERM);
	if (!flock(other, LOCK_EX) || errno != EINTR) /* NOLINT: as wait_lock calls it */
		return 1;
	return wait_lock(other, LOCK_EX, err);
}

static void lock(void **state)
{
	(void)state;
	ends_soon(late_lock);
}

static int late_poll(struct err *err)
{
	struct pollfd none = { -1, 0, 0 };

	raise(SIGTERM);
	if (poll(&none, 1, 8000) != -1 || errno != EINTR)
		return 1;
	return interrupt_check(err);
}

static void in_poll(void **state)
{
	(void)state;
	ends_soon(late_poll);
}

/* A tool that does not want to end, whose child has a group of its own: it can end that one itself, and is given the time. */
static int in_tool(struct err *err)
{
	auto_text struct text out = { 0 }, why = { 0 };
	char sh[] = "/bin/sh", c[] = "-c",
	     script[] =
		     "trap 'kill $!; echo ended >&3' TERM; setsid sleep 8 & kill -TERM $PPID; wait; exit 0";
	char *path[] = { (char *)(uintptr_t) "PATH=/usr/bin:/bin", NULL };
	int pair[2], code = 0;
	char output[8] = "";

	if (pipe(pair))
		return 1;
	struct tool t = { .argv = (char *[]){ sh, c, script, NULL },
			  .env = path,
			  .give_fd = pair[1],
			  .deadline_ms = 8000 };
	int r = tool_run(&t, &out, &why, &code, err);
	return read(pair[0], output, 6) == 6 && !strcmp(output, "ended\n") ? r : 1;
}

static void tool(void **state)
{
	(void)state;
	ends_soon(in_tool);
}

static int sleeps_as_vm(struct err *err)
{
	struct vm vm = VM_INIT;
	int status;

	vm.pid = fork();
	if (!vm.pid)
		_exit((int)sleep(8));
	raise(SIGTERM);
	int code = vm_wait(&vm, UINT64_MAX, &status, err);
	vm_stop(&vm);
	return code;
}

static void machine(void **state)
{
	(void)state;
	ends_soon(sleeps_as_vm);
}

/* Time to keep what is done; a second signal at once is the same one, a later one ends it. */
static int in_grace(struct err *err)
{
	uint64_t start = host_ns();

	raise(SIGTERM);
	if (interrupt_signal() != SIGTERM || !interrupt_grace() || interrupted() || interrupt_grace())
		return 1;
	raise(SIGINT);
	bool at_once = host_ns() - start < 400000000; /* else it may have been taken for a later one */
	if (at_once && (interrupted() || interrupt_signal() != SIGTERM))
		return 1;
	for (uint64_t until = host_ns() + 700000000; host_ns() < until;)
		poll(NULL, 0, 10);
	if (at_once && interrupted())
		return 1;
	/* on a loaded machine its clock counts less than there was */
	for (int tries = 0; !interrupted() && tries < 20; tries++) {
		raise(SIGINT);
		poll(NULL, 0, 100);
	}
	return interrupt_check(err);
}

static void grace(void **state)
{
	(void)state;
	ends_soon(in_grace);
}

/* nohup(1) */
static int keeps_hup(struct err *err)
{
	signal(SIGHUP, SIG_IGN);
	interrupt_install();
	raise(SIGHUP);
	if (interrupted())
		return 1;
	raise(SIGTERM);
	return interrupt_check(err);
}

static void hup_ignored(void **state)
{
	(void)state;
	ends_soon(keeps_hup);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pool),	       cmocka_unit_test(pool_behind_fork),
		cmocka_unit_test(child),       cmocka_unit_test(lock),
		cmocka_unit_test(in_poll),     cmocka_unit_test(tool),
		cmocka_unit_test(machine),     cmocka_unit_test(grace),
		cmocka_unit_test(hup_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
