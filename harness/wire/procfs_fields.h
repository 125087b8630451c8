/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines and fields that several of procfs.h's files have, and the counters that they are put into. */
#ifndef NUMARIG_WIRE_PROCFS_FIELDS_H
#define NUMARIG_WIRE_PROCFS_FIELDS_H

#include "wire/procfs_scan.h"

/* One smaps or smaps_rollup header, to the line's end; *name and its length point into the line (0: none). */
bool scan_mapping(struct scan *s, struct smap *m, const char **name, size_t *name_len);
/* "Rss:   4 kB" or "HugePages_Free:   4" to the line's end, put into `c`. */
bool scan_field(struct scan *s, struct counters *c);
/* Adds one; false with s->why when the name is there already. */
bool counters_put(struct scan *s, struct counters *c, const struct counter *one);

#endif
