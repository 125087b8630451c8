/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Baselines: summaries (judge/summary.h) of runs that later ones are compared with, a file for each topology on each kernel. */
#ifndef NUMARIG_RUN_BASELINE_H
#define NUMARIG_RUN_BASELINE_H

#include "base/err.h"
#include "base/json.h"

/*
 * The file of a summary's baseline below `dir`: 6.12/4node.json for a kernel of that version, lab/4node.json for the lab kernel;
 * fast-6.12/4node.json for an engine that is not exact. malloc'ed.
 */
char *baseline_path(const char *dir, const json_t *summary);
/* Makes the summary the baseline in that file. */
int baseline_write(const char *path, const json_t *summary, struct err *err);

#endif
