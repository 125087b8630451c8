/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t caught; /* written by the handler: the one way a signal can speak */

static void on_signal(int sig)
{
	caught = sig;
}

void interrupt_install(void)
{
	struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int interrupted(void)
{
	return caught;
}

int interrupt_check(struct err *err)
{
	return caught ? err_set(err, -EINTR, "interrupted by SIG%s", sigabbrev_np(caught)) : 0;
}

uint64_t host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}
