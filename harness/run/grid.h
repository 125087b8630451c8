/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many machines of one question: topologies x kernels x settings of knobs x seeds (or repeats), each combination a cell.
 * What is done in a cell is the caller's; this makes the cells, runs them side by side and says which are smallest.
 */
#ifndef NUMARIG_RUN_GRID_H
#define NUMARIG_RUN_GRID_H

#include "judge/judge.h"
#include "plan/plan.h"
#include "run/run.h"

struct grid_axis {
	char *knob;
	struct strlist values; /* "": left alone */
};

struct grid {
	struct strlist topologies, kernels; /* as typed */
	struct grid_axis *axis;
	size_t axes;
	unsigned seed;		/* the first */
	unsigned seeds, repeat; /* how many of each; 0 is 1 */
};

struct grid_cell {
	char *name; /* "2node-6.1-thp.enabled=never-seed3": of the axes that have several values; unique, a file's name */
	const char *topology, *kernel; /* of the grid */
	struct strlist knobs;	       /* "thp.enabled=never" */
	unsigned seed, repeat;
	unsigned nodes,
		away; /* grid_measure: the topology's nodes, and knobs set to other than what every run declares */
};

struct grid_cells {
	struct grid_cell *v;
	size_t n;
};

/* How it went with a cell. */
struct grid_done {
	enum outcome outcome;
	struct err err; /* code 0: outcome counts */
};

void grid_free(struct grid *g);
#define auto_grid __attribute__((cleanup(grid_free)))
void grid_cells_free(struct grid_cells *c);
#define auto_grid_cells __attribute__((cleanup(grid_cells_free)))

/* "2node,4node" and "6.1,6.12", behind those there are. A file whose name has a comma is one. */
int grid_add_topologies(struct grid *g, const char *list, struct err *err);
int grid_add_kernels(struct grid *g, const char *list, struct err *err);
/* "thp.enabled=never,always"; where the values themselves may have commas, as cma_pernuma's, there is only one. The later of one name counts. */
int grid_add_knob(struct grid *g, const char *arg, struct err *err);
/* Each knob may also be left alone: for what is the smallest cell. */
void grid_leave_alone(struct grid *g);

/* All combinations, in the order of the axes: topologies, kernels, knobs, seeds, repeats. */
void grid_cells(const struct grid *g, struct grid_cells *out);
/* Looks at each topology with `tree`'s folder. Errors: as topo_load's. */
int grid_measure(const char *tree, struct grid_cells *c, struct err *err);
/* Fewest nodes first, then fewest knobs away; else as they were. */
void grid_smallest_first(struct grid_cells *c);

/* The request of one cell: base's with its topology, kernel, knobs and seed. The caller frees what it has by grid_request_free. */
int grid_request(const struct run_request *base, const struct grid_cell *c, struct run_request *out,
		 struct err *err);
void grid_request_free(struct run_request *q); /* not what it shares with the base */

/*
 * Calls `one` for each cell, up to `jobs` at a time, each in a process of its own; what is left of jobs when there are
 * fewer cells is the cell's own (its `jobs`). done[i] is the cell's: an outcome, or the error `one` returned. An error
 * here is an interrupt or that no process can be made.
 */
typedef int grid_one(const struct grid_cell *c, unsigned jobs, void *ctx, enum outcome *outcome,
		     struct err *err);
int grid_run(const struct grid_cells *c, unsigned jobs, grid_one *one, void *ctx,
	     void (*progress)(const char *what, unsigned done, unsigned of), struct grid_done *done,
	     struct err *err);

/* The words that run this cell alone, without the program's name: `command` first, then -t, -k, -s, --seed where not 0. */
void grid_command(const struct grid_cell *c, const char *command, struct text *out);

#endif
