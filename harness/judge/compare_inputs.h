/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two sides of a comparison were made of; for compare.c. */
#ifndef NUMARIG_JUDGE_COMPARE_INPUTS_H
#define NUMARIG_JUDGE_COMPARE_INPUTS_H

#include "base/err.h"
#include "base/text.h"
#include "judge/compare_rows.h"

/* Whether the two may be compared: -EINVAL names what has to be the same. Adds rows for knobs and parameters that one side has. */
int comparing_inputs(struct comparing *c, struct err *err);
/* What may differ and does, a comma between. */
void comparing_differs(const struct comparing *c, struct text *out);
/* Whether a workload (or its trace) had the same parameters and command line of its own. */
bool comparing_same_job(const struct comparing *c, const char *label);
/* Of equal inputs: a row for records that are not; whether the seeds are the same. */
bool comparing_exactness(struct comparing *c);

#endif
