/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders in which runs and series are kept: published when complete, under names with time and topic. */
#ifndef NUMARIG_RUN_RUNDIR_H
#define NUMARIG_RUN_RUNDIR_H

#include "kit/cache.h"

/* A name with the present time in UTC: "20261128T010203Z-WHAT"; malloc'ed. */
char *rundir_name(const char *what);

/*
 * Makes the workspace in which a run is written (cache_workspace()): in `parent`, where it will lie. When that is on another file
 * system than the cache it is in the cache, so that a disk that is full there loses nothing.
 */
int rundir_workspace(const struct cache *c, const char *parent, char **dir, int *lock, struct err *err);

/*
 * Moves the folder *dir, which is in a workspace, to `asked`; or, when `asked` is NULL, to PARENT/NAME, with a number appended
 * when that exists. *dir is then the new path.
 */
int rundir_publish(char **dir, const char *asked, const char *parent, const char *name, struct err *err);

/*
 * For a folder that can't be published, for which `err` is the reason: moves it to the cache's kept/, and adds to `err` where it is. False
 * when that can't be done either.
 */
bool rundir_keep(const struct cache *c, char **dir, const char *name, struct err *err);

/* Makes the folder `asked` and its missing parents; *first is the topmost one that was made (malloc'ed), NULL for none. */
int rundir_make(const char *asked, char **first, struct err *err);
/* Removes the folders that rundir_make() made, unless something is in them. */
void rundir_unmake(const char *asked, const char *first);

/* Makes the link RESULTS/latest (base/place.h) point to `dir`. */
int rundir_latest(const char *results, const char *dir, struct err *err);

#endif
