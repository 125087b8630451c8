/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results for programs that read test results. Pure. `runs` is an array of objects: name ("4node-6.12"), result (result.json's content;
 * absent when the run could not be made) and then outcome and why.
 */
#ifndef NUMARIG_REPORT_CI_H
#define NUMARIG_REPORT_CI_H

#include "base/json.h"
#include "base/text.h"

/*
 * KTAP 1, whose lines are TAP 14's: a test a workload, a subtest a check. Its first line is KTAP's, since a `prove` before
 * 3.45 gives up on "TAP version 14". PASS and XFAIL are ok, FAIL and BROKEN are not, SKIP is skipped.
 */
void report_tap(const json_t *runs, struct text *out);

/*
 * JUnit XML as Jenkins and GitLab read it: a testsuite a workload, a testcase a check. FAIL is a failure, BROKEN an error,
 * SKIP and XFAIL are skipped, with the reason. Times are the host's.
 */
void report_junit(const json_t *runs, struct text *out);

#endif
