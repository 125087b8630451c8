/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One condition of a case file (cases/case.h) on one value. */
#ifndef NUMARIG_CASES_CASE_WANT_H
#define NUMARIG_CASES_CASE_WANT_H

#include "base/condition.h"
#include "base/err.h"

/* Whether a condition holds; unknown when there is no value, or a number is needed and the value is none. */
enum case_truth { CASE_FALSE, CASE_TRUE, CASE_UNKNOWN };

/* One condition on one value: base/condition.h. */
struct case_want {
	const char *name;
	enum condition_op op;
	char *text;	    /* CONDITION_IS, CONDITION_NOT, CONDITION_LIKE */
	long double lo, hi; /* exact for every 64-bit number; `lo` where there is one */
};

/* Parses one condition of a case file. For case_parse() and tests. */
int case_want_parse(const char *text, struct case_want *out, struct err *err);
/* Whether a value meets the condition. */
enum case_truth case_want_holds(const struct case_want *w, const char *value);
/* -EINVAL for a condition on `end` that no program's end can meet. */
int case_end_check(const struct case_want *w, struct err *err);

#endif
