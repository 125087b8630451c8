/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds what differs between two summaries (summary.h), or between the heads of two runs. */
#ifndef NUMARIG_JUDGE_SUMMARY_DIFFERS_H
#define NUMARIG_JUDGE_SUMMARY_DIFFERS_H

#include "base/json.h"
#include "base/text.h"

/* Appends those of the members `names` (NULL-ended) that differ, such as "engine, kernel"; nothing when none does. */
void summary_differs(const json_t *a, const json_t *b, const char *const *names, struct text *out);

#endif
