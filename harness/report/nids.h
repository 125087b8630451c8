/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's node ids beside those of the topology's file. `nids` is that member of a result: the kernel's id for each node of
 * the file, in order; NULL where it is not known. Nothing is written when all ids are the same.
 */
#ifndef NUMARIG_REPORT_NIDS_H
#define NUMARIG_REPORT_NIDS_H

#include "base/idset.h"
#include "base/json.h"
#include "base/text.h"

/* "nodes of the file as the kernel numbers them: 1 is 2, 2 is 1", without an end of line. */
void report_nids(const json_t *nids, struct text *out);
/* A table's second head line, `indent` columns in: for each of the kernel's nodes the file's, in columns of `width`. */
void report_nids_row(const json_t *nids, const struct idset *nodes, int indent, int width, struct text *out);

#endif
