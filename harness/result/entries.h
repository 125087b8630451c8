/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The entries of a result: its workloads, and the access traces of these. */
#ifndef NUMARIG_RESULT_ENTRIES_H
#define NUMARIG_RESULT_ENTRIES_H

#include "base/json.h"
#include "base/sha256.h"

#define RESULT_SCHEMA 2 /* of what is written; those from 1 on are read: docs/results.md */

/*
 * The entries of result.json's `workloads`, then those of its `trace` that have checks, metrics or a reason, each named
 * "NAME trace" (no workload's label has a blank). New reference. Pure.
 */
json_t *result_entries(const json_t *result);

/* A JSON string of any bytes; when they are not UTF-8, bytes above 127 are written as \xNN. New reference. */
json_t *result_words(const char *s);

/* The digest of a result: SHA-256 of its canonical JSON without `host`, `digest` and `trace`. */
void result_digest(const json_t *result, struct sha256 *out);

#endif
