/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a case (cases/case.h): builds its program, runs it in a guest with the case's topology and knobs, and judges it. */
#ifndef NUMARIG_CASES_REPRO_H
#define NUMARIG_CASES_REPRO_H

#include "cases/case.h"
#include "run/run.h"

/* A case on one kernel. */
struct repro {
	const struct case_file *c;
	const char *asked;    /* the case as the user typed it */
	const char *archive;  /* made by repro_build() */
	const char *topology; /* NULL: the case's own */
	const char *kernel, *engine, *out;
	const struct plan *user; /* the user's seed, shift, and knobs, which replace the case's */
	void (*progress)(const char *what, unsigned at, unsigned of);
};

/*
 * The answer as a row of `repro --json` (docs/cases.md); new reference. When the machine can't be made at all, the answer is "cannot
 * tell". It is an error only when interrupted, or when the user's arguments are wrong (-EINVAL, -ENOENT).
 */
int repro_run(const struct repro *r, json_t **row, struct err *err);
/* The row of a case whose program could not be built, for the reason `why`. New reference. */
json_t *repro_unbuilt(const struct repro *r, const char *why);

#endif
