/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A judgement: an outcome, and the metrics and checks that it comes from. */
#ifndef NUMARIG_JUDGE_JUDGED_H
#define NUMARIG_JUDGE_JUDGED_H

#include "workloads/workload.h"

struct judged_check {
	const struct wl_expect *expect;
	struct wl_verdict verdict;
};

struct judged {
	enum outcome outcome;
	char why[WL_WORDS]; /* the reason for an outcome that comes from no check (SKIP, BROKEN); else "" */
	struct wl_value *value; /* metrics; the names point into the workload's table */
	size_t values;
	struct judged_check *check;
	size_t checks;
};

void judged_free(struct judged *j);
#define auto_judged __attribute__((cleanup(judged_free)))

/* "pass", "xfail", "skip", "fail" or "broken". */
const char *outcome_name(enum outcome o);
/* The outcome of that name, or -1. */
int outcome_find(const char *name);

/*
 * The outcome of two together: the first of BROKEN, FAIL, XFAIL and PASS that either has; SKIP only when both are. The program's
 * exit codes for these are 3, 1, 0, 0 and 77.
 */
enum outcome outcome_join(enum outcome a, enum outcome b);
int outcome_exit_code(enum outcome o);

#endif
