/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples of one figure and what they say: pure arithmetic, no clock, no printing.
 *
 * A series without samples has no median: missing is not zero. NaN, infinities and negative values are no
 * measurement here and are refused when added, so that they can't hide in a median.
 */
#ifndef NUMARIG_BENCH_STATS_H
#define NUMARIG_BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>

struct series {
	double *v; /* in the order they were measured */
	size_t n, cap;
};

struct summary {
	size_t n;
	double min, median, max;
};

struct ratio {
	double value;	  /* of the medians */
	double low, high; /* the least and the most the samples allow: min/max and max/min */
};

enum target_is { TARGET_AT_MOST, TARGET_AT_LEAST };

/* -1 when the sample is no measurement; it is not kept then. */
int series_add(struct series *s, double v);
void series_free(struct series *s);

/* false, and nothing filled in, when there are no samples. The median of an even count is the mean of the
 * middle two. */
bool series_summary(const struct series *s, struct summary *out);

/* of / over. false when one has no samples, or the lower one holds a zero. */
bool series_ratio(const struct series *of, const struct series *over, struct ratio *out);

/* The limit itself meets it. */
bool target_met(enum target_is is, double limit, double value);

#endif
