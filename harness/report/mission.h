/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mission table: the statements that the suite must show (mission_rows.h), and what results show of each. Pure.
 *
 * A statement is shown by the checks that name it (struct wl_expect.rows); the table is made from the workloads, so that there is
 * no second list of checks.
 */
#ifndef NUMARIG_REPORT_MISSION_H
#define NUMARIG_REPORT_MISSION_H

#include "base/json.h"
#include "base/text.h"
#include "workloads/workload.h"

/* True when a check's rows ("T1 T3") have the id. */
bool mission_names(const char *rows, const char *id);

/*
 * `results` is an array of {"kernel": NAME, "result": content of result.json}; a kernel has several when more than one topology was
 * run. The table has no paths and no times, so that equal results give equal tables. New reference.
 */
json_t *mission_make(const json_t *results);

/* The worst outcome of all rows. A row that no kernel could show counts as a failure. */
enum outcome mission_outcome(const json_t *mission);

void mission_text(const json_t *mission, bool colour, struct text *out);
void mission_markdown(const json_t *mission, struct text *out);

#endif
