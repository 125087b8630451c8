/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes parts of a result as text. Pure: the input is the content of result.json. */
#ifndef NUMARIG_REPORT_TEXT_H
#define NUMARIG_REPORT_TEXT_H

#include <stdbool.h>

#include "base/json.h"
#include "base/err.h"
#include "base/text.h"

/* How much is printed of a workload. */
enum report_level {
	REPORT_BRIEF, /* nothing */
	REPORT_USUAL, /* one line, and what does not pass */
	REPORT_FULL,  /* all metrics and checks */
};

/* An outcome in capitals, padded to six columns, in its colour: "PASS  ". */
void report_outcome(const char *outcome, bool colour, struct text *out);

/*
 * A check in one line: its statement when it holds; else what is wrong, with the actual and the expected value. `check` is an entry
 * of `checks`, or of a series' `failing`.
 */
void report_fact(const json_t *check, struct text *out);
/*
 * Facts of a workload's entry that are in no check, one a line after `indent`: a knob whose value is not the one that was set,
 * output that was cut.
 */
void report_facts(const json_t *w, const char *indent, struct text *out);
/* A workload: its headline, its metrics as a table with a column for each node, its checks. `nids` as in report/nids.h. */
void report_workload(const json_t *workload, const json_t *host, const json_t *nids, enum report_level level,
		     bool colour, struct text *out);

/* The metrics and checks of an entry of `workloads`, in the result or in its trace. */
void report_judged(const json_t *entry, const json_t *nids, enum report_level level, bool colour,
		   struct text *out);

/* For exec: a table of a process's pages by mapping and node, from the text of its numa_maps; nothing when that is empty. */
int report_placement(const char *numa_maps, const json_t *nids, struct text *out, struct err *err);
/* A path of the guest as the user's program sees it, whose root is /ext4. The result points into `path`. */
const char *report_guest_path(const char *path);

#endif
