/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A judgement as result.json has it. These return new references. */
#ifndef NUMARIG_JUDGE_JUDGED_JSON_H
#define NUMARIG_JUDGE_JUDGED_JSON_H

#include "base/json.h"
#include "judge/judge.h"

/* The `checks` of a workload's entry: name, the mission's rows, outcome, and the verdict in words. */
json_t *judged_checks_json(const struct judged *j);
/* The `metrics` of a workload's entry, with unit and meaning from the workload's table. */
json_t *judged_metrics_json(const struct wl_metrics *table, const struct judged *j);

#endif
