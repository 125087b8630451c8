/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds and loads cases (cases/case.h), and says what a guest is given of one. */
#ifndef NUMARIG_CASES_REPRO_LOAD_H
#define NUMARIG_CASES_REPRO_LOAD_H

#include "base/sha256.h"
#include "cases/case.h"

/* Appends the names of the cases in TREE/cases, sorted. */
int repro_names(const char *tree, struct strlist *names, struct err *err);
/*
 * Loads a case: `asked` is a name in TREE/cases, a folder with a case.json, or a file. Its knobs and topology are checked, too.
 * -ENOENT, with the nearest name in the message, when there is no such case.
 */
int repro_load(const char *tree, const char *asked, struct case_file **out, struct err *err);
/* Starts a case: a new folder `name` with the files of the template, to be changed. -EEXIST. */
int repro_new(const char *tree, const char *name, struct err *err);
/* The digest of the case's own files, which the answer depends on: case.json, its program and its files. */
int repro_digest(const struct case_file *c, struct sha256 *out, struct err *err);

/* True when its program is C source; else it is a script or a program that was linked statically. */
bool repro_compiled(const struct case_file *c);
/* Appends the words of the command that the guest runs in the program's folder. */
void repro_command(const struct case_file *c, struct strlist *command);

#endif
