/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/flip.h"

static bool tells(enum case_answer a)
{
	return a == CASE_SHOWS || a == CASE_DOES_NOT;
}

/* The kernel nearest to the middle of those between two that has not been tried; `hi` when there is none. */
static size_t middle(const enum case_answer *known, size_t lo, size_t hi)
{
	size_t mid = lo + (hi - lo) / 2;

	for (size_t d = 0; d < hi - lo; d++) {
		if (mid + d < hi && known[mid + d] == CASE_ANSWERS)
			return mid + d;
		if (mid > lo + d && known[mid - d] == CASE_ANSWERS)
			return mid - d;
	}
	return hi;
}

static struct flip try_next(size_t at)
{
	return (struct flip){ .state = FLIP_TRY, .at = at };
}

struct flip flip_next(const enum case_answer *known, size_t n, enum case_answer first)
{
	size_t lo = 0, hi = n;

	while (lo < n && known[lo] == CASE_CANNOT_TELL)
		lo++;
	if (lo < n && !tells(known[lo]))
		return try_next(lo);
	while (hi > lo + 1 && known[hi - 1] == CASE_CANNOT_TELL)
		hi--;
	if (hi < lo + 2)
		return (struct flip){ .state = FLIP_UNTELLABLE };
	hi--;
	if (!tells(known[hi]))
		return try_next(hi);
	if (known[lo] == first || known[hi] != first)
		return (struct flip){ .state = FLIP_NONE, .before = lo, .at = hi };
	for (size_t i = lo + 1; i < hi; i++) {
		if (!tells(known[i]))
			continue;
		if (known[i] == first)
			hi = i;
		else
			lo = i;
	}
	size_t mid = middle(known, lo, hi);
	return mid < hi ? try_next(mid) : (struct flip){ .state = FLIP_FOUND, .before = lo, .at = hi };
}
