/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks summaries and results that come from files, before they are used. */
#ifndef NUMARIG_JUDGE_SUMMARY_CHECK_H
#define NUMARIG_JUDGE_SUMMARY_CHECK_H

#include "base/err.h"
#include "base/json.h"
#include "result/entries.h"

#define SUMMARY_SCHEMA 2 /* the schema that is written; older ones are read, too */
#define SUMMARY_RESULTS \
	RESULT_SCHEMA /* the newest schema of a result.json that is read; older ones are read, too */

/*
 * 0 when the content of a file is a valid summary, or a valid result: every outcome is one, every value is a number. -EINVAL: the
 * message says what is wrong. -ERANGE: it has the schema of a newer program.
 */
int summary_check(const json_t *j, struct err *err);
int summary_check_result(const json_t *r, struct err *err);

#endif
