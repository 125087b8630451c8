/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures the statements of the mission (report/mission.h). */
#ifndef NUMARIG_RUN_MISSION_RUN_H
#define NUMARIG_RUN_MISSION_RUN_H

#include "base/err.h"
#include "base/json.h"

struct mission_wish {
	const char *kernel; /* NULL: each of 6.1, 6.12 and lab */
	unsigned jobs, seed;
	void (*progress)(const char *what, unsigned done, unsigned of);
};

/*
 * Does all runs, one after the other, and makes the mission of them; new reference. Their folders are removed. When interrupted,
 * the runs that are done make the mission, if there are any; else -EINTR.
 */
int mission_run(const struct mission_wish *w, json_t **mission, struct err *err);
/* Writes mission.json and MISSION.md into the folder, which is made. */
int mission_write(const char *dir, const json_t *mission, struct err *err);

#endif
