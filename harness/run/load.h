/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads runs, series of runs and baselines as summaries (judge/summary.h), for commands that start no machine. */
#ifndef NUMARIG_RUN_LOAD_H
#define NUMARIG_RUN_LOAD_H

#include "base/err.h"
#include "base/json.h"

/*
 * `path` is a run's folder or its result.json, a series' folder or its series.json, or a baseline. *groups is an array of objects:
 * one for each cell of the series' grid, with all seeds and repeats together. Its members are label ("4node-thp.enabled=never"; ""
 * when there is one group only), summary, and edited, the files whose digest does not match their content. New reference.
 * Messages name the file. -ENOENT; -EINVAL: the file is none of these, or the runs of a group do not belong together.
 */
int load_groups(const char *path, json_t **groups, struct err *err);

/* Reads a JSON object from a file; messages name the file. -ENOENT; -EINVAL: no JSON object. */
int load_object(const char *path, json_t **out, struct err *err);

#endif
