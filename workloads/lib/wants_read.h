/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row of wants (struct wl_want in workloads/workload.h), read. */
#ifndef NUMARIG_WORKLOADS_LIB_WANTS_READ_H
#define NUMARIG_WORKLOADS_LIB_WANTS_READ_H

#include "base/condition.h"
#include "base/err.h"
#include "workloads/workload.h"

#define NODES_MOST 4 /* that a row names */

enum nodes { MACHINE, EACH, EACH_CPU, ON, NOT_ON, ONLY_ON, IN_ALL };

/* A row as it was read. */
struct want {
	const struct wl_want *row;
	struct condition is;
	enum nodes nodes;
	struct condition_part name[NODES_MOST];
	unsigned names;
};

/* -EINVAL: its condition or its nodes can't be read. */
int want_read(const struct wl_want *row, struct want *out, struct err *err);

#endif
