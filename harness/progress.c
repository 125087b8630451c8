/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line on a terminal, rewritten twice a second: what, of how many, for how long. Nothing in a pipe. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "cli.h"

/* The logger's state: the one place besides commands that may have any. */
static struct {
	pthread_mutex_t lock;
	pthread_t ticker;
	bool runs;
	char what[64];
	unsigned at, of;
	uint64_t since;
} progress = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void draw(void)
{
	double s = (double)(host_ns() - progress.since) / 1e9;

	if (progress.of)
		fprintf(stderr, "\r\033[K[%u/%u] %s %.1f s", progress.at, progress.of, progress.what, s);
	else
		fprintf(stderr, "\r\033[K%s %.1f s", progress.what, s);
	fflush(stderr);
}

static void *tick(void *unused)
{
	struct timespec half = { 0, 500000000 };

	(void)unused;
	for (;;) {
		nanosleep(&half, NULL);
		pthread_mutex_lock(&progress.lock);
		bool runs = progress.runs;
		if (runs)
			draw();
		pthread_mutex_unlock(&progress.lock);
		if (!runs)
			return NULL;
	}
}

void progress_show(const char *what, unsigned at, unsigned of)
{
	sigset_t all, old;

	if (!isatty(2))
		return;
	pthread_mutex_lock(&progress.lock);
	snprintf(progress.what, sizeof(progress.what), "%s", what);
	progress.at = at;
	progress.of = of;
	progress.since = host_ns();
	draw();
	if (!progress.runs) {
		/* signals are for the thread that waits for machines */
		sigfillset(&all);
		pthread_sigmask(SIG_BLOCK, &all, &old);
		progress.runs = !pthread_create(&progress.ticker, NULL, tick, NULL);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
	}
	pthread_mutex_unlock(&progress.lock);
}

void progress_end(void)
{
	pthread_mutex_lock(&progress.lock);
	bool ran = progress.runs;
	progress.runs = false;
	pthread_mutex_unlock(&progress.lock);
	if (!ran)
		return;
	pthread_join(progress.ticker, NULL);
	fprintf(stderr, "\r\033[K");
	fflush(stderr);
}
