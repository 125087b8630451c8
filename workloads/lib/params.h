/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parameters by their table: the host checks with it what the guest then reads with it. */
#ifndef NUMARIG_WORKLOADS_LIB_PARAMS_H
#define NUMARIG_WORKLOADS_LIB_PARAMS_H

#include "base/err.h"
#include "workloads/workload.h"

/* Fills a zeroed struct of w->params.size bytes with the defaults. */
void params_default(const struct workload *w, void *params);

/* Sets one. -EINVAL: unknown (nearest name offered, on the host), malformed, out of range; names the parameter. */
int params_set(const struct workload *w, void *params, const char *name, const char *value, struct err *err);

/* The name of a sabotage the workload has, as it has it. -EINVAL with the names there are. */
int params_sabotage(const struct workload *w, const char *name, const char **out, struct err *err);

/* The value as params_set would take it; into buf, returned. */
const char *params_show(const struct wl_param *p, const void *params, char *buf, size_t size);

/* "64M", "4096", "1G" as bytes. 0 or -EINVAL. */
int size_parse(const char *text, uint64_t *bytes);

#endif
