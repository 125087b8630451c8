/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pasted text has said of a machine; whether that is all of it; used by import_text.c only. */
#ifndef NUMARIG_TOPO_IMPORT_FACTS_H
#define NUMARIG_TOPO_IMPORT_FACTS_H

#include "topo/import_lines.h"
#include "topo/import_list.h"
#include "topo/import_machine.h"

#define ODD_MOST 16

/* A node, and the lines that tell of it; 0: none does. */
struct facts_node {
	unsigned id, cpus_line, size_line;
	bool numactl; /* tells of it */
	bool lscpu;
	bool unsized; /* its size is "<not available>" */
	struct idset cpus;
	uint64_t bytes;
};

struct facts {
	struct lines lines;
	unsigned n;
	struct facts_node node[TOPO_NODES_MAX];
	unsigned announced, announced_line; /* "available: 2 nodes"; line 0: not there */
	struct idset announced_ids;
	unsigned lscpu_nodes, lscpu_line; /* "NUMA node(s): 2" */
	bool online_known;
	struct idset online;
	unsigned threads;
	struct matrix matrix; /* of 0 nodes: there is none */
	unsigned odd_n;
	struct found odd[ODD_MOST]; /* "node 0 cpu:" and other things that no program writes */
};

/* Fills the machine; an error when a part of the text is missing, or parts contradict each other. */
int facts_machine(struct facts *r, struct machine *m, struct err *err);

#endif
