/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define TICK_MS 20
#define AGAIN_MS \
	500 /* a terminal's Ctrl-C reaches children, whom their parent tells as well: that is one signal */

/* Written by the handlers: the one way a signal can speak. */
static volatile sig_atomic_t caught, first;
static volatile uint64_t first_ns,
	grace_until_ns; /* host_ns(); 0: none. Ticks that are late count as one: they are no clock */
static bool graced;

static void start_ticks(void)
{
	struct itimerval t = { { 0, TICK_MS * 1000 }, { 0, TICK_MS * 1000 } };

	setitimer(ITIMER_REAL, &t, NULL);
}

static void on_signal(int sig)
{
	int saved = errno;

	if (!first) {
		first = sig;
		caught = sig;
		first_ns = host_ns();
		start_ticks();
	} else if (host_ns() - first_ns > AGAIN_MS * 1000000ull) {
		caught = first;
	}
	errno = saved;
}

static void on_tick(int sig)
{
	(void)sig;
	if (grace_until_ns && host_ns() >= grace_until_ns)
		caught = first;
}

void interrupt_install(void)
{
	struct sigaction sa = { .sa_handler = on_signal }, tick = { .sa_handler = on_tick }, hup;
	sigset_t ours;

	sigaction(SIGALRM, &tick, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	if (!sigaction(SIGHUP, NULL, &hup) && hup.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	sigemptyset(&ours);
	sigaddset(&ours, SIGALRM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGHUP);
	sigprocmask(SIG_UNBLOCK, &ours, NULL); /* whoever started us may have had them blocked */
}

int interrupted(void)
{
	return caught;
}

int interrupt_check(struct err *err)
{
	return caught ? err_set(err, -EINTR, "interrupted by SIG%s", sigabbrev_np(caught)) : 0;
}

int interrupt_begin(struct err *err)
{
	return first ? err_set(err, -EINTR, "interrupted by SIG%s", sigabbrev_np(first)) : 0;
}

int interrupt_signal(void)
{
	return first;
}

void interrupt_raise(int sig)
{
	on_signal(sig);
}

bool interrupt_grace(void)
{
	if (!caught || graced)
		return false;
	graced = true;
	caught = 0;
	grace_until_ns = host_ns() + INTERRUPT_GRACE_MS * 1000000ull;
	return true;
}

void interrupt_forked(void)
{
	if (first) /* a timer is not inherited */
		start_ticks();
}

pid_t interrupt_fork(void)
{
	sigset_t every, old;

	sigfillset(&every);
	sigprocmask(SIG_SETMASK, &every, &old);
	pid_t pid = fork();
	if (pid)
		sigprocmask(SIG_SETMASK, &old, NULL);
	return pid;
}

void interrupt_before_exec(void)
{
	struct itimerval none = { { 0, 0 }, { 0, 0 } };
	struct sigaction hup;
	sigset_t empty;

	/* ignored signals stay so over an exec, and a timer goes on */
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	if (!sigaction(SIGHUP, NULL, &hup) && hup.sa_handler == on_signal)
		signal(SIGHUP, SIG_DFL);
	setitimer(ITIMER_REAL, &none, NULL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
}

uint64_t host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
