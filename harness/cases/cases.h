/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the answers of `repro`, which are rows of its JSON (docs/cases.md). */
#ifndef NUMARIG_CASES_CASES_H
#define NUMARIG_CASES_CASES_H

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "cases/case.h"

struct cases_count {
	unsigned of[CASE_ANSWERS];
	unsigned differ;  /* answers that are not the expected ones */
	unsigned unknown; /* answers "cannot tell" that were not expected */
};

void cases_count(const json_t *rows, struct cases_count *out);
/*
 * As text: a line for each answer under its case's name. An answer that is not the expected one is followed by both, and by the
 * command that runs this case alone.
 */
void cases_text(const json_t *rows, struct text *out);
/* As a Markdown table: a row for each case with its options, a column for each kernel. -EINVAL: too many for a table. */
int cases_markdown(const json_t *rows, struct text *out, struct err *err);
/* Parses and checks the output of an earlier `repro --json`, of at most CASES_MOST bytes. -EINVAL: the message names the row. */
#define CASES_MOST (16u << 20)
int cases_parse(const char *text, size_t len, json_t **rows, struct err *err);

#endif
