/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of compare.h share: its rows (compare.c), what the two sides were made of (compare_inputs.c), and two values
 * against each other (compare_values.c).
 */
#ifndef NUMARIG_JUDGE_COMPARING_H
#define NUMARIG_JUDGE_COMPARING_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/text.h"
#include "judge/compare.h"
#include "judge/judge.h"

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

/* A metric's value on a node: a number, or [least, most]. */
struct compare_range comparing_range(const json_t *v, size_t runs);
/* The worst outcome that came, from "pass" or {"pass": 4, "fail": 1}. */
enum outcome comparing_worst(const json_t *v);
enum compare_verdict comparing_outcomes(const json_t *was, const json_t *is, size_t runs_was, size_t runs_is,
					bool exact);

/* Names of both, those of `was` first and in their order; new reference. */
json_t *comparing_both(const json_t *was, const json_t *is);
size_t comparing_runs(const json_t *summary);

/* Whether the two may be compared: -EINVAL names what has to be the same. Adds rows for knobs and parameters that one side has. */
int comparing_inputs(struct comparing *c, struct err *err);
/* What may differ and does, a comma between. */
void comparing_differs(const struct comparing *c, struct text *out);
/* Whether a workload (or its trace) had the same parameters and command line of its own. */
bool comparing_same_job(const struct comparing *c, const char *label);
/* Of equal inputs: a row for records that are not; whether the seeds are the same. */
bool comparing_exactness(struct comparing *c);

#endif
