/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files of the guest every run samples. */
#ifndef NUMARIG_PLAN_PLAN_SAMPLES_H
#define NUMARIG_PLAN_PLAN_SAMPLES_H

#include <stdbool.h>
#include "base/text.h"

/* The job's lines for what every sample holds. */
void plan_sample_lines(struct text *out);
/*
 * Whether a run has this file at its start and its end, whatever its program does; where not, `names` are those that it has,
 * with a comma between two.
 */
bool plan_sampled(const char *file, struct text *names);

#endif
