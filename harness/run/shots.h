/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machines of a run, up to `jobs` at a time, each in a process of its own that owns its QEMU. */
#ifndef NUMARIG_RUN_SHOTS_H
#define NUMARIG_RUN_SHOTS_H

#include "run/run.h"

/*
 * Fires one machine for each job of the run, which lies in DIR/raw/LABEL.job, and leaves DIR/raw/LABEL.{records,console,
 * shot}. A machine that can't be started is written down in its .shot too. -EINTR when interrupted: then all are dead.
 */
int shots_fire(const struct run *r, const struct run_request *q, struct err *err);

/*
 * After an interruption: whether any machine came to its end, so that there is something to keep, and time for it
 * (interrupt_grace). The .shot of the others says that they were interrupted.
 */
bool shots_kept(const struct run *r);

/* Reads a .shot: `end` and `why` (empty when the agent ended the machine), and its host times. */
json_t *shot_read(const char *dir, const char *label);

/* Whether any from this machine did not end as it should, or left records that do not check. */
bool shots_went_wrong(const struct run *r, size_t machine);

#endif
