/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An HMAT that was read, in the form of a topology file. What was not told is left out: nothing is made up from distances. */
#include "topo/import_hmat.h"

#include "base/auto.h"
#include "topo/size.h"

#define ENTRY_MAX 65534u /* of an HMAT's 16 bits; 65535 is "unreachable" */

/* The file has one figure for reading and writing: of reading. */
static const struct kind {
	const char *key;
	enum machine_figure reading, writing;
} kinds[] = {
	{ "latency", READ_LATENCY, WRITE_LATENCY },
	{ "bandwidth", READ_BANDWIDTH, WRITE_BANDWIDTH },
};

static bool has_cpus(const struct machine *m, unsigned i)
{
	return idset_count(&m->node[i].cpus) > 0;
}

static bool has_memory(const struct machine *m, unsigned i)
{
	return m->node[i].mem_bytes > 0;
}

static void note(struct text *notes, const char *before, const struct idset *nodes, const char *after)
{
	char ids[256];

	if (idset_count(nodes))
		text_printf(notes, "; %s%s%s", before, idset_format(nodes, ids, sizeof(ids)), after);
}

static uint32_t *cell(struct machine *m, enum machine_figure f, unsigned from, unsigned to)
{
	return &m->hmat.figure[f][m->node[from].was][m->node[to].was];
}

static uint32_t figure_of(const struct machine *m, enum machine_figure f, unsigned from, unsigned to)
{
	return m->hmat.figure[f][m->node[from].was][m->node[to].was];
}

/* The position of the node that this one's memory is attached to, -1 when it is not told. */
static int initiator_of(const struct machine *m, unsigned i)
{
	if (has_cpus(m, i))
		return (int)i;
	for (unsigned k = 0; k < m->nodes; k++)
		if (has_cpus(m, k) && idset_has(&m->hmat.initiators[m->node[i].was], m->node[k].was))
			return (int)k;
	return -1;
}

/* Every node that has memory or is there at all needs one, in QEMU's HMAT as in the file. */
static bool initiators_fit(struct machine *m, struct text *notes)
{
	struct idset none = { 0 }, several = { 0 };

	for (unsigned i = 0; i < m->nodes; i++) {
		if (initiator_of(m, i) < 0)
			idset_add(&none, i);
		if (!has_cpus(m, i) && idset_count(&m->hmat.initiators[m->node[i].was]) > 1)
			idset_add(&several, i);
	}
	note(notes, "HMAT left out: nodes ", &none, " have no CPUs, and their initiator is not told");
	if (!idset_count(&none))
		note(notes, "nodes ", &several, " have several nearest initiators, the first is taken");
	return !idset_count(&none);
}

/* A kind of figure is given for each node with memory, as its initiator sees it, or it is left out. */
static bool kind_fit(struct machine *m, const struct kind *k, struct text *notes)
{
	struct idset lack = { 0 }, differ = { 0 };
	auto_free char *before = xasprintf("%s left out: not told of nodes ", k->key);
	auto_free char *other = xasprintf("%s is that of reading: writing differs on nodes ", k->key);
	bool any = false;

	for (unsigned to = 0; to < m->nodes; to++) {
		if (!has_memory(m, to))
			continue;
		uint32_t own = figure_of(m, k->reading, (unsigned)initiator_of(m, to), to);

		any |= own > 0;
		if (!own || (k->reading == READ_LATENCY && own > ENTRY_MAX))
			idset_add(&lack, to);
		for (unsigned from = 0; from < m->nodes; from++) {
			uint32_t writing = figure_of(m, k->writing, from, to);

			if (has_cpus(m, from) && writing && writing != figure_of(m, k->reading, from, to))
				idset_add(&differ, to);
		}
	}
	if (any)
		note(notes, idset_count(&lack) ? before : other, idset_count(&lack) ? &lack : &differ, "");
	if (!idset_count(&lack))
		return true;
	for (unsigned from = 0; from < m->nodes; from++)
		for (unsigned to = 0; to < m->nodes; to++)
			*cell(m, k->reading, from, to) = 0;
	return false;
}

/* QEMU keeps bandwidths in 16 bits, as multiples of one power of two: what needs more is rounded. */
static void bandwidth_fit(struct machine *m, struct text *notes)
{
	uint32_t most = 0, step = 1, all = 0;

	for (unsigned from = 0; from < m->nodes; from++) {
		for (unsigned to = 0; to < m->nodes; to++) {
			uint32_t v = has_cpus(m, from) && has_memory(m, to)
					     ? figure_of(m, READ_BANDWIDTH, from, to)
					     : 0;

			all |= v;
			most = v > most ? v : most;
		}
	}
	while (most / step > ENTRY_MAX)
		step *= 2;
	if (!(all & (step - 1)))
		return;
	for (unsigned from = 0; from < m->nodes; from++) {
		for (unsigned to = 0; to < m->nodes; to++) {
			uint32_t *v = cell(m, READ_BANDWIDTH, from, to);
			uint32_t units = *v / step + (*v % step >= (step + 1) / 2);

			if (*v)
				*v = step * (units < 1 ? 1 : units > ENTRY_MAX ? ENTRY_MAX : units);
		}
	}
	text_printf(notes, "; bandwidths rounded to multiples of %u MiB/s", step);
}

static bool pairs_lack(const struct machine *m, enum machine_figure f)
{
	for (unsigned from = 0; from < m->nodes; from++)
		for (unsigned to = 0; to < m->nodes; to++)
			if (has_cpus(m, from) && has_memory(m, to) && !figure_of(m, f, from, to))
				return true;
	return false;
}

static void caches_fit(struct machine *m, bool figures, struct text *notes)
{
	struct idset out = { 0 }, levels = { 0 };
	bool kept = false;

	for (unsigned i = 0; i < m->nodes; i++) {
		struct topo_cache *c = &m->hmat.cache[m->node[i].was];
		unsigned n = m->hmat.levels[m->node[i].was];

		if (!c->bytes)
			continue;
		if (!figures || !has_memory(m, i) || !c->line || c->line > 65535 || c->bytes % 1024) {
			idset_add(&out, i);
			*c = (struct topo_cache){ 0 };
			continue;
		}
		kept = true;
		if (n > 1)
			idset_add(&levels, i);
	}
	note(notes, "memory side cache left out of nodes ", &out,
	     figures ? ": no line or no whole KiB" : ": it wants latency and bandwidth of all nodes");
	note(notes, "nodes ", &levels, " have more than one memory side cache, the first is taken");
	if (kept)
		text_printf(notes, "; memory side caches have the machine's size");
}

void hmat_fit(struct machine *m, struct text *notes)
{
	bool given[ARRAY_SIZE(kinds)];

	if (m->hmat.unlike)
		text_printf(notes, "; ACPI tables left out: their SRAT has no CPUs for node %u",
			    m->hmat.unlike_node);
	if (!m->hmat.known)
		return;
	m->hmat.known = initiators_fit(m, notes);
	if (!m->hmat.known)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		given[i] = kind_fit(m, &kinds[i], notes);
	if (given[1])
		bandwidth_fit(m, notes);
	if ((given[0] && pairs_lack(m, READ_LATENCY)) || (given[1] && pairs_lack(m, READ_BANDWIDTH)))
		text_printf(notes, "; HMAT: only figures of the nearest initiators are told");
	caches_fit(m, given[0] && given[1], notes);
}

/* null where the pair is not told; one number where all are the same. */
static json_t *column(const struct machine *m, enum machine_figure f, unsigned to)
{
	json_t *all = json_array();
	bool same = true;
	uint32_t first = 0;

	for (unsigned from = 0; from < m->nodes; from++) {
		if (!has_cpus(m, from))
			continue;
		uint32_t v = figure_of(m, f, from, to);

		first = json_array_size(all) ? first : v;
		same = same && v && v == first;
		json_array_append_new(all, v ? json_integer(v) : json_null());
	}
	if (!same)
		return all;
	json_decref(all);
	return json_integer(first);
}

void hmat_json(const struct machine *m, unsigned at, json_t *node)
{
	const struct topo_cache *c = &m->hmat.cache[m->node[at].was];
	char size[24];

	if (!m->hmat.known)
		return;
	if (!has_cpus(m, at))
		json_object_set_new(node, "initiator", json_integer(initiator_of(m, at)));
	if (!has_memory(m, at))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (figure_of(m, kinds[i].reading, (unsigned)initiator_of(m, at), at))
			json_object_set_new(node, kinds[i].key, column(m, kinds[i].reading, at));
	if (!c->bytes)
		return;
	json_object_set_new(node, "cache",
			    json_pack("{s:s, s:i, s:s, s:s}", "size", topo_size_format(c->bytes, size),
				      "line", (int)c->line, "associativity", c->associativity, "policy",
				      c->policy));
}
