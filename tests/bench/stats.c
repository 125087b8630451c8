/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

int series_add(struct series *s, double v)
{
	if (!isfinite(v) || v < 0)
		return -1;
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = v;
	return 0;
}

void series_free(struct series *s)
{
	free(s->v);
	*s = (struct series){ 0 };
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

bool series_summary(const struct series *s, struct summary *out)
{
	double *sorted;

	if (!s->n)
		return false;
	sorted = xcalloc(s->n, sizeof(*sorted));
	memcpy(sorted, s->v, s->n * sizeof(*sorted));
	qsort(sorted, s->n, sizeof(*sorted), by_value);
	*out = (struct summary){
		.n = s->n,
		.min = sorted[0],
		.median = s->n % 2 ? sorted[s->n / 2] : (sorted[s->n / 2 - 1] + sorted[s->n / 2]) / 2,
		.max = sorted[s->n - 1],
	};
	free(sorted);
	return true;
}

bool series_ratio(const struct series *of, const struct series *over, struct ratio *out)
{
	struct summary a, b;

	if (!series_summary(of, &a) || !series_summary(over, &b) || !(b.min > 0))
		return false;
	*out = (struct ratio){ .value = a.median / b.median, .low = a.min / b.max, .high = a.max / b.min };
	return true;
}

bool target_met(enum target_is is, double limit, double value)
{
	return is == TARGET_AT_MOST ? value <= limit : value >= limit;
}
