/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the guest that every sample has. */
#ifndef NUMARIG_PLAN_PLAN_SAMPLES_H
#define NUMARIG_PLAN_PLAN_SAMPLES_H

#include <stdbool.h>
#include "base/text.h"

/* Appends the job's lines that name the files of every sample. */
void plan_sample_lines(struct text *out);
/*
 * True when the samples at the start and the end of every run have this file. Else false, and `names` gets the files that they
 * have, separated by commas.
 */
bool plan_sampled(const char *file, struct text *names);

#endif
