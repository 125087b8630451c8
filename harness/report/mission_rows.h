/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The statements that the suite must show. */
#ifndef NUMARIG_REPORT_MISSION_ROWS_H
#define NUMARIG_REPORT_MISSION_ROWS_H

struct mission_row {
	const char *id, *statement;
	const char *workload,
		*metric; /* the number that the table shows for it: the metric's largest value over all nodes */
};

extern const struct mission_row mission_rows[]; /* ends with a NULL id */

#endif
