/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the knobs of a case's run, its own and the user's, came to be what was asked for. */
#ifndef NUMARIG_CASES_REPRO_KNOBS_H
#define NUMARIG_CASES_REPRO_KNOBS_H

#include "cases/case.h"
#include "plan/plan.h"

/* Whether this file is one of a case's own knobs: what stands in it then is known at its start and its end. */
bool repro_knob_file(const struct case_file *c, const char *path);
/* Those of all that were asked for, into f->files, for case_values. */
void repro_knob_files(const struct settings *asked, const struct records *rec, struct case_facts *f);

/*
 * False with the reason in `why` when the guest lacks a knob, refused it or reads otherwise than asked: nothing that its program
 * says is of the machine that was asked for. A knob that the case looks at may read as it likes: by a rule that names it, when it is
 * a value of `f` by its name, or by a value out of its file. `boot`: what the machine showed while it booted; where that is in front of `rec` itself, it has no phases.
 */
bool repro_knobs_held(const struct case_file *c, const struct settings *asked, const struct records *rec,
		      const struct records *boot, struct case_facts *f, char *why, size_t size);

#endif
