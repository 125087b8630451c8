/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Topology files and imported machines. The input's first byte selects: t a topology file, i a machine (pasted
 * text or a tar), s a scale; the rest is the text.
 *
 * Beyond not crashing: an error has one line of message and leaves nothing behind; a topology that was taken
 * can be laid out and keeps its own rules; an imported one loads.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "topo/attest.h"
#include "topo/import.h"
#include "topo/layout.h"
#include "tests/fuzz/must.h"
#include "tests/unit/expected_sysfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const char *text, size_t len)
{
	auto_text struct text shown = { 0 };
	auto_topo struct topo *t = NULL;
	struct err err = ERR_INIT;
	unsigned cpus = 0;

	if (topo_parse(text, len, "fuzz", &t, &err)) {
		must(!t);
		must(err.code < 0);
		must_explain(err.code, &err);
		return;
	}
	must(t->nodes >= 1 && t->nodes <= TOPO_NODES_MAX && t->cpus >= 1 && t->mem_bytes);
	for (unsigned i = 0; i < t->nodes; i++) {
		struct layout_pages p;

		layout_pages(t, i, true, &p);
		must(p.start <= p.end_least && p.end_least <= p.end && p.present_least <= p.present_most);
		must(idset_count(&t->node[i].cpu_ids) == t->node[i].cpus && t->distance[i][i] == 10);
		idset_foreach (cpu, &t->node[i].cpu_ids)
			must(cpu < t->cpus);
		must(!t->hmat || (t->node[i].initiator >= 0 && t->node[t->node[i].initiator].cpus));
		cpus += t->node[i].cpus;
	}
	must(cpus == t->cpus);
	expected_sysfs(t, &shown);
	must(shown.len > 0);
}

static void import_as(const char *bytes, size_t n, struct topo_import how)
{
	auto_text struct text out = { 0 }, changes = { 0 };
	auto_topo struct topo *t = NULL;
	struct err err = ERR_INIT, again = ERR_INIT;

	how.changes = &changes;
	int bad = topo_import_bytes(bytes, n, "fuzz", &how, &out, &err);
	if (!bad) {
		must(!topo_parse(out.s, out.len, "fuzz", &t, &err));
		must(!strpbrk(text_str(&changes), "\r\n"));
		return;
	}
	must(err.code < 0);
	must_explain(err.code, &err);
	/* What is written all the same is what was refused. */
	must(!out.len || topo_parse(out.s, out.len, "fuzz", &t, &again));
}

/* Once with the sizes of the source, and once with sizes of ours, which one of both refuses. */
static void import(const char *bytes, size_t n)
{
	import_as(bytes, n, (struct topo_import){ .num = 1, .den = 16, .cpus_most = 4 });
	import_as(bytes, n, (struct topo_import){ .num = 1, .den = 1, .mem_bytes = 64u << 20 });
}

static void scale(const char *text)
{
	struct topo_import how = { 0 };
	struct err err = ERR_INIT;

	if (topo_import_scale(text, &how, &err)) {
		must(err.code < 0);
		must_explain(err.code, &err);
	} else
		must(how.num && how.den);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	/* A copy of exactly that size, so that the sanitizer sees a read beyond it; text gets its 0. */
	auto_free char *copy = xcalloc(1, size);

	memcpy(copy, data + 1, size - 1);
	if (*data == 't')
		parse(copy, size - 1);
	else if (*data == 'i')
		import(copy, size - 1);
	else if (*data == 's')
		scale(copy);
	return 0;
}
