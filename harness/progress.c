/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs, how much is done, for how long: on a terminal one line, rewritten twice a second; else a line a minute, so that
 * whoever reads a log sees that it lives.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "progress.h"

#ifndef PROGRESS_LINE_NS /* a test can't wait for a minute */
#define PROGRESS_LINE_NS 60000000000ull
#endif

/* The logger's state: the one place besides commands that may have any. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t ends;
	pthread_t ticker;
	bool runs, terminal;
	char what[41]; /* with what stands around it a terminal's line */
	unsigned done, of;
	uint64_t since, spoke;
} progress = { .lock = PTHREAD_MUTEX_INITIALIZER, .ends = PTHREAD_COND_INITIALIZER };

static void draw(void)
{
	uint64_t now = host_ns();
	double s = (double)(now - progress.since) / 1e9;
	const char *before = progress.terminal ? "\r\033[K" : "", *behind = progress.terminal ? "" : "\n";

	if (!progress.terminal && now - progress.spoke < PROGRESS_LINE_NS)
		return;
	progress.spoke = now;
	if (progress.of)
		fprintf(stderr, "%s%u of %u done; running for %.1f s: %s%s", before, progress.done,
			progress.of, s, progress.what, behind);
	else
		fprintf(stderr, "%s%s %.1f s%s", before, progress.what, s, behind);
	fflush(stderr);
}

/* Ends at once when it shall: a run in a pipe must not wait for it. */
static void *tick(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&progress.lock);
	while (progress.runs) {
		uint64_t until = host_ns() + 500000000;
		struct timespec t = { (time_t)(until / 1000000000), (long)(until % 1000000000) };

		if (pthread_cond_clockwait(&progress.ends, &progress.lock, CLOCK_MONOTONIC, &t) ==
			    ETIMEDOUT &&
		    progress.runs)
			draw();
	}
	pthread_mutex_unlock(&progress.lock);
	return NULL;
}

/* A child has no ticker, and its copy of the lock must not be held by one. */
static void before_fork(void)
{
	pthread_mutex_lock(&progress.lock);
}

static void in_parent(void)
{
	pthread_mutex_unlock(&progress.lock);
}

static void in_child(void)
{
	progress.runs = false;
	pthread_mutex_unlock(&progress.lock);
}

static void begin(void)
{
	static bool at_fork_set;
	sigset_t all, old;

	if (!at_fork_set)
		at_fork_set = !pthread_atfork(before_fork, in_parent, in_child);
	/* signals are for the thread that waits for machines */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &old);
	progress.runs = !pthread_create(&progress.ticker, NULL, tick, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void progress_show(const char *what, unsigned done, unsigned of)
{
	pthread_mutex_lock(&progress.lock);
	if (!progress.runs) {
		progress.terminal = isatty(2);
		progress.spoke = host_ns();
	}
	if (snprintf(progress.what, sizeof(progress.what), "%s", what) >= (int)sizeof(progress.what))
		memcpy(progress.what + sizeof(progress.what) - 4, "...", 4);
	progress.done = done;
	progress.of = of;
	progress.since = host_ns();
	draw();
	if (!progress.runs)
		begin();
	pthread_mutex_unlock(&progress.lock);
}

void progress_print(const char *text)
{
	pthread_mutex_lock(&progress.lock);
	if (progress.runs && progress.terminal)
		fprintf(stderr, "\r\033[K");
	fflush(stderr);
	fputs(text, stdout);
	fflush(stdout);
	pthread_mutex_unlock(&progress.lock);
}

void progress_end(void)
{
	pthread_mutex_lock(&progress.lock);
	bool ran = progress.runs;
	progress.runs = false;
	pthread_cond_signal(&progress.ends);
	pthread_mutex_unlock(&progress.lock);
	if (!ran)
		return;
	pthread_join(progress.ticker, NULL);
	if (progress.terminal)
		fprintf(stderr, "\r\033[K");
	fflush(stderr);
}
