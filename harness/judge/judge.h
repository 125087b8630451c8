/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what a guest showed to metrics, checks and an outcome. Pure: the same records give the same judgement, now or
 * in a year (`numarig check RUN`).
 */
#ifndef NUMARIG_JUDGE_JUDGE_H
#define NUMARIG_JUDGE_JUDGE_H

#include "judge/judged.h"
#include "result/records.h"
#include "topo/guest.h"
#include "workloads/workload.h"

/*
 * `shift`: virtual ns an instruction, 2^shift; -1: the engine has no instruction clock.
 * `machine_end`: how the machine ended: "" when the agent ended it, else why there is no full result.
 */
void judge_workload(const struct workload *w, const void *params, const struct records *r,
		    const struct topo_guest *g, const unsigned kernel[3], int shift, const char *machine_end,
		    struct judged *out);
/* Runs a table of checks over these values; out->outcome is theirs, and what it was without any. */
void judge_checks(const struct workload *w, const struct wl_expects *expects, const void *params,
		  const struct wl_value *values, size_t nvalues, const struct topo_guest *g,
		  const unsigned kernel[3], int shift, struct judged *out);
/*
 * A knob that was `asked` for, by the user or the workload, and that the guest does not have makes *j a SKIP; one that it
 * refused, BROKEN. True when there is one: what was measured without it answers another question.
 */
bool judge_knobs(const struct strlist *asked, const struct records *r, struct judged *j);
/* The same for knobs that are files in the guest: *j is BROKEN when the guest did not report what one of them read. */
bool judge_knobs_not_shown(const struct strlist *files, const struct records *r, struct judged *j);
/*
 * Adds what must hold of every workload that was judged, whatever it is about: kernel sources that tell the same
 * thing agree (judge/sound.c).
 */
void judge_sound(const struct records *r, struct judged *out);
extern const struct wl_expects judge_sound_expects; /* names and statements only */

/*
 * Why a workload does not apply to a machine, by its .needs; "" when it does. `notes` are the boot's; NULL: not known yet,
 * so that file systems are not looked at. `lacks`: options that the kernel's .config has not.
 */
void judge_needs(const struct workload *w, const struct topo *t, const struct pairs *notes,
		 const unsigned kernel[3], const struct strlist *lacks, char *why, size_t size);

#endif
