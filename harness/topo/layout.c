/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/layout.h"

/* pc_q35_init(), unchanged from QEMU 2.x to 10.0: leave room below 4 GiB for PCI. */
#define SPLIT_FROM 0xb0000000ull
#define SPLIT_LOW 0x80000000ull
#define HIGH_START 0x100000000ull

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

void layout_pages(const struct topo *t, unsigned slot, struct layout_pages *p)
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
