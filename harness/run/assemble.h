/* SPDX-License-Identifier: GPL-2.0-or-later */
/* result.json's parts: everything that may not differ between two exact runs. */
#ifndef NUMARIG_RUN_ASSEMBLE_H
#define NUMARIG_RUN_ASSEMBLE_H

#include "run/run.h"

/*
 * What is known before a machine ran, kept as DIR/raw/run.json: everything run_judge needs beside the records. The
 * names are those of result.json.
 */
json_t *assemble_head(const struct run *r, const struct run_request *q);

/* One workload's entry. w NULL: a program of the user's. `shift` -1: not exact. */
json_t *assemble_workload(const char *label, json_t *params, const struct workload *w,
			  const struct records *rec, const struct judged *j, int shift,
			  const char *records_path);

/*
 * Adds to a workload's entry what schema 2 has: how its program ended, and what was cut of its output. A stream that is not whole says nothing of an end.
 */
void assemble_ended(json_t *entry, const struct records *rec);

/* result.json's `knobs`: what every run declares, and what raw/run.json's plan has of the user's. */
json_t *assemble_knobs(json_t *plan);

#endif
