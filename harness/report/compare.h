/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A comparison (judge/compare.h) for people: as text, and as Markdown for a pull request or a mail. */
#ifndef NUMARIG_REPORT_COMPARE_H
#define NUMARIG_REPORT_COMPARE_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

/* `label`: which of several groups; "" for the only one. */
void report_compare(const json_t *comparison, const char *label, bool colour, struct text *out);
void report_compare_markdown(const json_t *comparison, const char *label, struct text *out);

#endif
