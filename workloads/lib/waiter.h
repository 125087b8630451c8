/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running guests/programs/waiter.c, which is dynamically linked and lies with its libraries on ext4. Nobody
 * else maps them: the agent and the workloads are static. Guest only.
 */
#ifndef NUMARIG_WORKLOADS_LIB_WAITER_H
#define NUMARIG_WORKLOADS_LIB_WAITER_H

#include "workloads/lib/guest.h"

#define WAITER_ROOT "/ext4"
#define WAITER "/bin/waiter"
#define HOLDER "/bin/holder" /* guests/programs/holder.c: has libc and loader in common with it */
#define LIBX "/lib/libx.so"
#define LIBY "/lib/liby.so"

struct waiter {
	pid_t pid;
	int in, out; /* its standard input, which keeps it waiting, and output */
};

struct waiter_how {
	const char *root;    /* its root folder; NULL: WAITER_ROOT */
	const char *program; /* NULL: WAITER */
	int from;	     /* the node on whose CPUs it starts */
	int bind;    /* -1: as it is; else by `numactl -N bind -m bind`, which itself still runs on `from` */
	bool direct; /* bound by its parent instead, which leaves it on the CPUs of `from` */
	const char *const *args, *const *env; /* each ends with NULL, as for execve(2); NULL: none */
};

/* Returns once it waits. */
void waiter_start(struct wl *w, struct waiter *s, const struct waiter_how *how);
/* Ends it and returns when it is gone. */
void waiter_stop(struct wl *w, struct waiter *s);
/* Starts one, samples it while it waits, and ends it: phase NAME, with its mappings as the process NAME. */
void waiter_show(struct wl *w, const char *name, const struct waiter_how *how);

/* The first `most` nodes that have CPUs and memory; how many. SKIP when there are no two. */
unsigned waiter_nodes(struct wl *w, int *nid, unsigned most);

/* Drops what page cache nobody maps, and with it the text of waiters that have gone. */
void waiter_drop_caches(struct wl *w);

#endif
