/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a summary (summary.h) as the text of a file. */
#ifndef NUMARIG_JUDGE_SUMMARY_WRITE_H
#define NUMARIG_JUDGE_SUMMARY_WRITE_H

#include "base/json.h"
#include "base/text.h"

/* The form of a baseline: a line for each check and metric, members sorted. */
void summary_write(const json_t *summary, struct text *out);

#endif
