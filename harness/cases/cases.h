/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answers of `repro`, rows of its JSON (docs/cases.md), for people. */
#ifndef NUMARIG_CASES_CASES_H
#define NUMARIG_CASES_CASES_H

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "cases/case.h"

struct cases_count {
	unsigned of[CASE_ANSWERS];
	unsigned differ;  /* from what is expected */
	unsigned unknown; /* cannot tell, and were not expected to */
};

void cases_count(const json_t *rows, struct cases_count *out);
/* A line an answer, under its case's name; what differs with both values, and the command to see it alone. */
void cases_text(const json_t *rows, struct text *out);
/* A table, a row a case with its options, and a column a kernel. -EINVAL: too large to be one. */
int cases_markdown(const json_t *rows, struct text *out, struct err *err);
/*
 * What an earlier `repro --json` printed, and anything else that says it is; at most CASES_MOST bytes. -EINVAL names the first
 * answer that is none.
 */
#define CASES_MOST (16u << 20)
int cases_parse(const char *text, size_t len, json_t **rows, struct err *err);

#endif
