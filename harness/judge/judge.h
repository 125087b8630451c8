/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Judges a workload: makes metrics, checks and an outcome from the records of a guest. Pure: the same records always give the same
 * judgement, so that it can be made again later (`numarig check RUN`).
 */
#ifndef NUMARIG_JUDGE_JUDGE_H
#define NUMARIG_JUDGE_JUDGE_H

#include "judge/judged.h"
#include "result/records.h"
#include "topo/guest.h"
#include "workloads/workload.h"

/*
 * `shift`: an instruction takes 2^shift ns of virtual time; -1: the engine has no instruction clock.
 * `machine_end`: "" when the agent ended the machine, else the reason why it ended before.
 */
void judge_workload(const struct workload *w, const void *params, const struct records *r,
		    const struct topo_guest *g, const unsigned kernel[3], int shift, const char *machine_end,
		    struct judged *out);
/* Runs a table of checks on these values. out->outcome becomes the checks' outcome; without any check it stays. */
void judge_checks(const struct workload *w, const struct wl_expects *expects, const void *params,
		  const struct wl_value *values, size_t nvalues, const struct topo_guest *g,
		  const unsigned kernel[3], int shift, struct judged *out);
/*
 * True when a knob that the user or the workload `asked` for was not set, so that the measurement is not the one that was wanted.
 * *j is then SKIP when the guest does not have the knob, BROKEN when it refused the value.
 */
bool judge_knobs(const struct strlist *asked, const struct records *r, struct judged *j);
/* The same for knobs that are files in the guest: *j is BROKEN when the guest did not report what one of them read. */
bool judge_knobs_not_shown(const struct strlist *files, const struct records *r, struct judged *j);
/*
 * Adds the checks that every judged workload gets: files of the kernel that show the same quantity must agree (judge/sound.c).
 */
void judge_sound(const struct records *r, struct judged *out);
extern const struct wl_expects judge_sound_expects; /* names and statements only */

/*
 * The reason why a workload does not apply to a machine, by its .needs; "" when it does apply. `notes` are those of the boot; NULL:
 * not known yet, so that its need of file systems is not checked. `lacks`: options that the kernel's .config does not have.
 */
void judge_needs(const struct workload *w, const struct topo *t, const struct pairs *notes,
		 const unsigned kernel[3], const struct strlist *lacks, char *why, size_t size);

#endif
