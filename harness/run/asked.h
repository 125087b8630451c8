/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the knobs that the user or a workload asked for with what the guest reports of them. Pure. */
#ifndef NUMARIG_RUN_ASKED_H
#define NUMARIG_RUN_ASKED_H

#include "base/json.h"
#include "judge/judge.h"

/* An object, knob to value: those of `user` (the plan's), else those of the workload (may be NULL). New reference. */
json_t *asked_knobs(const json_t *user, const struct workload *w);
/*
 * True when one of them could not be set. *j is then SKIP, when the guest does not have the knob or its kernel does not know the
 * boot parameter, or BROKEN, when the guest refused the value. `booted`: the records of the boot, when `rec` does not begin with
 * them; else NULL.
 */
bool asked_refused(const json_t *asked, const struct records *rec, const struct records *booted,
		   struct judged *j);
/* result.json's `knobs_differ`: the knobs whose value in the guest is not the one asked for. New reference. */
json_t *asked_differing(const json_t *asked, const struct records *rec, const struct records *booted);

#endif
