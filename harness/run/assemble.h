/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the parts of result.json that are the same in every exact run of equal inputs. */
#ifndef NUMARIG_RUN_ASSEMBLE_H
#define NUMARIG_RUN_ASSEMBLE_H

#include "run/prepare.h"

/*
 * What is known before a machine runs, which is kept as DIR/raw/run.json: everything that run_judge() needs beside the records.
 * Its members are named as in result.json. New reference.
 */
json_t *assemble_head(const struct run *r, const struct run_request *q);

/* A workload's entry of result.json. `w` is NULL for a program of the user's. `shift` is -1 when the engine is not exact. */
json_t *assemble_workload(const char *label, json_t *params, const struct workload *w,
			  const struct records *rec, const struct judged *j, int shift,
			  const char *records_path);

/*
 * Adds to a workload's entry the members that came with schema 2: how its program ended, and how much of its output was dropped.
 * Records that are incomplete do not say how the program ended.
 */
void assemble_ended(json_t *entry, const struct records *rec);

/* result.json's `knobs`: what every run declares, and what raw/run.json's plan has of the user's. */
json_t *assemble_knobs(json_t *plan);

#endif
