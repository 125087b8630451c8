/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process and a child it forked, taking turns: one runs while the other waits. Guest only; what goes wrong
 *ends the workload as BROKEN.
 *
 *	if (pair_fork(w, &pair)) {	the child, when the parent first gives it the turn
 *		...
 *		pair_turn(w, &pair);	the parent's turn, until it gives it back or ends the pair
 *		_exit(0);
 *	}
 *	pair_turn(w, &pair);
 *	pair_end(w, &pair);
 */
#ifndef NUMARIG_WORKLOADS_LIB_PAIR_H
#define NUMARIG_WORKLOADS_LIB_PAIR_H

#include "workloads/lib/guest.h"

struct pair {
	pid_t child;
	int fd; /* to the other one */
};

/* True in the child. */
bool pair_fork(struct wl *w, struct pair *p);
/* Gives the other one the turn and waits to get it back. */
void pair_turn(struct wl *w, struct pair *p);
/* The parent's: lets the child run to its end and waits for that; it must end with code 0. */
void pair_end(struct wl *w, struct pair *p);

#endif
