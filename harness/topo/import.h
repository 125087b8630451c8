/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A topology file made from a real machine: what its /sys/devices/system/node or its `numactl -H` says.
 *
 * Memory is multiplied by a scale, rounded up to TOPO_MEM_STEP, and never below the least a node may have; no
 * memory stays no memory. Nodes that have neither CPUs nor memory are left out, ids with gaps are closed up,
 * CPUs are numbered anew node by node; `about` says all that was changed. The result is checked by topo_parse
 * before it is handed out, so that whatever comes out loads.
 */
#ifndef NUMARIG_TOPO_IMPORT_H
#define NUMARIG_TOPO_IMPORT_H

#include "topo/topo.h"

struct topo_import {
	unsigned num, den;  /* the scale, num/den; 1/1 leaves sizes as they are */
	unsigned cpus_most; /* a node gets no more than this many; 0: no limit */
};

/* "1", "2" or "1/256", both parts from 1 to 1048576. */
int topo_import_scale(const char *text, struct topo_import *how, struct err *err);

/*
 * PATH is a folder (a copy of /sys/devices/system/node, or one that holds it at node/, devices/system/node/
 * or sys/devices/system/node/) or a file as for topo_import_bytes. Appends the JSON to `out`. Messages name
 * PATH.
 */
int topo_import_path(const char *path, const struct topo_import *how, struct text *out, struct err *err);

/*
 * Text of `numactl -H`, or a tar archive (plain or packed with gzip, bzip2, xz or zstd) that holds node
 * folders; which of them is seen from the first bytes. `name` stands for the source in messages and in
 * `about`.
 */
int topo_import_bytes(const void *bytes, size_t n, const char *name, const struct topo_import *how,
		      struct text *out, struct err *err);

#endif
