/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the access trace (result.json's `trace`) as tables. Pure. */
#ifndef NUMARIG_REPORT_TRACE_H
#define NUMARIG_REPORT_TRACE_H

#include "report/text.h"

/*
 * For each workload: a matrix of accesses, from the CPU's node to the memory's node, summed over its intervals, with the local and the
 * remote share, and its checks. With `regions` also a matrix for each interval and each region.
 */
void report_trace(const json_t *trace, bool regions, enum report_level level, bool colour, struct text *out);

#endif
