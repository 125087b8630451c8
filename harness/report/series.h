/* SPDX-License-Identifier: GPL-2.0-or-later */
/* series.json as text: the grid of outcomes, and for each cell that failed why and the line that runs it alone. */
#ifndef NUMARIG_REPORT_SERIES_H
#define NUMARIG_REPORT_SERIES_H

#include <stdbool.h>

#include "base/json.h"
#include "base/text.h"

/* `dir`: where it is kept, for the last line; NULL: nowhere. */
void report_series(const json_t *series, const char *dir, bool colour, struct text *out);

#endif
