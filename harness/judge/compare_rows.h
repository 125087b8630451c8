/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What compare.h compares, and the rows that come of it; between its files. */
#ifndef NUMARIG_JUDGE_COMPARE_ROWS_H
#define NUMARIG_JUDGE_COMPARE_ROWS_H

#include <stdbool.h>
#include "base/json.h"
#include "judge/compare_values.h"

struct comparing {
	const json_t *was, *is;
	bool exact; /* to the unit */
	json_t *rows, *counts;
	json_t *apart; /* an object of the workloads of both that are not compared */
	enum compare_verdict verdict;
};

/* A row, with what is not given empty; new reference, for comparing_add. */
json_t *comparing_row(const char *workload, const char *what, const char *name, const json_t *was,
		      const json_t *is, const char *why);
/* Takes the row; it is kept unless it is the same. */
void comparing_add(struct comparing *c, enum compare_verdict v, json_t *row);
/* A row of what one side has: the other's is NULL. */
void comparing_one_sided(struct comparing *c, const char *workload, const char *what, const char *name,
			 const json_t *was, const json_t *is);

/* Names of both, those of `was` first and in their order; new reference. */
json_t *comparing_both(const json_t *was, const json_t *is);
size_t comparing_runs(const json_t *summary);

#endif
