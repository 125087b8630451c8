/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several runs that belong together, in one folder: results/runs/<utc>-series/ with series.json and a run directory for
 * each cell of a grid (grid.h), by the cell's name. series.json is described in docs/results.md.
 */
#ifndef NUMARIG_RUN_SERIES_H
#define NUMARIG_RUN_SERIES_H

#include "run/grid.h"

#define SERIES_SCHEMA 1

struct series {
	json_t *doc; /* what series.json holds */
	char *dir;   /* while running a folder in a workspace */
	enum outcome outcome;
};

void series_free(struct series *s);
#define auto_series __attribute__((cleanup(series_free)))

/*
 * Runs each cell of the grid with the request's plan and engine, plan.jobs machines at a time, into a folder that is complete or
 * not there at all; results/latest as for a run. `shrink`: each knob may also be left alone, cells run from the smallest
 * up, and the first that fails ends it. Names that are wrong are found before anything runs; a cell that can't be run is
 * an outcome of it.
 */
int series_run(const struct run_request *q, struct grid *g, bool shrink, struct series *out, struct err *err);

/* A cell of series.json whose outcome is fail or broken. */
bool series_failed(const json_t *cell);

#endif
