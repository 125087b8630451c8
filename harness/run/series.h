/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A series: the runs of a grid (grid.h) in one folder, results/runs/<utc>-series/, which has series.json and a run directory for
 * each cell, named as the cell. series.json is described in docs/results.md.
 */
#ifndef NUMARIG_RUN_SERIES_H
#define NUMARIG_RUN_SERIES_H

#include "run/grid.h"

#define SERIES_SCHEMA 1

struct series {
	json_t *doc; /* the content of series.json */
	char *dir;   /* a folder in a workspace until the series is complete */
	enum outcome outcome;
};

void series_free(struct series *s);
#define auto_series __attribute__((cleanup(series_free)))

/*
 * Runs each cell of the grid with the request's plan and engine, plan.jobs machines at a time. The folder is published when it is
 * complete, and results/latest points to it. `shrink`: each knob has "not set" as another value, cells run from the smallest to
 * the largest, and the first that fails ends the series. Wrong names are errors before anything runs; when a single cell can't be
 * run, that is the cell's outcome.
 */
int series_run(const struct run_request *q, struct grid *g, bool shrink, struct series *out, struct err *err);

#endif
