/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges a run directory, one workload at a time in the plan's order, so that each can be shown as soon as its machine has ended.
 * run_judge() judges all of them at once.
 */
#ifndef NUMARIG_RUN_REJUDGE_H
#define NUMARIG_RUN_REJUDGE_H

#include "run/prepare.h"

/* Makes result.json's content anew from a run directory; -ENOENT when it is no run directory, -EBADMSG when it is damaged. */
int run_judge(const char *dir, json_t **result, enum outcome *outcome, struct err *err);

struct judging;

/* `dir` is borrowed until judging_free(). Errors are those of run_judge(). */
int judging_open(const char *dir, struct judging **out, struct err *err);
void judging_free(struct judging *g); /* NULL is none */
static inline void judging_clean(struct judging **g)
{
	judging_free(*g);
}
#define auto_judging __attribute__((cleanup(judging_clean)))

/* The label of the workload that judging_judge() takes next; NULL when all are judged. */
const char *judging_next(const struct judging *g);
/* Reads the next workload's files in DIR/raw, judges it, and returns its entry of result.json's `workloads`. Borrowed. */
const json_t *judging_judge(struct judging *g);
/* The content of raw/run.json, and result.json's `host` for the workloads judged so far. Borrowed. */
const json_t *judging_head(const struct judging *g);
const json_t *judging_host(const struct judging *g);
/* Judges the remaining workloads and makes the result (new reference). -EINTR when interrupted. */
int judging_end(struct judging *g, json_t **result, enum outcome *outcome, struct err *err);

#endif
