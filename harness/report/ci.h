/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes results in formats that CI programs read. Pure. `runs` is an array of objects with name ("4node-6.12") and result (the content
 * of result.json); a run that could not be made has outcome and why in place of result.
 */
#ifndef NUMARIG_REPORT_CI_H
#define NUMARIG_REPORT_CI_H

#include "base/json.h"
#include "base/text.h"

/*
 * KTAP 1, which is TAP 14 but for the first line (a `prove` before 3.45 refuses "TAP version 14"): a test for each workload, a subtest
 * for each check. PASS and XFAIL are ok, FAIL and BROKEN are not ok, SKIP is skipped.
 */
void report_tap(const json_t *runs, struct text *out);

/*
 * JUnit XML as Jenkins and GitLab read it: a testsuite for each workload, a testcase for each check. FAIL is a failure, BROKEN an
 * error, SKIP and XFAIL are skipped, with the reason. Times are host time.
 */
void report_junit(const json_t *runs, struct text *out);

#endif
