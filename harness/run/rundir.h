/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where runs and series of runs are kept: complete or not at all, under names that say when and what. */
#ifndef NUMARIG_RUN_RUNDIR_H
#define NUMARIG_RUN_RUNDIR_H

#include "base/err.h"

/* "20261128T010203Z-WHAT"; malloc'ed. */
char *rundir_name(const char *what);

/*
 * The folder *dir, a workspace or in one, becomes `asked`, or PARENT/NAME with a number behind when that is there already;
 * *dir is then that path.
 */
int rundir_publish(char **dir, const char *asked, const char *parent, const char *name, struct err *err);

/* Makes the folder `asked` and those on the way; *first is the topmost that was made, malloc'ed. */
int rundir_make(const char *asked, char **first, struct err *err);
/* Takes them away again, but none that has something in it; first NULL: nothing was made. */
void rundir_unmake(const char *asked, const char *first);

/* RESULTS/latest (base/place.h) points at it. */
int rundir_latest(const char *results, const char *dir, struct err *err);

#endif
