/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of a want: what stands in its condition ("2 * pages + 1"), and nodes by the name of what holds their id. */
#ifndef NUMARIG_WORKLOADS_LIB_EXPRESSION_H
#define NUMARIG_WORKLOADS_LIB_EXPRESSION_H

#include "base/condition.h"
#include "base/err.h"
#include "workloads/workload.h"

struct expression {
	const struct workload *w;
	const struct wl_view *v; /* NULL: only looks whether it can be read and its names are known */
	struct wl_verdict *
		out; /* BROKEN (or SKIP, of what needs an instruction clock) when something was not measured */
	int nid;     /* names are metrics of this node, else of the machine; -1: of the machine */
	bool node;   /* it is to be the id of a node: a metric goes before a parameter of the same name */
	bool named;  /* out: it is more than a number */
};

/* -EINVAL: it can't be read. *value is 0 when something was not measured. */
int expression_value(struct expression *x, struct condition_part text, int64_t *value, struct err *err);

/* A node by name: of a metric or parameter that is its id, or a number. The lowest there is when it is none, with *out BROKEN. */
int expression_node(struct expression *x, struct condition_part name, int *nid, struct err *err);

/* The metric of that name, traced ones included; NULL: the workload has none. */
const struct wl_metric *expression_metric(const struct workload *w, struct condition_part name);

/* Says of a metric that it was not measured: BROKEN, or SKIP where it counts instructions and there is no clock. */
void expression_missing(const struct expression *x, const char *metric, int nid);

#endif
