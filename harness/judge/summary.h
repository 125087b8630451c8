/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What several runs of one thing came to, over their seeds or repeats: outcomes with how often each came, and of every metric
 * the range on each node. Pure: results in, JSON out. It is what two of which are compared (compare.h) and what a baseline
 * in results/baselines/ is.
 *
 *	schema, engine, kernel, qemu, topology, inputs (without the seed), plan (without the seed), declared
 *	runs		each: seed, digest, records (SHA-256 over the workloads' raw), raws (since schema 2: of records and trace, the first 16
 *			digits of each workload's), and when traced trace (its digest) and plugin
 *	workloads	by name ("bind trace": what its trace adds): outcome, checks by name, metrics by name with unit, better, timing and nodes (nid, or "-" for the
 *			machine, to a number or [least, most]), and missing (nid to how many runs had checks and not this), if any
 *
 * An outcome is a word, or {"pass": 4, "fail": 1} where the runs differ. Members whose names begin with '.' are for this
 * process only: words of checks.
 */
#ifndef NUMARIG_JUDGE_SUMMARY_H
#define NUMARIG_JUDGE_SUMMARY_H

#include "base/err.h"
#include "base/json.h"

/*
 * `results`: contents of result.json, at least one, that differ in seed only. New reference in *out. -EINVAL names the input
 * that differs.
 */
int summary_make(const json_t *results, json_t **out, struct err *err);

/* "engine, kernel": what of the inputs, plan, topology differs, a blank and a comma between; "" for nothing. */

#endif
