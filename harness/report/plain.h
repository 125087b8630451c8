/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes strings from files safe to print on a terminal: results, cases, topologies and baselines may come from anybody. */
#ifndef NUMARIG_REPORT_PLAIN_H
#define NUMARIG_REPORT_PLAIN_H

#include "base/json.h"

/* A copy in which every string and key is one line of printable ASCII (text_plain). New reference. */
json_t *report_plain(const json_t *v);

#endif
