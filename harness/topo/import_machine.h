/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that a topology is made from, as each kind of source gives it; for import.c. */
#ifndef NUMARIG_TOPO_IMPORT_MACHINE_H
#define NUMARIG_TOPO_IMPORT_MACHINE_H

#include "topo/topo.h"

struct rawset;

struct machine_node {
	unsigned id; /* the machine's own */
	unsigned cpus;
	uint64_t mem_bytes;
};

struct machine {
	unsigned nodes;
	struct machine_node node[TOPO_NODES_MAX];
	unsigned distance[TOPO_NODES_MAX][TOPO_NODES_MAX]; /* by position; 0: not given */
	bool distances;
};

/* numactl -H. */
int machine_from_numactl(const char *text, struct machine *m, struct err *err);
/* Paths "online", "node0/cpulist", ...: as beneath /sys/devices/system/node. */
int machine_from_sysfs(const struct rawset *files, struct machine *m, struct err *err);
/*
 * The node files of a folder or an archive, under such paths. Links of a folder that lead out of it are refused
 * (base/beneath.h); those of an archive are not looked at, and nothing is unpacked.
 */
int sysfs_read_dir(const char *path, struct rawset *files, struct err *err);
int sysfs_read_archive(const void *bytes, size_t n, struct rawset *files, struct err *err);

#endif
