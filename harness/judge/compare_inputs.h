/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compares the inputs of the two sides of a comparison; used by compare.c only. */
#ifndef NUMARIG_JUDGE_COMPARE_INPUTS_H
#define NUMARIG_JUDGE_COMPARE_INPUTS_H

#include "base/err.h"
#include "base/text.h"
#include "judge/compare_rows.h"

/*
 * 0 when the two may be compared; -EINVAL names what would have to be the same. Adds rows for knobs and parameters that only one
 * side has.
 */
int comparing_inputs(struct comparing *c, struct err *err);
/* True when QEMU, what belongs to it, or the guest's programs differ: then numbers say nothing of the kernel. */
bool comparing_hosts(const struct comparing *c);
/* Appends the names of the inputs that differ and may differ, separated by commas. */
void comparing_differs(const struct comparing *c, struct text *out);
/* True when a workload (or its trace) had the same parameters and the same kernel arguments of its own on both sides. */
bool comparing_same_job(const struct comparing *c, const char *label);
/* For equal inputs: adds a row for records that are not equal. True when both sides have the same seeds. */
bool comparing_exactness(struct comparing *c);

#endif
