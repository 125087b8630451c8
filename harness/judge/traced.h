/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges the access trace of a workload by its .trace_metrics and .trace_expects; for a program of the user, counts accesses by the
 * mappings of its pages. Pure.
 */
#ifndef NUMARIG_JUDGE_TRACED_H
#define NUMARIG_JUDGE_TRACED_H

#include "judge/judge.h"
#include "result/access.h"

/*
 * Appends the metric's values, nodes ascending; none when its interval or region is not in the trace. An error when the workload's
 * table asks for something that the trace does not count.
 */
int traced_metric(const struct access *a, const struct wl_metric *m, struct wl_value **values, size_t *n,
		  struct err *err);

/*
 * `main` is the judgement without the trace. *out gets the trace's metrics and checks only. Its outcome is that of these checks;
 * PASS when there are none; BROKEN, with the reason in `why`, when the trace is not usable.
 */
void judge_traced(const struct workload *w, const void *params, const struct judged *main,
		  const struct access *a, const struct topo_guest *g, const unsigned kernel[3], int shift,
		  struct judged *out);

/*
 * Sums the accesses to the user's program's pages by mapping, as regions "NAME text", "NAME data", "[heap]", "[stack]", "anonymous"
 * and, for pages in no mapping, "elsewhere". The mappings are those of the last sample that has /proc/PID/maps of the program.
 * Accesses of each other program are one region, named by its path. The user's program is the one in the trace whose path is that
 * of the first file of these maps, or has the longest end in common with it.
 */
int traced_mappings(const struct access *a, const struct records *r, struct access_regions *out,
		    struct err *err);

#endif
