/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A result as words and tables for people. Pure: from result.json's content to text. */
#ifndef NUMARIG_REPORT_TEXT_H
#define NUMARIG_REPORT_TEXT_H

#include <stdbool.h>

#include "base/json.h"
#include "base/err.h"
#include "base/text.h"

/* "PASS  " of "pass", six wide, in its colour. */
void report_outcome(const char *outcome, bool colour, struct text *out);
/* How much is said of a workload: nothing; a line, and what does not pass; all numbers and checks. */
enum report_level { REPORT_BRIEF, REPORT_USUAL, REPORT_FULL };

/*
 * "3 cells: 2 pass, 1 fail", and the names of those that did not pass. `host`: result.json's, of workloads; NULL for cells of a
 * series, which have `interrupted` themselves.
 */
void report_sums(const json_t *entries, const json_t *host, const char *noun, struct text *out);
/* Whether it was interrupted before its end: it has no result, and its outcome says nothing of the kernel. */
bool report_cut_short(const json_t *entry, const json_t *host);

/*
 * What a check says, once and in one line: the statement that holds, or what is wrong, with what is and what was expected.
 * Of an entry of `checks`, or of a series' `failing`.
 */
void report_fact(const json_t *check, struct text *out);
/*
 * Facts of a workload's entry that no check tells, a line each behind `indent`: a knob that reads otherwise than it was
 * set, output that was cut.
 */
void report_facts(const json_t *w, const char *indent, struct text *out);
/* One workload: its headline, a table of metrics with a column a node, its checks. */
void report_workload(const json_t *workload, const json_t *host, enum report_level level, bool colour,
		     struct text *out);

/* Metrics and checks of an entry of `workloads`, or of the trace's. */
void report_judged(const json_t *entry, enum report_level level, bool colour, struct text *out);

/* Pages by node of a process: exec's placement (report/placement.c). `maps` is the text of its numa_maps; 0 lines when it is empty. */
int report_placement(const char *numa_maps, struct text *out, struct err *err);
/* A path of the guest's as its programs see it, which have /ext4 for their root. Inside of `path`. */
const char *report_guest_path(const char *path);

#endif
