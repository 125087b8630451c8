/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running guests/programs/sitter.c, which is dynamically linked and lies with its libraries on ext4. Nobody
 * else maps them: the agent and the workloads are static. Guest only.
 */
#ifndef NUMARIG_WORKLOADS_LIB_SITTER_H
#define NUMARIG_WORKLOADS_LIB_SITTER_H

#include "workloads/lib/guest.h"

#define SITTER_ROOT "/ext4"
#define SITTER "/bin/sitter"
#define HOLDER "/bin/holder" /* guests/programs/holder.c: has libc and loader in common with it */
#define LIBX "/lib/libx.so"
#define LIBY "/lib/liby.so"

struct sitter {
	pid_t pid;
	int in, out; /* its standard input, which keeps it sitting, and output */
};

struct sitter_how {
	const char *root;    /* its root folder; NULL: SITTER_ROOT */
	const char *program; /* NULL: SITTER */
	int from;	     /* the node on whose CPUs it starts */
	int bind;    /* -1: as it is; else by `numactl -N bind -m bind`, which itself still runs on `from` */
	bool direct; /* bound by its parent instead, which leaves it on the CPUs of `from` */
	const char *const *args, *const *env; /* each ends with NULL, as for execve(2); NULL: none */
};

/* Returns once it sits. */
void sitter_start(struct wl *w, struct sitter *s, const struct sitter_how *how);
/* Lets it go and waits until it is gone. */
void sitter_stop(struct wl *w, struct sitter *s);
/* Lets one sit and go, and samples it meanwhile: phase NAME, with its mappings as the process NAME. */
void sitter_show(struct wl *w, const char *name, const struct sitter_how *how);

/* The first `most` nodes that have CPUs and memory; how many. SKIP when there are no two. */
unsigned sitter_nodes(struct wl *w, int *nid, unsigned most);

/* Drops what page cache nobody maps, and with it the text of sitters that have gone. */
void sitter_drop_caches(struct wl *w);

#endif
