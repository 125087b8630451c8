/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access trace as tables: result.json's `trace` to text. Pure. */
#ifndef NUMARIG_REPORT_TRACE_H
#define NUMARIG_REPORT_TRACE_H

#include "report/text.h"

/*
 * Of each workload the matrix of its intervals together, from the CPU's node to the memory's, with the local and the
 * remote share, and its checks; with `regions` also that of each interval and of each region.
 */
void report_trace(const json_t *trace, bool regions, enum report_level level, bool colour, struct text *out);

#endif
