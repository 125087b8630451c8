/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole result as text, or its parts for who prints them as they come. Pure. */
#ifndef NUMARIG_REPORT_WHOLE_H
#define NUMARIG_REPORT_WHOLE_H

#include "report/text.h"

struct report_how {
	enum report_level level;
	bool regions; /* of a trace: each region's counts, too */
	bool colour;
};

/*
 * What ran on what, from a result or raw/run.json; the tables of a trace, the sums and the digest. `dir` NULL: not named.
 */
void report_head(const json_t *head, struct text *out);
void report_end(const json_t *result, const char *dir, const struct report_how *how, struct text *out);
/* The head, each workload, the end. */
void report_result(const json_t *result, const char *dir, const struct report_how *how, struct text *out);

#endif
