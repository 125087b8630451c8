/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the judging half of a workload is written with.
 *
 * A verdict starts as PASS and only gets worse: the first thing that is not right stays in the words. A metric that
 * was not measured makes it BROKEN: missing is not zero.
 */
#ifndef NUMARIG_WORKLOADS_LIB_JUDGE_H
#define NUMARIG_WORKLOADS_LIB_JUDGE_H

#include "workloads/lib/page.h"
#include "workloads/workload.h"

/* The metric's value on a node (-1: the machine's); 0 and *out BROKEN when it was not measured. */
int64_t wl_get(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid);
/* Whether it was measured. */
bool wl_has(const struct wl_view *v, const char *metric, int nid);
/* Whether the run has an instruction clock; false and *out SKIP when it has none: what is WL_CLOCKED is not there then. */
bool wl_clocked(const struct wl_view *v, struct wl_verdict *out);
/* Its sum over all nodes. BROKEN when it was measured on none. */
int64_t wl_sum(const struct wl_view *v, struct wl_verdict *out, const char *metric);

/* The metric's value as a node that there is, for tables; the lowest one and *out BROKEN when it is none. */
int wl_nid(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid);
/* The metric's value as a number of things that are looked at one by one, 1 to `most`; 0 and *out BROKEN when it is not. */
unsigned wl_count(const struct wl_view *v, struct wl_verdict *out, const char *metric, unsigned most);
/* Whether the kernel is of this version or later; false and *out BROKEN when its version is not known. */
bool wl_since(const struct wl_view *v, struct wl_verdict *out, unsigned major, unsigned minor);

bool wl_since_fix(const struct wl_view *v, struct wl_verdict *out, unsigned major, unsigned minor,
		  unsigned fix);

/* The metric on the node (-1: the machine) must be exactly this / at least / at most. */
void wl_want(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid, int64_t expected);
void wl_want_least(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid,
		   int64_t least);
void wl_want_most(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid, int64_t most);

/* Placement: exactly `pages` on node nid and zero on every other node with memory. */
void wl_want_only_on(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid,
		     int64_t pages);

/* Placement where the number is not the point: some pages on node nid and zero on every other node with memory. */
void wl_want_some_on(const struct wl_view *v, struct wl_verdict *out, const char *metric, int nid);

/*
 * A documented behaviour that breaks what the user asked for. `wished`: what was asked for came true, which is news
 * (FAIL); `documented`: exactly the documented behaviour (XFAIL with the reason); neither: FAIL.
 */
__attribute__((format(printf, 4, 5))) void wl_documented(struct wl_verdict *out, bool documented, bool wished,
							 const char *why, ...);

/* What was looked at and is right, where none of the above says it: a check without words has looked at nothing. */
__attribute__((format(printf, 2, 3))) void wl_looked(struct wl_verdict *out, const char *what, ...);

/* Sets an outcome that is worse than the one so far, with its reason. */
__attribute__((format(printf, 3, 4))) void wl_worse(struct wl_verdict *out, enum outcome o, const char *why,
						    ...);

/* The n-th node of a set (from 0), or -1. */
int wl_nth(const struct idset *s, unsigned n);
/* The nodes that are in one of them or both. */
struct idset wl_either(const struct idset *a, const struct idset *b);
/* The n-th node of nid's zonelist (0: itself if it has memory), or -1 past its end. */
int wl_fallback(const struct wl_view *v, int nid, unsigned n);

#endif
