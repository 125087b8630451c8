/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a result has to say: its workloads, and what their access traces add. */
#ifndef NUMARIG_RESULT_ENTRIES_H
#define NUMARIG_RESULT_ENTRIES_H

#include "base/json.h"
#include "base/sha256.h"

#define RESULT_SCHEMA 2 /* of what is written; those from 1 on are read: docs/results.md */

/*
 * The entries of result.json's `workloads`, then those of its `trace` that have checks, metrics or a reason, each named
 * "NAME trace": no workload's label has a blank. New reference; pure.
 */
json_t *result_entries(const json_t *result);

/* A string of the user's or the guest's, which need not be UTF-8: then with its upper bytes as \xNN. New reference. */
json_t *result_words(const char *s);

/* SHA-256 of the canonical JSON without `host`, `digest` and `trace`. */
void result_digest(const json_t *result, struct sha256 *out);

#endif
