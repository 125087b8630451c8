/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running guests/programs/sitter.c, which is dynamically linked and lies with its libraries on ext4. Nobody
 * else maps them: the agent and the workloads are static.
 */
#ifndef NUMARIG_WORKLOADS_LIB_SITTER_H
#define NUMARIG_WORKLOADS_LIB_SITTER_H

#include "workloads/lib/guest.h"

#define SITTER_ROOT "/ext4"
#define SITTER "/bin/sitter"

struct sitter {
	pid_t pid;
	int in, out; /* its standard input, which keeps it sitting, and output */
};

/*
 * Runs it on the CPUs of node `from`, its root folder SITTER_ROOT, by `numactl -N nid -m nid` (-1: as it is),
 * and returns once it sits. numactl itself still runs on `from`. envp as for execve(2).
 */
void sitter_start(struct wl *w, struct sitter *s, int from, int nid, const char *const envp[]);
/* Lets it go and waits until it is gone. */
void sitter_stop(struct wl *w, struct sitter *s);

/* Drops what page cache nobody maps, and with it the text of sitters that have gone. */
void sitter_drop_caches(struct wl *w);

#endif
