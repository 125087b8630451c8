/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many came to what, and the names of those that did not pass. */
#ifndef NUMARIG_REPORT_SUMS_H
#define NUMARIG_REPORT_SUMS_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

/*
 * "3 cells: 2 pass, 1 fail", and the names of those that did not pass. `host` is that of result.json for workloads; NULL for the
 * cells of a series, which have a member `interrupted` themselves.
 */
void report_sums(const json_t *entries, const json_t *host, const char *noun, struct text *out);
/* True when the entry was interrupted before its end: then its outcome does not concern the kernel. */
bool report_cut_short(const json_t *entry, const json_t *host);
/* Adds a name to a list that begins in column `indent` and goes on there in the next line. *column is 0 before the first name. */
void report_name(const char *name, unsigned indent, size_t *column, struct text *out);

#endif
