/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that a topology is made from, read from each kind of source; used by import.c only. */
#ifndef NUMARIG_TOPO_IMPORT_MACHINE_H
#define NUMARIG_TOPO_IMPORT_MACHINE_H

#include "topo/topo.h"

struct rawset;

struct machine_node {
	unsigned id;	   /* the node id on that machine */
	struct idset cpus; /* their ids on that machine */
	uint64_t mem_bytes;
	bool mem_unknown; /* the source does not tell its size */
	enum topo_empty empty;
};

struct machine {
	unsigned nodes;
	struct machine_node node[TOPO_NODES_MAX];
	unsigned distance[TOPO_NODES_MAX][TOPO_NODES_MAX]; /* by position; 0: not given */
	bool distances;
	unsigned threads; /* of a core, the most; 0: the source does not say */
};

/* Reads text of `numactl -H` or `lscpu`, or both, as people paste it; decoded by paste_decode(). */
int machine_from_text(const char *text, struct machine *m, struct err *err);
/* Reads the files of /sys/devices/system/node; paths are relative to it ("online", "node0/cpulist"). */
int machine_from_sysfs(const struct rawset *files, struct machine *m, struct err *err);
/*
 * Collect the node files of a folder or an archive under such paths. A link in a folder that leads out of it is an error
 * (base/beneath.h). Links in an archive are ignored, and the archive is not unpacked to disk.
 */
int sysfs_read_dir(const char *path, struct rawset *files, struct err *err);
int sysfs_read_archive(const void *bytes, size_t n, struct rawset *files, struct err *err);

#endif
