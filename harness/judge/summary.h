/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A summary of several runs that differ in seed or repeat only: how often each outcome came, and the range of every metric on each
 * node. Pure: it is JSON made from results. Two summaries can be compared (compare.h); a baseline in results/baselines/ is one.
 *
 *	schema, engine, kernel, qemu, topology, inputs (without the seed), plan (without the seed), declared
 *	runs		for each run: seed, digest, records (SHA-256 over the workloads' records), raws (since schema 2: for each workload
 *			the first 16 digits of the digests of its records and its trace), and, when traced, trace (a digest) and plugin
 *	workloads	by name (a trace's part as "bind trace"): outcome; checks by name; metrics by name, with unit, better, timing, nodes
 *			(nid, or "-" for the machine, to a number or [least, most]), and missing (nid to the number of runs that had
 *			checks but not this value), if any
 *
 * An outcome is a word, or {"pass": 4, "fail": 1} when the runs differ. Members whose names begin with '.' are not written to files.
 */
#ifndef NUMARIG_JUDGE_SUMMARY_H
#define NUMARIG_JUDGE_SUMMARY_H

#include "base/err.h"
#include "base/json.h"

/*
 * `results` is an array of at least one result.json's content; they may differ in seed only. *out is a new reference. -EINVAL: they
 * differ in an input, which the message names.
 */
int summary_make(const json_t *results, json_t **out, struct err *err);

#endif
