/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a topology file from a real machine: from its /sys/devices/system/node or the output of its `numactl -H` or `lscpu`.
 *
 * Memory is multiplied by a scale and rounded up to TOPO_MEM_STEP. Where a node would have less than its minimum, all sizes become
 * larger, to keep their ratio; a node without memory stays without. Nodes that have neither CPUs nor memory are left out and node
 * ids are made contiguous; CPUs keep their ids, but gaps between them are closed. The file's `about` tells every such change
 * (docs/topologies.md).
 *
 * The result is checked with topo_parse(). When that refuses it, the text is appended to `out` all the same, for its user to mend.
 */
#ifndef NUMARIG_TOPO_IMPORT_H
#define NUMARIG_TOPO_IMPORT_H

#include "base/err.h"
#include "base/text.h"
#include "topo/import_how.h"

/* Reads a scale: "1", "2" or "1/256", both parts from 1 to 1048576. */
int topo_import_scale(const char *text, struct topo_import *how, struct err *err);

/*
 * Imports a folder (a copy of /sys/devices/system/node, or one that has it at node/, devices/system/node/ or
 * sys/devices/system/node/) or a file as for topo_import_bytes(). Appends the JSON to `out`. Messages begin with `path`.
 */
int topo_import_path(const char *path, const struct topo_import *how, struct text *out, struct err *err);

/*
 * Imports text of `numactl -H` or `lscpu`, as people paste it, or a tar archive (plain, or packed with gzip, bzip2, xz or zstd) of node folders; the first
 * bytes tell which. `name` stands for the source in messages and in `about`.
 */
int topo_import_bytes(const void *bytes, size_t n, const char *name, const struct topo_import *how,
		      struct text *out, struct err *err);

#endif
