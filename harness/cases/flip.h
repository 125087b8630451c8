/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the answer flips in a row of kernels, oldest first, with as few of them tried as it takes. */
#ifndef NUMARIG_CASES_FLIP_H
#define NUMARIG_CASES_FLIP_H

#include <stddef.h>

#include "cases/case.h"

enum flip_state {
	FLIP_TRY,	/* try `at` next */
	FLIP_FOUND,	/* `before` is the last of the one answer, `at` the first of the other */
	FLIP_NONE,	/* the ends do not flip that way */
	FLIP_UNTELLABLE /* no two of them could tell */
};

struct flip {
	enum flip_state state;
	size_t before, at; /* FLIP_NONE: the two ends */
};

/*
 * What to do, from what is known: known[i] is CASE_ANSWERS for a kernel not tried yet. `first` is CASE_DOES_NOT to find
 * the first good one, CASE_SHOWS to find the first bad one. Kernels that cannot tell are stepped over; some may lie
 * between `before` and `at` at the end.
 */
struct flip flip_next(const enum case_answer *known, size_t n, enum case_answer first);

#endif
