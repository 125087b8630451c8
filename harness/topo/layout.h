/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a topology's memory lies in the guest's physical address space: how QEMU's pc-q35 machines place RAM, and what Linux
 * shows of it. attest.h compares the guest with these numbers exactly.
 *
 * Nodes follow each other in the file's order. RAM starts at address 0. When it is 2.75 GiB or more in all, 2 GiB lie at 0 and
 * the rest at 4 GiB (pc_q35_init in hw/i386/pc_q35.c; build_srat in hw/i386/acpi-build.c reports the ranges to Linux). This was
 * checked on Debian's 6.1 and 6.12 with SeaBIOS and qboot, for nodes below, above and across the hole below 4 GiB.
 */
#ifndef NUMARIG_TOPO_LAYOUT_H
#define NUMARIG_TOPO_LAYOUT_H

#include "topo/topo.h"

#define LAYOUT_PAGE 4096u
/*
 * The most pages that firmware keeps for its tables at the top of RAM below 4 GiB: SeaBIOS takes 32 or 33, and more with more
 * tables, qboot none. Linux does not count these pages to the node that they lie in.
 */
#define LAYOUT_FIRMWARE_PAGES 256u
/*
 * Pages of the first MiB, beside page 0, that Linux does not count as present: always the 96 from 640K to 1M, and up to all 255
 * with those that firmware keeps. Page 0 is outside of the zone's span.
 */
#define LAYOUT_FIRST_MIB_LEAST 96u
#define LAYOUT_FIRST_MIB_MOST 255u

struct layout_range {
	uint64_t from, to; /* guest-physical bytes, `to` not included */
};

/* Fills r with the node's ranges, lowest first. Returns their number: 0 without memory, 2 on both sides of the hole. */
unsigned layout_ranges(const struct topo *t, unsigned slot, struct layout_range r[2]);

/*
 * Memory that QEMU keeps in one file: a node's RAM or its DIMM. `name` is that of QEMU's memory backend. DIMMs lie after all RAM
 * and above 4 GiB, from the next multiple of 1 GiB on, one directly after the other (pc_get_device_memory_range in hw/i386/pc.c,
 * memory_device_get_free_addr in hw/mem/memory-device.c; a DIMM's size is a multiple of every alignment required there).
 */
struct layout_piece {
	char name[16];
	unsigned slot;
	bool dimm;
	uint64_t bytes;
	struct layout_range range[2];
	unsigned ranges;
};

#define LAYOUT_PIECES (2 * TOPO_NODES_MAX)

/* Fills p with all RAM in the order of nodes, then all DIMMs in that order. Returns their number. */
unsigned layout_pieces(const struct topo *t, struct layout_piece p[LAYOUT_PIECES]);

/* What zoneinfo shows of a node, summed over its zones; all in pages. */
struct layout_pages {
	uint64_t start;		 /* first page frame, exact */
	uint64_t end, end_least; /* one past the last page frame, and that less the pages firmware may take */
	uint64_t present_most,
		present_least; /* present pages when firmware takes none, and when it takes all it may */
};

/* All zero for a node without memory. `dimm`: the node's DIMM is online and counts. */
void layout_pages(const struct topo *t, unsigned slot, bool dimm, struct layout_pages *p);

#endif
