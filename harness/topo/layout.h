/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a topology's memory lies in the guest: the rule by which QEMU's pc-q35 machines lay RAM out, and what
 * Linux makes of it. Attestation compares with this, and with nothing looser.
 *
 * Nodes follow each other in the file's order. RAM starts at 0; from 2.75 GiB in all on, 2 GiB lie at 0 and
 * the rest at 4 GiB (pc_q35_init in hw/i386/pc_q35.c; build_srat in hw/i386/acpi-build.c gives Linux the
 * ranges). Seen to hold on Debian's 6.1 and 6.12 with SeaBIOS and qboot, for nodes below, above and across
 * the hole.
 */
#ifndef NUMARIG_TOPO_LAYOUT_H
#define NUMARIG_TOPO_LAYOUT_H

#include "topo/topo.h"

#define LAYOUT_PAGE 4096u
/*
 * Firmware keeps its tables at the top of RAM below 4 GiB: 32 or 33 pages with SeaBIOS, none with qboot; more
 * with more tables. Linux takes these pages off the end of the node that has them.
 */
#define LAYOUT_FIRMWARE_PAGES 256u
/* Of the first MiB Linux has never page 0 (outside of the span), and not 640K to 1M; firmware takes some
 * more. */
#define LAYOUT_FIRST_MIB_LEAST 96u
#define LAYOUT_FIRST_MIB_MOST 255u

struct layout_range {
	uint64_t from, to; /* guest-physical bytes, `to` not included */
};

/* The node's ranges, lowest first; returns how many: 0 without memory, 2 across the hole below 4 GiB. */
unsigned layout_ranges(const struct topo *t, unsigned slot, struct layout_range r[2]);

/*
 * What QEMU keeps in one file, named as its backend is: a node's RAM, or its DIMM. A DIMM lies behind RAM and behind
 * 4 GiB, from the next GiB border on, each right behind the one before (pc_get_device_memory_range in hw/i386/pc.c,
 * memory_device_get_free_addr in hw/mem/memory-device.c; a DIMM's size is a multiple of any alignment asked there).
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

/* All RAM in the order of nodes, then all DIMMs in that order; returns how many. */
unsigned layout_pieces(const struct topo *t, struct layout_piece p[LAYOUT_PIECES]);

/* What zoneinfo shows of a node, all its zones together. In pages. */
struct layout_pages {
	uint64_t start;		 /* first page frame, exact */
	uint64_t end, end_least; /* one past the last; less than `end` only by firmware's pages */
	uint64_t present_most, present_least; /* with nothing, and with all it may, taken by firmware */
};

/* All zero for a node without memory; with its DIMM, or as if that were offline. */
void layout_pages(const struct topo *t, unsigned slot, bool dimm, struct layout_pages *p);

#endif
