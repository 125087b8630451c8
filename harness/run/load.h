/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands without a machine are given: runs, series of them, baselines; as summaries (judge/summary.h). */
#ifndef NUMARIG_RUN_LOAD_H
#define NUMARIG_RUN_LOAD_H

#include "base/err.h"
#include "base/json.h"

/*
 * `path`: a run's folder or its result.json, a series' folder or its series.json, or a baseline. *groups: an array of objects, one
 * for each combination but for seeds and repeats: label ("4node-thp.enabled=never"; "" when there is only one), summary, and edited,
 * the files whose content is not what their digest says. New reference.
 * Errors name the file: -ENOENT, -EINVAL is none of these, runs of one group differ.
 */
int load_groups(const char *path, json_t **groups, struct err *err);

/* A JSON object out of a file; -ENOENT, -EINVAL name it. */
int load_object(const char *path, json_t **out, struct err *err);

#endif
