/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a case (cases/case.h): its program is built, taken to a guest of the case's topology and knobs, and judged. */
#ifndef NUMARIG_CASES_REPRO_H
#define NUMARIG_CASES_REPRO_H

#include "cases/case.h"
#include "run/run.h"

/* Names of TREE/cases, sorted. */
int repro_names(const char *tree, struct strlist *names, struct err *err);
/*
 * A name of TREE/cases, a folder with a case.json, or a file. Knobs and topology are looked at, too. -ENOENT with the
 * nearest name.
 */
int repro_load(const char *tree, const char *asked, struct case_file **out, struct err *err);
/* Of everything the answer depends on that is the case's: case.json, its program and its files. */
int repro_digest(const struct case_file *c, struct sha256 *out, struct err *err);

/* Whether its program is C; else it is a script, or a program that was linked statically. */
bool repro_compiled(const struct case_file *c);
/* What the guest runs, in the folder of the program. */
void repro_command(const struct case_file *c, struct strlist *command);

/*
 * Builds the case's program, statically, with $CC (else cc), and packs what the guest needs into `archive`. `why` says in one
 * line what is wrong with the program, and stays empty when nothing is: that is the case's affair, no error. `warnings`: what
 * the compiler warns of, a line each.
 */
int repro_build(const struct case_file *c, const char *tree, const char *archive, struct text *why,
		struct text *warnings, struct err *err);

/* One kernel. */
struct repro {
	const struct case_file *c;
	const char *asked;    /* the case as the user said it */
	const char *archive;  /* of repro_build */
	const char *topology; /* NULL: the case's */
	const char *kernel, *engine, *out;
	const struct plan *user; /* knobs above the case's, seed, shift */
	void (*progress)(const char *what, unsigned at, unsigned of);
};

/*
 * The answer as JSON, a row of `repro --json` (docs/cases.md). What keeps the machine from being made at all is "cannot
 * tell" as well; an error is an interrupt, or what the user said wrong (-EINVAL, -ENOENT).
 */
int repro_run(const struct repro *r, json_t **row, struct err *err);
/* A row for a case that could not be built. */
json_t *repro_unbuilt(const struct repro *r, const char *why);

#endif
