/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a program in the guest ended, in words, and what the kernel's log says of the OOM killer. Pure. */
#ifndef NUMARIG_JUDGE_ENDED_H
#define NUMARIG_JUDGE_ENDED_H

#include "judge/judged.h"
#include "result/records.h"

/* Of the kernel's log between a workload's start and its end; words of a guest's, to be cleaned where they are shown. */
struct oom_kill {
	char constraint[64], task[64]; /* "" where the log does not say */
	char words[200];	       /* "Out of memory: Killed process 77 (oom) total-vm:..." */
};

/* The last kill of the OOM killer's; false when the log has none. */
bool ended_oom(const struct records *r, struct oom_kill *out);
/* "SIGSEGV"; "signal 35" for one without a name. */
void ended_signal(uint64_t number, char *name, size_t size);
/*
 * Of a program of the user's, of which nothing else is judged: FAIL when a signal, the OOM killer or its time limit ended it,
 * BROKEN when it did not run or its end was not reported, else PASS, whatever its exit code. The reason stands in ->why.
 */
void ended_judge(const struct records *r, struct judged *out);
/* What the process of a workload says against a verdict; "" for nothing. `w`: a workload may provoke the OOM killer itself. */
void ended_trouble(const struct workload *w, const struct records *r, char *why, size_t size);

#endif
