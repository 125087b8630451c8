/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of `repro`. */
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

/* A case of the command line. */
struct repro_case {
	const char *asked;
	size_t index; /* of the command line */
	struct case_file *c;
	char *archive;
};

/* All of a command: its cases, built once, and a folder for what their machines leave. */
struct repro_set {
	const struct repro_args *args;
	struct cache cache;
	char *tree, *dir;
	int lock;
	struct repro_case *v;
	size_t n;
};

/* Builds all of them; what compilers warn of goes to standard error. */
int repro_build_all(const struct repro_set *s, struct err *err);
/* Each case on each of the kernels; rows in that order. */
int repro_all(const struct repro_set *s, const struct strlist *kernels, json_t **rows, struct err *err);
/* --first-good, --first-bad. Prints; returns the exit code. */
int repro_search(const struct repro_set *s, const struct strlist *series);

#endif
