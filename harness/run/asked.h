/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knobs that the user or a workload asked for, and what became of them in the guest. Pure. */
#ifndef NUMARIG_RUN_ASKED_H
#define NUMARIG_RUN_ASKED_H

#include "base/json.h"
#include "judge/judge.h"

/* Name to value: `user`, the plan's knobs, above those of the workload, which may be NULL. New reference. */
json_t *asked_knobs(const json_t *user, const struct workload *w);
/*
 * True and *j a SKIP when the guest has not one of them, or its kernel does not know one of its command line; BROKEN when
 * one was refused. `booted`: what the machine showed while it booted, where that is not in front of `rec`; or NULL.
 */
bool asked_refused(const json_t *asked, const struct records *rec, const struct records *booted,
		   struct judged *j);
/* result.json's `knobs_differ`: those that are otherwise than asked. New reference. */
json_t *asked_differing(const json_t *asked, const struct records *rec, const struct records *booted);

#endif
