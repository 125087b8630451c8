/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A run directory judged, a workload at a time in the plan's order, so that each can be shown as soon as its machine has
 * ended. run_judge (run/run.h) is the same in one go.
 */
#ifndef NUMARIG_RUN_REJUDGE_H
#define NUMARIG_RUN_REJUDGE_H

#include "run/run.h"

struct judging;

/* `dir` outlives it. Errors: as run_judge's. */
int judging_open(const char *dir, struct judging **out, struct err *err);
void judging_free(struct judging *g); /* NULL is none */
static inline void judging_clean(struct judging **g)
{
	judging_free(*g);
}
#define auto_judging __attribute__((cleanup(judging_clean)))

/* The label of the workload that judging_judge takes next; NULL when all are judged. */
const char *judging_next(const struct judging *g);
/* Its entry of result.json's `workloads`. What lies in DIR/raw of it is read now. */
const json_t *judging_judge(struct judging *g);
/* raw/run.json, and result.json's `host` as far as workloads are judged. */
const json_t *judging_head(const struct judging *g);
const json_t *judging_host(const struct judging *g);
/* Judges what is left and makes the result. -EINTR when interrupted. */
int judging_end(struct judging *g, json_t **result, enum outcome *outcome, struct err *err);

#endif
