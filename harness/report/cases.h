/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of `repro`, rows of its JSON (docs/cases.md), for people. */
#ifndef NUMARIG_REPORT_CASES_H
#define NUMARIG_REPORT_CASES_H

#include "base/json.h"
#include "base/text.h"
#include "judge/case.h"

struct cases_count {
	unsigned of[CASE_ANSWERS];
	unsigned differ; /* from what is expected */
	unsigned untold; /* cannot tell, and were not expected to */
};

void cases_count(const json_t *rows, struct cases_count *out);
/* A line an answer, under its case's name; what differs with both values, and the command to see it alone. */
void cases_text(const json_t *rows, struct text *out);
/* A table, a row a case and a column a kernel. */
void cases_markdown(const json_t *rows, struct text *out);

#endif
