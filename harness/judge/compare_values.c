/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/compare_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

static const char *const names[] = {
	[COMPARE_SAME] = "same",       [COMPARE_APART] = "apart",     [COMPARE_NEW] = "new",
	[COMPARE_GONE] = "gone",       [COMPARE_UNKNOWN] = "unknown", [COMPARE_JUDGED] = "judged",
	[COMPARE_BETTER] = "better",   [COMPARE_CHANGED] = "changed", [COMPARE_WORSE] = "worse",
	[COMPARE_INEXACT] = "inexact",
};

const char *compare_name(enum compare_verdict v)
{
	return names[v];
}

/* --- ranges ------------------------------------------------------------------------------------------------------------- */
/* A file of the user's may have any value: differences and products are of a type that holds them. */
static __int128 width(const struct compare_range *r)
{
	return (__int128)r->most - r->least;
}

static __int128 larger(__int128 a, __int128 b)
{
	return a > b ? a : b;
}

static __int128 size(json_int_t a)
{
	return a < 0 ? -(__int128)a : a;
}

/* The end that is farther from 0. */
static __int128 farthest(const struct compare_range *r)
{
	return larger(size(r->least), size(r->most));
}

/* The verdict for a step up (+1), down (-1) or one that is neither (0). */
static enum compare_verdict directed(int step, const char *better)
{
	bool higher = !strcmp(better, "higher"), lower = !strcmp(better, "lower");

	if (!step || (!higher && !lower))
		return COMPARE_CHANGED;
	return (step > 0) == higher ? COMPARE_BETTER : COMPARE_WORSE;
}

enum compare_verdict compare_ranges(const struct compare_range *was, const struct compare_range *is,
				    const char *better, bool spread)
{
	__int128 gap =
		is->least > was->most ? (__int128)is->least - was->most : (__int128)was->least - is->most;
	__int128 wider = larger(width(was), width(is)), most = larger(farthest(was), farthest(is));
	int step = is->least >= was->least && is->most >= was->most   ? 1
		   : is->least <= was->least && is->most <= was->most ? -1
								      : 0;

	if (was->least == is->least && was->most == is->most)
		return COMPARE_SAME;
	if (!spread)
		return directed(step, better);
	if (was->runs < COMPARE_RUNS && is->runs < COMPARE_RUNS)
		return COMPARE_UNKNOWN;
	return gap > 0 && 2 * gap > wider && COMPARE_PART * gap > most ? directed(step, better)
								       : COMPARE_SAME;
}

struct compare_range comparing_range(const json_t *v, size_t runs)
{
	if (json_is_array(v))
		return (struct compare_range){ json_integer_value(json_array_get(v, 0)),
					       json_integer_value(json_array_get(v, 1)), runs };
	return (struct compare_range){ json_integer_value(v), json_integer_value(v), runs };
}

/* --- outcomes ---------------------------------------------------------------------------------------------------------- */
/* From the best to the worst: what a check falls through. */
static const enum outcome ladder[] = { OUTCOME_PASS, OUTCOME_XFAIL, OUTCOME_SKIP, OUTCOME_FAIL,
				       OUTCOME_BROKEN };

/* How often this one came, in a thousandth of the runs. */
static json_int_t share(const json_t *v, const char *outcome, size_t runs)
{
	if (json_is_string(v))
		return strcmp(json_string_value(v), outcome) ? 0 : 1000;
	return json_integer_value(json_object_get(v, outcome)) * 1000 / (json_int_t)(runs ? runs : 1);
}

/* The worst that came. */
enum outcome comparing_worst(const json_t *v)
{
	for (size_t i = ARRAY_SIZE(ladder); i-- > 1;)
		if (share(v, outcome_name(ladder[i]), 1))
			return ladder[i];
	return ladder[0];
}

/*
 * What was not right has become better when it is right now, and not when it is skipped: nobody looked. What was broken was not found
 * out, and so it is not better either: it is judged now.
 */
static enum compare_verdict mended(enum outcome worst_was, enum outcome worst_is)
{
	if (worst_was == OUTCOME_BROKEN && (worst_is == OUTCOME_PASS || worst_is == OUTCOME_XFAIL))
		return COMPARE_JUDGED;
	return worst_was == OUTCOME_BROKEN || worst_is == OUTCOME_SKIP ? COMPARE_CHANGED : COMPARE_BETTER;
}

/* The worst decides; when that is the same in both, how often it came, if there were enough runs to tell. */
enum compare_verdict comparing_outcomes(const json_t *was, const json_t *is, size_t runs_was, size_t runs_is,
					bool exact)
{
	for (size_t i = ARRAY_SIZE(ladder); i-- > 0;) {
		json_int_t a = share(was, outcome_name(ladder[i]), runs_was);
		json_int_t b = share(is, outcome_name(ladder[i]), runs_is);

		if (a == b)
			continue;
		if (a && b && !exact && (runs_was < COMPARE_RUNS || runs_is < COMPARE_RUNS))
			return COMPARE_UNKNOWN;
		if (b > a)
			return COMPARE_WORSE;
		if (b)
			return ladder[i] == OUTCOME_BROKEN ? COMPARE_JUDGED : COMPARE_BETTER;
		return ladder[i] > OUTCOME_SKIP ? mended(ladder[i], comparing_worst(is)) : COMPARE_BETTER;
	}
	return COMPARE_SAME;
}
