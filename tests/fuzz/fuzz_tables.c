/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ACPI tables of an imported machine: the first two bytes are the length of an SRAT, little-endian; it follows, and all behind it is
 * the HMAT. The machine has three nodes, the last without CPUs.
 *
 * Beyond not crashing: an error has one line of message, and what was taken fits a topology.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/auto.h"
#include "topo/import_dump.h"
#include "topo/import_hmat.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free struct machine *m = xcalloc(1, sizeof(*m));
	auto_text struct text notes = { 0 };
	auto_dump struct dump d = { 0 };
	struct err err = ERR_INIT;

	if (size < 2)
		return 0;
	size_t srat = data[0] | (size_t)data[1] << 8;
	srat = srat > size - 2 ? size - 2 : srat;
	/* Copies of exactly that size, so that the sanitizer sees a read beyond them. */
	d.srat = (struct text){ .s = xcalloc(1, srat + !srat), .len = srat };
	d.hmat = (struct text){ .s = xcalloc(1, size - 2 - srat + 1), .len = size - 2 - srat };
	memcpy(d.srat.s, data + 2, srat);
	memcpy(d.hmat.s, data + 2 + srat, d.hmat.len);
	for (m->nodes = 0; m->nodes < 3; m->nodes++) {
		struct machine_node *n = &m->node[m->nodes];

		n->id = n->was = m->nodes;
		n->mem_bytes = 1u << 30;
		if (n->id < 2)
			idset_add(&n->cpus, n->id);
	}
	int bad = hmat_from_tables(&d, m, &err);
	must_explain(bad, &err);
	must(bad || m->hmat.known || m->hmat.unlike);
	hmat_fit(m, &notes);
	for (unsigned i = 0; i < m->nodes; i++) {
		auto_json json_t *node = json_object();

		hmat_json(m, i, node);
		must(json_object_size(node) <= 4);
	}
	return 0;
}
