/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pieces of work, up to `jobs` at a time, each in a process of its own that dies with this one. */
#ifndef NUMARIG_RUN_POOL_H
#define NUMARIG_RUN_POOL_H

#include <stddef.h>

#include "base/err.h"

/*
 * Calls one(ctx, i) for each i below n, each in a child, in order; `begins`, in this process, before each (may be NULL). What
 * a child finds out it leaves in a file or in shared memory: that it came to its end shows there and nowhere else.
 * -EINTR when interrupted: then all children were sent SIGTERM and have ended, or were killed after WAIT_TERMINATE_MS.
 */
int pool_run(size_t n, unsigned jobs, void (*begins)(void *ctx, size_t i), int (*one)(void *ctx, size_t i),
	     void *ctx, struct err *err);

#endif
