/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Judges and describes how a program in the guest ended, and finds kills of the OOM killer in the kernel's log. Pure. */
#ifndef NUMARIG_JUDGE_ENDED_H
#define NUMARIG_JUDGE_ENDED_H

#include "judge/judged.h"
#include "result/records.h"

/* A kill by the OOM killer, from the kernel's log. The strings come from a guest: use text_plain() before they are shown. */
struct oom_kill {
	char constraint[64], task[64]; /* "" where the log does not say */
	char words[200];	       /* "Out of memory: Killed process 77 (oom) total-vm:..." */
};

/* The last kill in the log between the workload's start and its end; false when there is none. */
bool ended_oom(const struct records *r, struct oom_kill *out);
/* The name of a signal: "SIGSEGV", or "signal 35" for one without a name. */
void ended_signal(uint64_t number, char *name, size_t size);
/*
 * Judges a program of the user by its end only: FAIL when a signal, the OOM killer or its time limit ended it; BROKEN when it did
 * not run or its end was not reported; else PASS, whatever its exit code. out->why has the reason.
 */
void ended_judge(const struct records *r, struct judged *out);
/*
 * The reason why there can be no verdict on a workload because of how its process ended; "" when there is none. Whether a kill by
 * the OOM killer is a reason depends on `w`: some workloads provoke it.
 */
void ended_trouble(const struct workload *w, const struct records *r, char *why, size_t size);

#endif
