/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of a comparison and its rows; used by the files of compare.h only. */
#ifndef NUMARIG_JUDGE_COMPARE_ROWS_H
#define NUMARIG_JUDGE_COMPARE_ROWS_H

#include <stdbool.h>
#include "base/json.h"
#include "judge/compare_values.h"

struct comparing {
	const json_t *was, *is;
	bool exact; /* every number must be equal (basis "inputs") */
	bool hosts; /* numbers are not judged (basis "hosts") */
	json_t *rows, *counts;
	json_t *apart; /* an object whose keys are the workloads that both sides have and that are not compared */
	enum compare_verdict verdict;
};

/* Makes a row for comparing_add(); members that are not given are empty. New reference. */
json_t *comparing_row(const char *workload, const char *what, const char *name, const json_t *was,
		      const json_t *is, const char *why);
/* Counts the verdict and adds the row unless the verdict is "same". The reference to row is taken over. */
void comparing_add(struct comparing *c, enum compare_verdict v, json_t *row);
/* Adds a row for something that only one side has; the other side's value is NULL. */
void comparing_one_sided(struct comparing *c, const char *workload, const char *what, const char *name,
			 const json_t *was, const json_t *is);

/* The keys of both objects: those of `was` in their order, then the others of `is`. New reference. */
json_t *comparing_both(const json_t *was, const json_t *is);
size_t comparing_runs(const json_t *summary);

#endif
