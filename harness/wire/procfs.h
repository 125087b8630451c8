/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsers of the kernel's text files about memory. They are pure functions of the text; none opens a file.
 *
 * Every parser returns 0, or -EINVAL with the line and the reason. What a kernel does not show is absent from the output,
 * never zero. Unknown names are kept: a newer kernel may have more counters. Unknown forms of lines are errors:
 * `vmstat line 3: "nr_free x" (want "name 123")`. Errors are, too: a name or zone that stands twice, a number above 2^64-1, a
 * name too long for its field, a last line without its newline (the read may have been cut short), and, except for numa_maps
 * and maps (a kernel thread has no mappings), a text without any line. The text is borrowed for the call. `out` is
 * overwritten without being freed first, and is empty after an error.
 *
 * Formats: Documentation/filesystems/proc.rst, Documentation/admin-guide/numastat.rst, mm/vmstat.c,
 * drivers/base/node.c, fs/proc/task_mmu.c of Linux 6.1 and 6.12.
 */
#ifndef NUMARIG_WIRE_PROCFS_H
#define NUMARIG_WIRE_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Node ids from here on are refused; MAX_NUMNODES is this at most (NODES_SHIFT=10). */
#define PROCFS_NIDS 1024

/* Name and number: /proc/vmstat, nodeN/vmstat, nodeN/numastat, nodeN/meminfo, /proc/meminfo, smaps_rollup. */
struct counter {
	char name[64];
	uint64_t value;
};

struct counters {
	struct counter *v; /* in the file's order */
	size_t n;
};

void counters_free(struct counters *c);
/* NULL when the kernel did not show it. */
const uint64_t *counters_get(const struct counters *c, const char *name);
#define auto_counters __attribute__((cleanup(counters_free)))

/* "name 123" lines; vmstat and numastat (units: see the kernel's documentation; mostly pages). */
int vmstat_parse(const char *text, struct counters *out, struct err *err);
/* "MemFree:  123 kB", "Node 0 MemFree:  123 kB" and "HugePages_Free:  4"; names without "Node N" and the
 * colon; kB stay kB (1024 bytes), counts stay counts. Also smaps_rollup, whose first line (the address range)
 * is passed. */
int meminfo_parse(const char *text, struct counters *out, struct err *err);

struct zone {
	unsigned nid;
	char name[16]; /* DMA, DMA32, Normal, Movable, Device */
	/* zoneinfo, in pages */
	uint64_t free, min, low, high, spanned, present, managed;
	bool populated; /* zoneinfo: present > 0 (empty zones are listed without watermarks in use) */
	uint64_t start_pfn;
	/* zoneinfo: what else it says of the zone, "boost", "cma", "nr_free_cma", "numa_hit", ...; not the
	 * node's own numbers, which are in nodeN/vmstat. Owned. */
	struct counters stats;
};

struct zones {
	struct zone *v; /* in the file's order */
	size_t n;
};

void zones_free(struct zones *z);
const struct zone *zones_get(const struct zones *z, unsigned nid, const char *name);
#define auto_zones __attribute__((cleanup(zones_free)))

int zoneinfo_parse(const char *text, struct zones *out, struct err *err);

/* One line of numa_maps: "7f00 bind:1 file=/ext4/lib/libc.so.6 mapped=3 N0=2 N1=1 kernelpagesize_kB=4". */
#define NUMA_MAP_NODES 128 /* nodes of one mapping; QEMU's machines have no more (TOPO_NODES_MAX) */
struct numa_map {
	uint64_t start; /* virtual address */
	char *policy;	/* "default", "bind:1", "prefer (many):0-1", ...: may hold a space */
	char *file;	/* path as shown (kernel escapes kept), NULL for none */
	bool heap, stack, huge;
	/* pages; 0 where the kernel shows none */
	uint64_t anon, dirty, mapped, mapmax, swapcache, active, writeback;
	bool active_shown; /* the kernel leaves "active" out when every page is active: so absent does not mean 0 */
	struct counters other; /* NAME=123 of a newer kernel. Owned */
	uint64_t page_kb;      /* kernelpagesize_kB, 0 when the mapping has no page */
	struct {
		unsigned nid;
		uint64_t pages; /* of page_kb each */
	} node[NUMA_MAP_NODES];
	unsigned nodes;
};

struct numa_maps {
	struct numa_map *v;
	size_t n;
};

void numa_maps_free(struct numa_maps *m);
/* Pages of the mapping on the node; 0 when it lists none. */
uint64_t numa_map_on(const struct numa_map *m, unsigned nid);
int numa_maps_parse(const char *text, struct numa_maps *out, struct err *err);
#define auto_numa_maps __attribute__((cleanup(numa_maps_free)))

/* /proc/PID/maps: one mapping. */
struct map {
	uint64_t start, end; /* virtual addresses; `end` is behind the last byte */
	char perms[5];	     /* "r-xp" */
	char *name;	     /* path or "[heap]", NULL for none */
};

struct maps {
	struct map *v;
	size_t n;
};

void maps_free(struct maps *m);
int maps_parse(const char *text, struct maps *out, struct err *err);
#define auto_maps __attribute__((cleanup(maps_free)))

#endif
