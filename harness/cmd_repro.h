/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the command `repro` share. */
#ifndef NUMARIG_CMD_REPRO_H
#define NUMARIG_CMD_REPRO_H

#include "cli.h"
#include "cases/repro.h"

struct repro_args {
	struct grid_args g; /* first: the shared options store there */
	const char *from, *fresh;
	enum case_answer
		first; /* --first-good, --first-bad: what to find the first of; CASE_CANNOT_TELL: no search */
	bool bisect, json, markdown;
};

/* A case named on the command line. */
struct repro_case {
	const char *asked;
	size_t index; /* its position on the command line */
	struct case_file *c;
	char *archive;
};

/* All cases of a command, each built once, and a folder for the files of their machines. */
struct repro_set {
	const struct repro_args *args;
	struct cache cache;
	char *tree, *dir;
	int lock;
	struct repro_case *v;
	size_t n;
};

/* Builds all cases; the compilers' warnings go to standard error. */
int repro_build_all(const struct repro_set *s, struct err *err);
/* Runs each case on each of the kernels; *rows has their answers, case by case. */
int repro_all(const struct repro_set *s, const struct strlist *kernels, json_t **rows, struct err *err);
/* Does --first-good or --first-bad and prints the answers. Returns the exit code. */
int repro_search(const struct repro_set *s, const struct strlist *series);

#endif
