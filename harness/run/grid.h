/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A grid: all combinations of topologies, kernels, knob settings and seeds (or repeats). Each combination is a cell. This makes the
 * cells, sorts them by size and runs them in parallel; the caller says what is done for a cell.
 */
#ifndef NUMARIG_RUN_GRID_H
#define NUMARIG_RUN_GRID_H

#include "judge/judge.h"
#include "plan/plan.h"
#include "run/run.h"

struct grid_axis {
	char *knob;
	struct strlist values; /* "": the knob is not set */
};

struct grid {
	struct strlist topologies, kernels; /* as typed */
	struct grid_axis *axis;
	size_t axes;
	unsigned seed;		/* the first seed */
	unsigned seeds, repeat; /* how many of each; 0 counts as 1 */
};

struct grid_cell {
	char *name; /* "2node-6.1-thp.enabled=never-seed3": the axes that have several values; unique, and valid as a file name */
	const char *topology, *kernel; /* of the grid */
	struct strlist knobs;	       /* "thp.enabled=never" */
	unsigned seed, repeat;
	/* set by grid_measure: the topology's nodes, and the number of knobs whose value is not the one that every run sets */
	unsigned nodes, away;
};

struct grid_cells {
	struct grid_cell *v;
	size_t n;
};

/* What became of a cell. */
struct grid_done {
	enum outcome outcome; /* valid when err.code is 0 */
	struct err err;
};

void grid_free(struct grid *g);
#define auto_grid __attribute__((cleanup(grid_free)))
void grid_cells_free(struct grid_cells *c);
#define auto_grid_cells __attribute__((cleanup(grid_cells_free)))

/* Append "2node,4node" or "6.1,6.12" to the axis. A list that is the name of an existing file is one value. */
int grid_add_topologies(struct grid *g, const char *list, struct err *err);
int grid_add_kernels(struct grid *g, const char *list, struct err *err);
/*
 * Adds a knob with its values: "thp.enabled=never,always". A knob whose value may itself have commas (cma_pernuma) has one value
 * only. Of two for the same knob the later one counts.
 */
int grid_add_knob(struct grid *g, const char *arg, struct err *err);
/* Adds to each knob the value "not set", to find the smallest cell that fails. */
void grid_leave_alone(struct grid *g);

/* All combinations, in the order of the axes: topologies, kernels, knobs, seeds, repeats. */
void grid_cells(const struct grid *g, struct grid_cells *out);
/* Sets nodes and away of each cell; reads the topologies, by name from `tree`/topologies. Errors are those of topo_load(). */
int grid_measure(const char *tree, struct grid_cells *c, struct err *err);
/* Sorts by nodes, then by `away`, ascending; equal cells keep their order. */
void grid_smallest_first(struct grid_cells *c);

/* Makes the request of a cell: that of `base` with the cell's topology, kernel, knobs and seed. Freed by grid_request_free(). */
int grid_request(const struct run_request *base, const struct grid_cell *c, struct run_request *out,
		 struct err *err);
void grid_request_free(struct run_request *q); /* what the request shares with its base stays */

/*
 * Calls `one` for each cell, up to `jobs` at a time, each in a process of its own. When there are fewer cells than jobs, a cell may
 * use several jobs itself: its argument `jobs` says how many. done[i] gets the cell's outcome, or the error that `one` returned.
 * The function itself fails when interrupted or when no process can be started.
 */
typedef int grid_one(const struct grid_cell *c, unsigned jobs, void *ctx, enum outcome *outcome,
		     struct err *err);
int grid_run(const struct grid_cells *c, unsigned jobs, grid_one *one, void *ctx,
	     void (*progress)(const char *what, unsigned done, unsigned of), struct grid_done *done,
	     struct err *err);

/* Appends the arguments that run this cell alone: `command`, then -t, -k, -s, and --seed when it is not 0. */
void grid_command(const struct grid_cell *c, const char *command, struct text *out);

#endif
