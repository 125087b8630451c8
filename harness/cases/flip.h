/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds, by bisection, where the answer of a case changes in a list of kernels, oldest first. */
#ifndef NUMARIG_CASES_FLIP_H
#define NUMARIG_CASES_FLIP_H

#include <stddef.h>

#include "cases/case.h"

enum flip_state {
	FLIP_TRY,	/* the kernel `at` is to be tried next */
	FLIP_FOUND,	/* `before` is the last kernel with the one answer, `at` the first with the other */
	FLIP_NONE,	/* the first and the last kernel do not differ in the direction asked for */
	FLIP_UNTELLABLE /* fewer than two kernels have an answer other than "cannot tell" */
};

struct flip {
	enum flip_state state;
	size_t before, at; /* for FLIP_NONE: the first and the last kernel that have an answer */
};

/*
 * The next step. known[i] is the answer of kernel i, CASE_ANSWERS when it was not tried yet. `first` is CASE_DOES_NOT to find the
 * first good kernel, CASE_SHOWS to find the first bad one. Kernels that cannot tell are skipped, so that some may lie between
 * `before` and `at` in the end.
 */
struct flip flip_next(const enum case_answer *known, size_t n, enum case_answer first);

#endif
