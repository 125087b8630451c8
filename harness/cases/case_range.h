/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ranges of kernel versions in a case file (cases/case.h). */
#ifndef NUMARIG_CASES_CASE_RANGE_H
#define NUMARIG_CASES_CASE_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/err.h"

/* Upstream versions from .. to, both included. */
struct case_range {
	unsigned from[3], to[3];
};

struct case_ranges {
	struct case_range *v;
	size_t n;
};

/* Parses ranges of versions: "6.1" (the whole series), "6.12.43..6.12.95", "6.7..", "..6.6", or several separated by commas. */
int case_ranges_parse(const char *text, struct case_ranges *out, struct err *err);
/* --- kernels ------------------------------------------------------------------------------------------------------- */
bool case_ranges_have(const struct case_ranges *r, const unsigned version[3]);
/* True when the version's whole series, which is its first two numbers, is in one of the ranges. */
bool case_ranges_have_series(const struct case_ranges *r, const unsigned version[3]);

#endif
