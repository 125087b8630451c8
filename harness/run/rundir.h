/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders in which runs and series are kept: published when complete, under names with time and topic. */
#ifndef NUMARIG_RUN_RUNDIR_H
#define NUMARIG_RUN_RUNDIR_H

#include "base/err.h"

/* A name with the present time in UTC: "20261128T010203Z-WHAT"; malloc'ed. */
char *rundir_name(const char *what);

/*
 * Renames the folder *dir, which is in a workspace, to `asked`; or, when `asked` is NULL, to PARENT/NAME, with a number appended
 * when that exists. *dir is then the new path.
 */
int rundir_publish(char **dir, const char *asked, const char *parent, const char *name, struct err *err);

/* Makes the folder `asked` and its missing parents; *first is the topmost one that was made (malloc'ed), NULL for none. */
int rundir_make(const char *asked, char **first, struct err *err);
/* Removes the folders that rundir_make() made, unless something is in them. */
void rundir_unmake(const char *asked, const char *first);

/* Makes the link RESULTS/latest (base/place.h) point to `dir`. */
int rundir_latest(const char *results, const char *dir, struct err *err);

#endif
