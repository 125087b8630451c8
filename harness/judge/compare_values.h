/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares two values, ranges or outcomes, by the rules in compare.h. */
#ifndef NUMARIG_JUDGE_COMPARE_VALUES_H
#define NUMARIG_JUDGE_COMPARE_VALUES_H

#include <stdbool.h>
#include "base/json.h"
#include "judge/judged.h"

#define COMPARE_RUNS 3	/* fewer runs have no spread */
#define COMPARE_PART 10 /* ranges must lie apart by more than a tenth of the largest value to differ */

enum compare_verdict {
	COMPARE_SAME,
	COMPARE_APART,	 /* numbers of two hosts: they say nothing of the kernel */
	COMPARE_NEW,	 /* only the second has it */
	COMPARE_GONE,	 /* only the first had it */
	COMPARE_UNKNOWN, /* the values differ, and there are too few runs for a verdict */
	COMPARE_JUDGED,	 /* the first was broken: nobody knows what it would have been */
	COMPARE_BETTER,
	COMPARE_CHANGED, /* the values differ, and neither is better */
	COMPARE_WORSE,
	COMPARE_INEXACT, /* equal inputs gave other records */
	COMPARE_VERDICTS
};

const char *compare_name(enum compare_verdict v);

/* The range of a metric over several runs. */
struct compare_range {
	json_int_t least, most;
	size_t runs; /* how many runs it is from */
};
/* `better`: "lower", "higher" or "same", as in a result. `spread`: compare by spread; else the ranges must be equal. */
enum compare_verdict compare_ranges(const struct compare_range *was, const struct compare_range *is,
				    const char *better, bool spread);

/* The range of a metric's value on a node, which is a number or [least, most] in JSON. */
struct compare_range comparing_range(const json_t *v, size_t runs);
/* The worst outcome of "pass", or of {"pass": 4, "fail": 1}. */
enum outcome comparing_worst(const json_t *v);
enum compare_verdict comparing_outcomes(const json_t *was, const json_t *is, size_t runs_was, size_t runs_is,
					bool exact);

#endif
