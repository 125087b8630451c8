/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run: a setup, a plan, one machine for each workload, and the run directory in which everything is kept.
 *
 *	result.json	see results/schema/result.schema.json
 *	raw/		boot.records (and boot-KEY.records, of workloads that have a kernel command line of their own); for
 *			each workload NAME.records, NAME.job, NAME.console, NAME.exit (how its machine ended, and host
 *			times); NAME.trace with --events; NAME.access and trace.json with --trace
 *	console.log, qmp.log, qemu.args
 *
 * result.json is made from the other files only, by run_judge(), so that it can be made again (`numarig check`).
 */
#ifndef NUMARIG_RUN_RUN_H
#define NUMARIG_RUN_RUN_H

#include "run/prepare.h"

/*
 * Does a whole run: run_prepare(), snapshots, all machines, judging, run directory, results/latest. A workload that fails in any
 * way is an outcome. An error means that the run as a whole has no result; then there is no run directory.
 */
int run_do(const struct run_request *q, struct run *r, struct err *err);

#endif
