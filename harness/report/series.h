/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes series.json as text: the grid of outcomes, and for each cell that failed the reason and the command that runs it alone. */
#ifndef NUMARIG_REPORT_SERIES_H
#define NUMARIG_REPORT_SERIES_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

/* `dir`: the folder that the last line names; NULL: none. */
void report_series(const json_t *series, const char *dir, bool colour, struct text *out);

#endif
