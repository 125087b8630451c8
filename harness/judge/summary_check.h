/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the user's, before anything is taken from them. */
#ifndef NUMARIG_JUDGE_SUMMARY_CHECK_H
#define NUMARIG_JUDGE_SUMMARY_CHECK_H

#include "base/err.h"
#include "base/json.h"
#include "result/entries.h"

#define SUMMARY_SCHEMA 2 /* what is written; those before are read */
#define SUMMARY_RESULTS \
	RESULT_SCHEMA /* the newest schema of a result.json that is read; those before are, too */

/*
 * Whether a file's content is a summary, or a result, that can be relied on: every outcome is one, every value a number. -EINVAL
 * says what is wrong; -ERANGE: a summary, but of a newer program.
 */
int summary_check(const json_t *j, struct err *err);
int summary_check_result(const json_t *r, struct err *err);

#endif
