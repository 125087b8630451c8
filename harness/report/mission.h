/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The statements the suite must show, and what runs say of them. Pure: results in, JSON and text out.
 *
 * A row is proved by the checks that name it (struct wl_expect.rows); which those are is read from the workloads, so
 * that no list can differ from what runs.
 */
#ifndef NUMARIG_REPORT_MISSION_H
#define NUMARIG_REPORT_MISSION_H

#include "base/json.h"
#include "base/text.h"
#include "workloads/workload.h"

/* Whether a check's rows, "T1 T3", name it. */
bool mission_names(const char *rows, const char *id);

/*
 * `results`: an array of {"kernel": NAME, "result": result.json's content}, several for a kernel when more than one
 * topology was run. New reference. Holds no paths and no times: equal results, equal table.
 */
json_t *mission_make(const json_t *results);

/* The worst of all rows; a row that no kernel could show is as bad as one that fails. */
enum outcome mission_outcome(const json_t *mission);

void mission_text(const json_t *mission, bool colour, struct text *out);
void mission_markdown(const json_t *mission, struct text *out);

#endif
