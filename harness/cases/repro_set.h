/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Several cases (cases/case.h) on several kernels: each case is built once, and each answer found by a process of its own. */
#ifndef NUMARIG_CASES_REPRO_SET_H
#define NUMARIG_CASES_REPRO_SET_H

#include "cases/case.h"
#include "kit/cache.h"
#include "run/grid.h"

struct repro_case {
	const char *asked; /* as the user typed it */
	size_t index;	   /* its position in the set */
	struct case_file *c;
	char *archive;
};

struct repro_set {
	const struct run_request *q; /* engine, out, and of the plan: knobs, seed, shift, jobs */
	const struct grid *g;	     /* topologies, when not the cases' own */
	void (*progress)(const char *what, unsigned done,
			 unsigned of); /* shows what is being done; may be NULL */
	/* a line of the compiler's: a warning, which may be why a case answers wrongly, or why it does not build; may be NULL */
	void (*says)(const char *name, const char *line);
	struct cache cache;
	char *tree, *dir; /* the cases' tree; a folder for the files of their machines */
	int lock;
	struct strlist all; /* the names, when all cases were asked for */
	struct repro_case *v;
	size_t n;
};

/* Finds, loads and builds the cases that are named; the one name "all" is all of them. What it points to and `asked` outlive the set. */
int repro_set_open(struct repro_set *s, char **asked, struct err *err);
void repro_set_free(struct repro_set *s);
#define auto_repro_set __attribute__((cleanup(repro_set_free)))

/* Runs each case on each of the kernels; *rows has their answers, case by case. */
int repro_set_run(const struct repro_set *s, const struct strlist *kernels, json_t **rows, struct err *err);

#endif
