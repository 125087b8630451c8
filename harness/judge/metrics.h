/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Collects the metrics of a workload's table from its records. */
#ifndef NUMARIG_JUDGE_METRICS_H
#define NUMARIG_JUDGE_METRICS_H

#include "base/err.h"
#include "result/records.h"
#include "topo/guest.h"
#include "workloads/workload.h"

/*
 * *values is malloc'ed and in the table's order, nodes ascending; a metric that was not measured is absent. Errors: a raw text is
 * malformed, or the workload reported a value that is not in its table. `shift` is that of the instruction clock; with -1 there is
 * none, and metrics that are WL_CLOCKED are absent.
 */
int metrics_collect(const struct workload *w, const struct records *r, const struct topo_guest *g, int shift,
		    struct wl_value **values, size_t *n, struct err *err);

#endif
