/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What two summaries (summary.h), or the heads of two runs, do not have in common. */
#ifndef NUMARIG_JUDGE_SUMMARY_DIFFERS_H
#define NUMARIG_JUDGE_SUMMARY_DIFFERS_H

#include "base/json.h"
#include "base/text.h"

void summary_differs(const json_t *a, const json_t *b, const char *const *names, struct text *out);

#endif
