/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the access trace adds to a workload's judgement: its .trace_metrics and .trace_expects, and for a program of the
 * user's what its pages are. Pure.
 */
#ifndef NUMARIG_JUDGE_TRACED_H
#define NUMARIG_JUDGE_TRACED_H

#include "judge/judge.h"
#include "result/access.h"

/*
 * The metric's values, nodes ascending, appended. None when its interval or its region is not in the trace; an error when
 * the table of the workload says what is not counted.
 */
int traced_metric(const struct access *a, const struct wl_metric *m, struct wl_value **values, size_t *n,
		  struct err *err);

/*
 * `main`: the judgement of the untraced part. *out gets the traced metrics and checks only; its outcome is that of the
 * checks, PASS without any, and BROKEN with a reason in `why` where the trace gives none.
 */
void judge_traced(const struct workload *w, const void *params, const struct judged *main,
		  const struct access *a, const struct topo_guest *g, const unsigned kernel[3], int shift,
		  struct judged *out);

/*
 * Counts of a program's pages by what they are: "NAME text", "NAME data", "[heap]", "[stack]", "anonymous", by the maps of
 * the last sample in which it had any, and "elsewhere". Those of other programs as one region each, by its path. The
 * program is the one whose path is the first file of its maps, or that of the longest end in common with it.
 */
int traced_mappings(const struct access *a, const struct records *r, struct access_regions *out,
		    struct err *err);

#endif
