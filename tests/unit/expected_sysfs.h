/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest of a topology must show, as text; tests/topologies/expected/NAME.sysfs holds it. */
#ifndef TESTS_UNIT_EXPECTED_SYSFS_H
#define TESTS_UNIT_EXPECTED_SYSFS_H

#include <inttypes.h>

#include "topo/expected.h"
#include "topo/layout.h"
#include "topo/size.h"

static inline void memory_text(const struct topo *t, unsigned slot, struct text *out)
{
	struct layout_range r[2];
	struct layout_pages p;
	unsigned n = layout_ranges(t, slot, r);
	char size[24];

	if (!n) {
		text_printf(out, "\tmemory none\n");
		return;
	}
	layout_pages(t, slot, false, &p);
	text_printf(out, "\tmemory %s at", topo_size_format(t->node[slot].mem_bytes, size));
	for (unsigned i = 0; i < n; i++)
		text_printf(out, "%s 0x%" PRIx64 "-0x%" PRIx64, i ? "," : "", r[i].from, r[i].to - 1);
	text_printf(out, "\n\tpages from %" PRIu64 " to before ", p.start);
	if (p.end_least != p.end)
		text_printf(out, "%" PRIu64 "..", p.end_least);
	text_printf(out, "%" PRIu64 ", present ", p.end);
	if (p.present_least != p.present_most)
		text_printf(out, "%" PRIu64 "..", p.present_least);
	text_printf(out, "%" PRIu64 "\n", p.present_most);
}

static inline void hmat_text(const struct topo *t, unsigned slot, struct text *out)
{
	const struct topo_node *n = &t->node[slot];
	char size[24];

	if (!t->hmat || !n->mem_bytes)
		return;
	text_printf(out, "\tinitiator %d\n", n->initiator);
	if (t->has_latency)
		text_printf(out, "\tlatency %u ns\n", t->latency_ns[n->initiator][slot]);
	if (t->has_bandwidth)
		text_printf(out, "\tbandwidth %u MiB/s\n", t->bandwidth_mib[n->initiator][slot]);
	if (n->cache.bytes)
		text_printf(out, "\tcache %s, lines of %u, %s, %s\n", topo_size_format(n->cache.bytes, size),
			    n->cache.line, n->cache.associativity, n->cache.policy);
}

/* Appends the text; ids are the file's. */
static inline void expected_sysfs(const struct topo *t, struct text *out)
{
	char buf[128];

	text_printf(out, "%s: %u node%s, %u CPU%s, %s\n", t->name, t->nodes, t->nodes == 1 ? "" : "s",
		    t->cpus, t->cpus == 1 ? "" : "s", topo_size_format(t->mem_bytes, buf));
	for (unsigned slot = 0; slot < t->nodes; slot++) {
		const struct idset *cpus = &t->node[slot].cpu_ids;

		text_printf(out, "node %u\n\tcpus %s\n\tdistance", slot,
			    t->node[slot].cpus ? idset_format(cpus, buf, sizeof(buf)) : "none");
		for (unsigned to = 0; to < t->nodes; to++)
			text_printf(out, " %u", topo_expected_distance(t, slot, to));
		text_printf(out, "\n");
		memory_text(t, slot, out);
		if (t->node[slot].dimm_bytes) {
			uint64_t bytes = t->node[slot].dimm_bytes;
			struct layout_pages p;

			layout_pages(t, slot, true, &p);
			text_printf(out, "\tdimm %s at 0x%" PRIx64 "-0x%" PRIx64 ", online or not\n",
				    topo_size_format(bytes, buf), p.end * LAYOUT_PAGE - bytes,
				    p.end * LAYOUT_PAGE - 1);
		}
		hmat_text(t, slot, out);
		if (t->node[slot].device)
			text_printf(out, "\tdevice ahci on PCI bus %02x\n", TOPO_DEVICE_BUS(slot));
	}
}

#endif
