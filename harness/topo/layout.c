/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/layout.h"

#include <stdio.h>

/* pc_q35_init(), unchanged from QEMU 2.x to 10.0: leave room below 4 GiB for PCI. */
#define SPLIT_FROM 0xb0000000ull
#define SPLIT_LOW 0x80000000ull
#define HIGH_START 0x100000000ull
#define DIMM_BORDER 0x40000000ull

static uint64_t low_bytes(const struct topo *t)
{
	return t->mem_bytes >= SPLIT_FROM ? SPLIT_LOW : t->mem_bytes;
}

unsigned layout_ranges(const struct topo *t, unsigned slot, struct layout_range r[2])
{
	uint64_t low = low_bytes(t), from = 0, to;
	unsigned n = 0;

	for (unsigned i = 0; i < slot; i++)
		from += t->node[i].mem_bytes;
	to = from + t->node[slot].mem_bytes;
	if (from < to && from < low)
		r[n++] = (struct layout_range){ from, to < low ? to : low };
	if (from < to && to > low)
		r[n++] = (struct layout_range){ HIGH_START + (from > low ? from - low : 0),
						HIGH_START + to - low };
	return n;
}

static struct layout_piece *piece(struct layout_piece *p, const char *name, unsigned slot, uint64_t bytes)
{
	*p = (struct layout_piece){ .slot = slot, .bytes = bytes };
	snprintf(p->name, sizeof(p->name), "%s%u", name, slot);
	return p;
}

unsigned layout_pieces(const struct topo *t, struct layout_piece p[LAYOUT_PIECES])
{
	uint64_t at = HIGH_START + t->mem_bytes - low_bytes(t);
	unsigned n = 0;

	for (unsigned slot = 0; slot < t->nodes; slot++) {
		if (!t->node[slot].mem_bytes)
			continue;
		struct layout_piece *ram = piece(&p[n++], "ram", slot, t->node[slot].mem_bytes);

		ram->ranges = layout_ranges(t, slot, ram->range);
	}
	at = (at + DIMM_BORDER - 1) / DIMM_BORDER * DIMM_BORDER;
	for (unsigned slot = 0; slot < t->nodes; slot++) {
		if (!t->node[slot].dimm_bytes)
			continue;
		struct layout_piece *dimm = piece(&p[n++], "dimm", slot, t->node[slot].dimm_bytes);

		dimm->dimm = true;
		dimm->range[dimm->ranges++] = (struct layout_range){ at, at + dimm->bytes };
		at += dimm->bytes;
	}
	return n;
}

static void ram_pages(const struct topo *t, unsigned slot, struct layout_pages *p)
{
	struct layout_range r[2];
	unsigned n = layout_ranges(t, slot, r);

	*p = (struct layout_pages){ 0 };
	if (!n)
		return;
	p->start = r[0].from / LAYOUT_PAGE;
	p->end = p->end_least = r[n - 1].to / LAYOUT_PAGE;
	p->present_most = p->present_least = t->node[slot].mem_bytes / LAYOUT_PAGE;
	if (!r[0].from) {
		/* trim_bios_range() (arch/x86/kernel/setup.c) takes page 0 out of the memory map on every
		 * x86. */
		p->start = 1;
		p->present_most -= 1 + LAYOUT_FIRST_MIB_LEAST;
		p->present_least -= 1 + LAYOUT_FIRST_MIB_MOST;
	}
	if (r[0].from < low_bytes(t) && r[0].to == low_bytes(t)) {
		p->present_least -= LAYOUT_FIRMWARE_PAGES;
		if (n == 1)
			p->end_least -= LAYOUT_FIRMWARE_PAGES;
	}
}

void layout_pages(const struct topo *t, unsigned slot, bool dimm, struct layout_pages *p)
{
	struct layout_piece piece[LAYOUT_PIECES];
	unsigned n = layout_pieces(t, piece);

	ram_pages(t, slot, p);
	for (unsigned i = 0; dimm && i < n; i++) {
		if (!piece[i].dimm || piece[i].slot != slot)
			continue;
		if (!t->node[slot].mem_bytes)
			p->start = piece[i].range[0].from / LAYOUT_PAGE;
		p->end = p->end_least = piece[i].range[0].to / LAYOUT_PAGE;
		p->present_most += piece[i].bytes / LAYOUT_PAGE;
		p->present_least += piece[i].bytes / LAYOUT_PAGE;
	}
}
