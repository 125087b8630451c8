/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's NUMA map, out of its raw text; attest.h says which text, and compares it with the file. */
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

/* Plain memory, nothing to free. Positions in node[] and distance[][] are in order of nid; nids may have
 * gaps. */
struct topo_guest {
	unsigned nodes;
	struct topo_guest_node node[TOPO_NODES_MAX];	    /* the online ones */
	uint8_t distance[TOPO_NODES_MAX][TOPO_NODES_MAX];   /* [from][to] by position */
	struct idset online, possible, has_cpu, has_memory; /* nids */
};

/* Reads without judging. 0 or -errno: a text is missing, malformed or contradicts another. */
int topo_guest_read(const struct rawset *boot, struct topo_guest *out, struct err *err);

/* Position in node[], or -1 for a nid that is not online. */
int topo_guest_at(const struct topo_guest *g, unsigned nid);
/* nid of the file's node; -1 for none. */
int topo_guest_nid(const struct topo_guest *g, unsigned slot);
/* 0 when either is not online. */
unsigned topo_guest_distance(const struct topo_guest *g, unsigned from_nid, unsigned to_nid);
/* The nid whose CPU it is, or -1. */
int topo_guest_cpu_nid(const struct topo_guest *g, unsigned cpu);

/*
 * The nodes with memory in the order in which an allocation for `nid` falls back: the kernel's zonelist, with
 * its tie rules (find_next_best_node and build_zonelists of mm/page_alloc.c, the same since 5.18 but for a
 * memoryless node, which 6.1 lists in vain as its own first). Equal to dmesg's "Fallback order" for every
 * shape shipped, on 6.1 and 6.12. `rebuilt`: the lists were made anew after boot (memory went on- or offline,
 * or numa_zonelist_order was written): then nodes with CPUs count as a step farther, since at boot none is up
 * yet. order[] takes TOPO_NODES_MAX; returns how many.
 */
unsigned topo_guest_fallback(const struct topo_guest *g, unsigned nid, bool rebuilt, unsigned *order);

#endif
