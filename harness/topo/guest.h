/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's NUMA map, read from its raw text. attest.h lists the texts and compares the map with the file. */
#ifndef NUMARIG_TOPO_GUEST_H
#define NUMARIG_TOPO_GUEST_H

#include "topo/topo.h"
#include "wire/rawset.h"

struct topo_guest_node {
	unsigned nid;
	unsigned slot; /* the file's node; set by topo_attest */
	struct idset cpus;
	uint64_t start_pfn, end_pfn; /* of all zones; both 0 without memory */
	uint64_t spanned_pages, present_pages;
};

/* Plain memory, nothing to free. node[] and distance[][] are in ascending order of nid; nids may have gaps. */
struct topo_guest {
	unsigned nodes;
	struct topo_guest_node node[TOPO_NODES_MAX];	    /* the online ones */
	uint8_t distance[TOPO_NODES_MAX][TOPO_NODES_MAX];   /* [from][to] by position */
	struct idset online, possible, has_cpu, has_memory; /* nids */
	/* by the file's slots; set by topo_attest */
	unsigned slots, nid[TOPO_NODES_MAX];
};

/* Reads the map; comparing is topo_attest()'s. 0, or -errno when a text is missing, malformed or contradicts another. */
int topo_guest_read(const struct rawset *boot, struct topo_guest *out, struct err *err);

/* After topo_attest(): the kernel's id of each of the file's nodes, in the file's order. New reference. */
json_t *topo_guest_nids(const struct topo_guest *g);

/* The distance between two nodes; 0 when either is not online. */
unsigned topo_guest_distance(const struct topo_guest *g, unsigned from_nid, unsigned to_nid);

/*
 * The nodes with memory in the order in which an allocation for `nid` falls back to them: the kernel's zonelist, with its
 * rules for equal distances (find_next_best_node and build_zonelists in mm/page_alloc.c; they are the same since 5.18, except
 * that 6.1 lists a memoryless node first in its own list, to no effect). The order is equal to dmesg's "Fallback order" for
 * every topology shipped, on 6.1 and 6.12. `rebuilt`: the kernel made the lists anew after boot (memory went on- or offline,
 * or numa_zonelist_order was written). Nodes with CPUs then count as one step farther; at boot no CPU is up yet when the lists
 * are made. order[] must have room for TOPO_NODES_MAX. Returns the number of nodes.
 */
unsigned topo_guest_fallback(const struct topo_guest *g, unsigned nid, bool rebuilt, unsigned *order);

#endif
