/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks that the knobs of a case's run, its own and the user's, had the values asked for. */
#ifndef NUMARIG_CASES_REPRO_KNOBS_H
#define NUMARIG_CASES_REPRO_KNOBS_H

#include "cases/case.h"
#include "cases/case_judge.h"
#include "plan/plan.h"

/* True when the file is one of the case's own knobs: then its text is known at the start and the end of the run. */
bool repro_knob_file(const struct case_file *c, const char *path);
/* Adds the texts of all knobs that were asked for to f->files, for case_values(). */
void repro_knob_files(const struct settings *asked, const struct records *rec, struct case_facts *f);

/*
 * False, with the reason in `why`, when the guest does not have a knob, refused its value, or shows another value: then the program
 * did not run on the machine that was asked for. A knob that the case itself examines may have any value: one that a rule names
 * while `f` has a value of that name, or one from whose file the case takes a value. `boot`: the records of the boot; it has no
 * phases when `rec` begins with them.
 */
bool repro_knobs_held(const struct case_file *c, const struct settings *asked, const struct records *rec,
		      const struct records *boot, struct case_facts *f, char *why, size_t size);

#endif
