/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and fields that several of procfs.h's files have in common, and adding to counters. */
#ifndef NUMARIG_WIRE_PROCFS_FIELDS_H
#define NUMARIG_WIRE_PROCFS_FIELDS_H

#include "wire/procfs_scan.h"

/* Reads the header line of a mapping in maps or smaps_rollup; *name points into the line, *name_len is 0 for none. */
bool scan_mapping(struct scan *s, struct map *m, const char **name, size_t *name_len);
/* Reads a line such as "Rss:   4 kB" or "HugePages_Free:   4" and adds it to `c`. */
bool scan_field(struct scan *s, struct counters *c);
/* Adds a copy of `one` to `c`. False, with the reason in s->why, when `c` has that name already. */
bool counters_put(struct scan *s, struct counters *c, const struct counter *one);

#endif
