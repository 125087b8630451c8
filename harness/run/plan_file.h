/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plan in a file, such as ci/regress.json: what `regress` runs. */
#ifndef NUMARIG_RUN_PLAN_FILE_H
#define NUMARIG_RUN_PLAN_FILE_H

#include "run/grid.h"

/*
 * Adds what the file says: lists of topologies, kernels, workloads and knobs, and a number of seeds, which are repeats with engines
 * other than exact. Topologies and kernels that the user has named replace the file's. Errors name the file and the member.
 */
int plan_file_read(const char *path, struct run_request *q, struct grid *g, struct err *err);

#endif
