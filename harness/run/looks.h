/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks at what machines are restored from, while they run: 10 ms that nobody waits for. A process of its own, as machines are: a
 * thread would be in the middle of something, with its locks, whenever one of those is forked.
 */
#ifndef NUMARIG_RUN_LOOKS_H
#define NUMARIG_RUN_LOOKS_H

#include "run/run.h"

struct looks {
	bool begun;
	pid_t pid; /* 0: none was to be had */
	int from;  /* of a pipe: '1' for each machine whose snapshot is bad, else '0' */
};

void looks_begin(struct run *r, struct looks *l);
/* Waits for it: each machine's `bad`. Nothing when it was not begun, or has ended before. */
void looks_end(struct run *r, struct looks *l);

#endif
