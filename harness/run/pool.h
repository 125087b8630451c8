/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of work, up to `jobs` at a time, each in a process of its own that dies with this one. */
#ifndef NUMARIG_RUN_POOL_H
#define NUMARIG_RUN_POOL_H

#include <stddef.h>

#include "base/err.h"

struct pool {
	size_t n;
	unsigned jobs; /* how many at a time; 0 is 1 */
	/* in a child; what it finds out it leaves in a file or in shared memory: that it came to its end shows there only */
	int (*one)(void *ctx, size_t i);
	/* in this process, when a child has ended and, where more is to be done, the next was started; may be NULL */
	void (*ended)(void *ctx, size_t i);
	/* both or none: before each start what runs ("bind, fork-cow"), and how many of all have ended */
	const char *(*name)(void *ctx, size_t i);
	void (*progress)(const char *what, unsigned done, unsigned of);
	void *ctx;
};

/*
 * Calls one(ctx, i) for each i below n, each in a child, in order. -EINTR when interrupted: then all children were sent the same
 * signal and have ended, or were killed after WAIT_TERMINATE_MS.
 */
int pool_run(const struct pool *p, struct err *err);

#endif
