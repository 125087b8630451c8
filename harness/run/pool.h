/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs pieces of work, up to `jobs` at a time, each in a child process that is killed when this process dies. */
#ifndef NUMARIG_RUN_POOL_H
#define NUMARIG_RUN_POOL_H

#include <stddef.h>

#include "base/err.h"

struct pool {
	size_t n;
	unsigned jobs; /* how many at a time; 0 counts as 1 */
	/* called in the child; it must leave its result in a file or in shared memory, where the caller sees whether it finished */
	int (*one)(void *ctx, size_t i);
	/* called in this process when a child has ended, after the next one was started; may be NULL */
	void (*ended)(void *ctx, size_t i);
	/* for showing progress before each start: the names of what runs ("bind, fork-cow"), and how many have ended; both or none */
	const char *(*name)(void *ctx, size_t i);
	void (*progress)(const char *what, unsigned done, unsigned of);
	void *ctx;
};

/*
 * Calls one(ctx, i) for each i below n, in order, each in a child. -EINTR when interrupted: then all children were sent the same
 * signal, and those that did not end within WAIT_TERMINATE_MS were killed.
 */
int pool_run(const struct pool *p, struct err *err);

#endif
