/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a judgement is: an outcome, the metrics and the checks it comes from. */
#ifndef NUMARIG_JUDGE_JUDGED_H
#define NUMARIG_JUDGE_JUDGED_H

#include "workloads/workload.h"

struct judged_check {
	const struct wl_expect *expect;
	struct wl_verdict verdict;
};

struct judged {
	enum outcome outcome;
	char why[WL_WORDS];	/* of an outcome that no check gives: SKIP, BROKEN; "" else */
	struct wl_value *value; /* metrics: names are the workload's table's */
	size_t values;
	struct judged_check *check;
	size_t checks;
};

/* names and statements; .judge is NULL */
void judged_free(struct judged *j);
#define auto_judged __attribute__((cleanup(judged_free)))

/* "pass", "xfail", "skip", "fail", "broken" */
const char *outcome_name(enum outcome o);
int outcome_find(const char *name); /* -1: none */

/*
 * Of several: BROKEN before FAIL before XFAIL before PASS; SKIP only when all are. The program's exit code follows
 * from it: 3, 1, 0, 0, 77.
 */
enum outcome outcome_join(enum outcome a, enum outcome b);
int outcome_exit_code(enum outcome o);

#endif
