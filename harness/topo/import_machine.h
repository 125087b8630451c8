/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that a topology is made from, read from each kind of source; used by import.c only. */
#ifndef NUMARIG_TOPO_IMPORT_MACHINE_H
#define NUMARIG_TOPO_IMPORT_MACHINE_H

#include "topo/topo.h"

struct dump;

struct machine_node {
	unsigned id;	   /* the node id on that machine */
	unsigned was;	   /* its position when it was read: struct machine_hmat goes by it */
	struct idset cpus; /* their ids on that machine */
	uint64_t mem_bytes;
	bool mem_unknown; /* the source does not tell its size */
	enum topo_empty empty;
};

/* Kinds of figures, as sysfs has them: nanoseconds and MiB/s. */
enum machine_figure { READ_LATENCY, WRITE_LATENCY, READ_BANDWIDTH, WRITE_BANDWIDTH, MACHINE_FIGURES };

/* What a source tells of its HMAT, all by struct machine_node's `was`. 0 and empty sets: not told. */
struct machine_hmat {
	bool known;
	bool unlike; /* there are ACPI tables, and their SRAT has no CPUs on this node, which has */
	unsigned unlike_node;
	struct idset initiators[TOPO_NODES_MAX]; /* nodes whose CPUs are nearest to this node's memory */
	uint32_t figure[MACHINE_FIGURES][TOPO_NODES_MAX][TOPO_NODES_MAX]; /* [from][to] */
	struct topo_cache cache[TOPO_NODES_MAX];
	unsigned levels[TOPO_NODES_MAX]; /* of side caches; `cache` is the first */
};

struct machine {
	unsigned nodes;
	struct machine_node node[TOPO_NODES_MAX];
	unsigned distance[TOPO_NODES_MAX][TOPO_NODES_MAX]; /* by position; 0: not given */
	bool distances;
	unsigned threads; /* of a core, the most; 0: the source does not say */
	struct machine_hmat hmat;
};

/* Reads text of `numactl -H` or `lscpu`, or both, as people paste it; decoded by paste_decode(). */
int machine_from_text(const char *text, struct machine *m, struct err *err);
/* Reads the node folders of /sys/devices/system/node, and the HMAT of the ACPI tables where they are. */
int machine_from_dump(const struct dump *d, struct machine *m, struct err *err);

#endif
