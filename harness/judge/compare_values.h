/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two values against each other, ranges or outcomes: whether they differ, and to the worse. For compare.h, whose rules these are. */
#ifndef NUMARIG_JUDGE_COMPARE_VALUES_H
#define NUMARIG_JUDGE_COMPARE_VALUES_H

#include <stdbool.h>
#include "base/json.h"
#include "judge/judged.h"

#define COMPARE_RUNS 3	/* fewer are no spread */
#define COMPARE_PART 10 /* a tenth */

enum compare_verdict {
	COMPARE_SAME,
	COMPARE_NEW,	 /* only the second has it */
	COMPARE_GONE,	 /* only the first had it */
	COMPARE_UNKNOWN, /* differs, and one schedule is no measure */
	COMPARE_BETTER,
	COMPARE_CHANGED, /* and no direction is better */
	COMPARE_WORSE,
	COMPARE_INEXACT,
	COMPARE_VERDICTS
};

const char *compare_name(enum compare_verdict v);

/* For tests, and for baselines of one metric: ranges with how many runs stand behind each. `better`: as in a result. */
struct compare_range {
	json_int_t least, most;
	size_t runs;
};
enum compare_verdict compare_ranges(const struct compare_range *was, const struct compare_range *is,
				    const char *better, bool spread);

/* A metric's value on a node: a number, or [least, most]. */
struct compare_range comparing_range(const json_t *v, size_t runs);
/* The worst outcome that came, from "pass" or {"pass": 4, "fail": 1}. */
enum outcome comparing_worst(const json_t *v);
enum compare_verdict comparing_outcomes(const json_t *was, const json_t *is, size_t runs_was, size_t runs_is,
					bool exact);

#endif
