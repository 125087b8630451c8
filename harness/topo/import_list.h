/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of pasted text that may be wrapped: lists of CPUs, "0 1 2 3", "0-3,8-11" or "0-15 (16)", and the matrix of distances.
 * Where a terminal broke a line within a number, that is seen by what follows.
 */
#ifndef NUMARIG_TOPO_IMPORT_LIST_H
#define NUMARIG_TOPO_IMPORT_LIST_H

#include "base/idset.h"
#include "topo/import_lines.h"
#include "topo/topo.h"

/* Reads a list from the byte `from` on, which ends before the byte `end`. */
int list_read(const struct lines *l, size_t from, size_t end, struct idset *out, struct err *err);

struct matrix {
	size_t at; /* of its words in the text */
	unsigned n, rows;
	unsigned id[TOPO_NODES_MAX];
	bool row[TOPO_NODES_MAX]; /* which are there; by position, as all of this */
	unsigned distance[TOPO_NODES_MAX][TOPO_NODES_MAX];
};

/* Reads head and rows, behind "node distances:". */
int matrix_read(const struct lines *l, size_t from, size_t end, struct matrix *out, struct err *err);

#endif
