/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a whole result as text, or its parts one by one. Pure. */
#ifndef NUMARIG_REPORT_WHOLE_H
#define NUMARIG_REPORT_WHOLE_H

#include "report/text.h"

struct report_how {
	enum report_level level;
	bool regions; /* show each region of a trace, too */
	bool colour;
};

/* The head: topology, kernel, engine and QEMU, from a result or raw/run.json. */
void report_head(const json_t *head, struct text *out);
/* The end: tables of the trace, sums, digest, and the folder `dir` unless it is NULL. */
void report_end(const json_t *result, const char *dir, const struct report_how *how, struct text *out);
/* The head, each workload, the end. */
void report_result(const json_t *result, const char *dir, const struct report_how *how, struct text *out);

#endif
