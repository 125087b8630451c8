/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares two summaries (summary.h): what changed, where, and whether it is worse. Pure.
 *
 * The first summary is the earlier state (`was`), the second the present one (`is`). Both must have the same engine, machine and
 * program of the user, and the same value of every parameter and knob that both have; else the error names what differs. These may
 * differ: QEMU, firmware, kernel, and this program's own parts. Workloads, checks, metrics, parameters and knobs that only one side
 * has become rows "new" or "gone", which do not count as worse: so results of another version of this program can be compared.
 *
 * What is compared in which way depends on the basis:
 *	"inputs"	engine exact, and all inputs and seeds are the same. Every number must be equal. Records that differ
 *			nevertheless are a defect of this program: verdict "inexact".
 *	"builds"	engine exact, and an input differs. Outcomes must be equal, and metrics that do not depend on timing, too;
 *			all other metrics are compared by their spread over the seeds.
 *	"hosts"		engine exact, and QEMU, its firmware, steady.so or the guest's programs differ. Outcomes must be equal.
 *			Metrics that differ are rows "apart" and no verdict: they follow from libc's and busybox's sizes and from
 *			where memory lies as well as from the kernel. The same guest and QEMU on both sides tell.
 *	"repeats"	engine fast or kvm: as "builds", by the spread over the repeats.
 *
 * By spread, two ranges differ when the gap between them is more than half of the wider range and more than a tenth of the largest
 * value. (Another seed changes the schedule only; another guest or kernel also changes where things lie in memory.) With fewer than
 * three runs on both sides there is no spread, and the verdict is "unknown".
 */
#ifndef NUMARIG_JUDGE_COMPARE_H
#define NUMARIG_JUDGE_COMPARE_H

#include "base/err.h"
#include "base/json.h"
#include "judge/compare_values.h"

#define COMPARE_SCHEMA 2

/*
 * *out is {schema, basis, differs, was, is, rows, counts, verdict}; new reference. `rows` has what is not the same, with members
 * workload ("": all of them), what ("outcome", "check", "metric", "records" or "trace"; of what only one side has also "workload",
 * "parameter", "knob" or "plan"), name, nid, unit, timing, was, is, verdict, why. -EINVAL: the two can't be compared.
 */
int compare_summaries(const json_t *was, const json_t *is, json_t **out, struct err *err);

/* The exit code: 3 for "inexact"; 1 when something is worse, or changed that does not depend on timing; else 0. */
int compare_exit_code(const json_t *comparison);

#endif
