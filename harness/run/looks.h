/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks the snapshots (snapshot_look) while machines that were restored from them run, so that nobody waits for the check. It is
 * done in a process and not in a thread, since the machines' processes are forked in the meantime, and a fork copies locks that
 * another thread holds.
 */
#ifndef NUMARIG_RUN_LOOKS_H
#define NUMARIG_RUN_LOOKS_H

#include "run/prepare.h"

struct looks {
	bool begun;
	pid_t pid; /* 0: no process could be started */
	int from; /* reading end of a pipe: a byte for each machine, '1' when its snapshot is damaged, else '0' */
};

void looks_begin(struct run *r, struct looks *l);
/* Waits for the result and sets each machine's `bad`. Does nothing when no check was begun, or this was called before. */
void looks_end(struct run *r, struct looks *l);

#endif
