/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a comparison (judge/compare.h) as text, or as Markdown for a pull request or a mail. */
#ifndef NUMARIG_REPORT_COMPARE_H
#define NUMARIG_REPORT_COMPARE_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

/* `label` names the group when there are several; "" when there is one only. */
void report_compare(const json_t *comparison, const char *label, bool colour, struct text *out);
void report_compare_markdown(const json_t *comparison, const char *label, struct text *out);

#endif
