/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results, cases, topologies and baselines are files of anybody's, and what they say is printed on a terminal. */
#ifndef NUMARIG_REPORT_PLAIN_H
#define NUMARIG_REPORT_PLAIN_H

#include "base/json.h"

/* A copy whose strings and names are one line of ASCII each (text_plain): nothing in it steers a terminal. New reference. */
json_t *report_plain(const json_t *v);

#endif
