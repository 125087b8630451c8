/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The metrics of a workload's table, out of its records. */
#ifndef NUMARIG_JUDGE_METRICS_H
#define NUMARIG_JUDGE_METRICS_H

#include "base/err.h"
#include "result/records.h"
#include "topo/guest.h"
#include "workloads/workload.h"

/*
 * In the table's order, nodes ascending; a metric that was not measured is absent. Errors: a raw text that does not
 * parse, a value reported that is not in the table (a typing mistake in the workload). `shift`: of the instruction clock,
 * -1 for none, then what is WL_CLOCKED is absent. *values is malloc'ed.
 */
int metrics_collect(const struct workload *w, const struct records *r, const struct topo_guest *g, int shift,
		    struct wl_value **values, size_t *n, struct err *err);

#endif
