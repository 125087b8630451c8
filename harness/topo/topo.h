/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine's NUMA topology, as a topology file describes it.
 *
 * The file is JSON (docs/topologies.md); the files in topologies/ have an example of every key:
 *
 *   about         one line: what the topology is good for
 *   nodes         [ {cpus, mem, dimm, hotplug, initiator, latency, bandwidth, cache, device, empty} ... ]; the position in the
 *                 array is the file's id of the node, a `slot`; the kernel's id (`nid`) may differ, see attest.h
 *     cpus        number of CPUs, numbered from 0, node by node; or a list of their ids, "0,2"; absent or 0: none (topo/cpus.h)
 *     mem         "256M": RAM; absent or "0": none
 *     dimm        "256M": a DIMM that is plugged from the start; Linux treats it as hot-added memory
 *     hotplug     "256M": the size of an empty DIMM slot
 *     initiator   HMAT: the node whose CPUs this node's memory is attached to; a node with CPUs is its own initiator
 *     latency     HMAT: nanoseconds; one number for all initiators, or one for each node with CPUs, in their order;
 *                 null: the table lacks the entry
 *     bandwidth   HMAT: MiB/s; in the same two forms
 *     cache       HMAT: {size, line, associativity, policy} of the memory-side cache
 *     empty       "offline" or "online": the node has neither CPUs nor memory (enum topo_empty)
 *     device      "ahci": a SATA controller without disks, on a PCI bus that belongs to the node
 *   distances     square matrix, rows are `from`; absent: the machine has no SLIT, and Linux shows 10 and 20
 *   expect_guest  {why, distances}: what Linux shows instead of `distances`, where it is known to show something else
 *
 * Rules of QEMU come from hw/core/numa.c and hw/core/machine.c of 8.1 to 10.0, those of Linux from
 * drivers/acpi/numa/srat.c and hmat.c of 6.1 and 6.12; each check names its own.
 */
#ifndef NUMARIG_TOPO_TOPO_H
#define NUMARIG_TOPO_TOPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/idset.h"
#include "base/json.h"
#include "base/text.h"

#define TOPO_NODES_MAX 128 /* QEMU's MAX_NODES (include/sysemu/numa.h) */
/* APIC id 255 is the broadcast; more CPUs need x2APIC and an interrupt remapper, which these machines do not have. */
#define TOPO_CPUS_MAX 255
/* A border between nodes that is no multiple of 2 MiB would split a page block, and a huge page, between two nodes. */
#define TOPO_MEM_STEP (2ull << 20)
/* The first node with memory holds firmware, kernel and initramfs. */
#define TOPO_MEM_MIN_FIRST (64ull << 20)
/* With less, struct pages and per-CPU areas take most of the node's memory, and too little is left for a workload. */
#define TOPO_MEM_MIN (16ull << 20)
#define TOPO_MEM_TOTAL_MAX (1ull << 40)
/* Linux on x86 adds memory in blocks of 128 MiB (SECTION_SIZE_BITS 27). */
#define TOPO_HOTPLUG_STEP (128ull << 20)
/* The number of the PCI bus of a node's device (QEMU's pxb-pcie, bus_nr=); the next number is its port's. 0 is the root bus. */
#define TOPO_DEVICE_BUS(slot) (16u + 2u * (slot))
#define TOPO_DEVICE_SLOTS 120u	 /* numbers of buses end at 255 */
#define TOPO_FILE_MAX (1u << 20) /* bytes of a topology file; the largest shape needs 80 kB */
#define TOPO_NAME_MAX 64

struct topo_cache {
	uint64_t bytes; /* 0: none */
	unsigned line;	/* bytes */
	/* QEMU's words, static strings: "none", "direct" or "complex" */
	const char *associativity;
	const char *policy; /* "none", "write-back" or "write-through" */
};

/* A node with neither CPUs nor memory: known to the kernel as possible only, or online, so that policies may name it. */
enum topo_empty { TOPO_EMPTY_NOT, TOPO_EMPTY_OFFLINE, TOPO_EMPTY_ONLINE };

struct topo_node {
	unsigned cpus; /* how many */
	struct idset cpu_ids;
	uint64_t mem_bytes;
	uint64_t dimm_bytes;	/* of the DIMM, not in mem_bytes; 0 for none */
	uint64_t hotplug_bytes; /* of the empty DIMM slot, 0 for none */
	int initiator;		/* slot; -1 where the topology has no HMAT */
	bool device;		/* "ahci" */
	enum topo_empty empty;
	struct topo_cache cache;
};

struct topo {
	char name[TOPO_NAME_MAX];
	char *about; /* "" when the file has none */
	unsigned nodes;
	struct topo_node node[TOPO_NODES_MAX];
	unsigned cpus;	    /* of all nodes; their ids are 0 to cpus - 1 */
	bool cpus_listed;   /* the file gives ids, not numbers */
	uint64_t mem_bytes; /* of all nodes, without DIMMs and empty slots */
	unsigned devices;   /* number of nodes that have a device */
	unsigned empties;   /* number of empty nodes */
	bool slit;	    /* the file gives distances; if not, QEMU is asked for no SLIT */
	uint8_t distance[TOPO_NODES_MAX][TOPO_NODES_MAX]; /* [from][to]; 10 and 20 without a SLIT */
	bool hmat, has_latency, has_bandwidth;
	/* [initiator][target]; 0 where the initiator has no CPUs, the target no memory, or the file null */
	uint32_t latency_ns[TOPO_NODES_MAX][TOPO_NODES_MAX];
	uint32_t bandwidth_mib[TOPO_NODES_MAX][TOPO_NODES_MAX]; /* per second */
	/* expect_guest */
	bool expects_distance;
	uint8_t expect_distance[TOPO_NODES_MAX][TOPO_NODES_MAX];
	char *why;    /* NULL without expect_guest */
	json_t *json; /* the file as it stands, for the result and its digest */
};

/*
 * Parses JSON text, which need not end in a 0, into *out; topo_free() frees it. `name` is the topology's name; messages begin
 * with "NAME.json: ". Pure. Returns 0, or -EINVAL with the place in the file and what would be right.
 */
int topo_parse(const char *text, size_t len, const char *name, struct topo **out, struct err *err);

/* The same for a file; the topology's name is the file's name without folder and ".json". */
int topo_load(const char *path, struct topo **out, struct err *err);

void topo_free(struct topo *t); /* NULL is fine */

/*
 * Finds the file for what a user typed: a name stands for DIR/NAME.json; anything that has a '/' or ends in ".json" is a path.
 * *path is malloc'ed. -ENOENT, with the nearest known name in the message, when there is no such file.
 */
int topo_find(const char *dir, const char *arg, char **path, struct err *err);

/* Appends the names of the topologies in DIR, sorted by number and letter as `ls` does. */
int topo_names(const char *dir, struct strlist *names, struct err *err);

static inline void auto_topo_(struct topo **t)
{
	topo_free(*t);
}

#define auto_topo __attribute__((cleanup(auto_topo_))) /* struct topo * */

#endif
