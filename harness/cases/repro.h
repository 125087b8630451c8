/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a case (cases/case.h): builds its program, runs it in a guest with the case's topology and knobs, and judges it. */
#ifndef NUMARIG_CASES_REPRO_H
#define NUMARIG_CASES_REPRO_H

#include "cases/case.h"
#include "run/run.h"

/* Appends the names of the cases in TREE/cases, sorted. */
int repro_names(const char *tree, struct strlist *names, struct err *err);
/*
 * Loads a case: `asked` is a name in TREE/cases, a folder with a case.json, or a file. Its knobs and topology are checked, too.
 * -ENOENT, with the nearest name in the message, when there is no such case.
 */
int repro_load(const char *tree, const char *asked, struct case_file **out, struct err *err);
/* The digest of the case's own files, which the answer depends on: case.json, its program and its files. */
int repro_digest(const struct case_file *c, struct sha256 *out, struct err *err);

/* True when its program is C source; else it is a script or a program that was linked statically. */
bool repro_compiled(const struct case_file *c);
/* Appends the words of the command that the guest runs in the program's folder. */
void repro_command(const struct case_file *c, struct strlist *command);

/*
 * Builds the case's program, linked statically, with $CC (else cc), and packs what the guest needs into `archive`. When the program
 * itself does not build, this is no error, and `why` gets the reason in one line; else `why` stays empty. `warnings` gets the
 * compiler's warnings, one a line.
 */
int repro_build(const struct case_file *c, const char *tree, const char *archive, struct text *why,
		struct text *warnings, struct err *err);

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
