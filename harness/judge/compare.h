/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two summaries (summary.h) against each other: what changed, where, and whether to the worse. Pure.
 *
 * The first is how it was, the second how it is. Only what can be compared is: same engine, machine and program of the user's, and
 * the same value of every parameter and knob that both have; else the one that differs is named. What may differ: QEMU, firmware,
 * kernel, and this program's own parts. Workloads, checks, metrics, parameters and declared knobs that only one side has are rows,
 * new or gone: they say nothing for or against the kernel, so that another version of this program can be compared with.
 *
 * By what basis:
 *	"inputs"	engine exact, all inputs and schedules the same: every number to the unit. Records that differ all the same
 *			are a defect of ours: verdict "inexact"
 *	"builds"	something of what may differ does: outcomes, and metrics that are the same whatever the schedule, strictly;
 *			the others by their spread over seeds
 *	"repeats"	engine fast or kvm: as "builds", over repeats
 *
 * By spread: two ranges are different when they lie apart by more than half the wider one and by more than a tenth of the largest
 * value: seeds move the schedule only, another guest archive or kernel also moves what lies where. With less than three runs on both
 * sides there is no spread to speak of: "unknown".
 */
#ifndef NUMARIG_JUDGE_COMPARE_H
#define NUMARIG_JUDGE_COMPARE_H

#include "base/err.h"
#include "base/json.h"
#include "judge/compare_values.h"

#define COMPARE_SCHEMA 2

/*
 * {schema, basis, differs, was, is, rows, counts, verdict}; new reference. `rows` are what is not the same: workload ("": of all),
 * what ("outcome", "check", "metric", "records", "trace"; and of what one side has "workload", "parameter", "knob", "plan"), name, nid, unit, timing, was, is, verdict, why. -EINVAL: can't be compared.
 */
int compare_summaries(const json_t *was, const json_t *is, json_t **out, struct err *err);

/* 1: something is worse, or changed that does not depend on timing; 3: inexact; else 0. */
int compare_exit_code(const json_t *comparison);

#endif
