/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import_shape.h"

#include <errno.h>

#include "base/auto.h"
#include "topo/import_hmat.h"
#include "topo/import_ids.h"
#include "topo/import_sizes.h"
#include "topo/size.h"

#define RUNS_MOST 16 /* of a map that `about` shows: it is one line for people */

/* "; NAME here=there: 0-3=8-11 4=16", where an id changed. */
static void map_note(const char *name, const unsigned *there, unsigned n, struct text *notes)
{
	unsigned changed = 0, runs = 0, last;

	for (unsigned i = 0; i < n; i++)
		changed += there[i] != i;
	if (!changed)
		return;
	text_printf(notes, "; %s here=there:", name);
	for (unsigned i = 0; i < n; i = last + 1) {
		for (last = i; last + 1 < n && there[last + 1] == there[last] + 1;)
			last++;
		if (runs++ == RUNS_MOST) {
			text_printf(notes, " and so on");
			return;
		}
		if (last > i)
			text_printf(notes, " %u-%u=%u-%u", i, last, there[i], there[last]);
		else
			text_printf(notes, " %u=%u", i, there[i]);
	}
}

/* Leaves out what has neither CPUs nor memory; says in `notes` what became of the ids. */
static int compact(struct machine *m, struct text *notes, struct err *err)
{
	unsigned n = 0, keep[TOPO_NODES_MAX], there[TOPO_NODES_MAX];
	struct idset out = { 0 };
	char ids[256];

	for (unsigned i = 0; i < m->nodes; i++) {
		if (idset_count(&m->node[i].cpus) || m->node[i].mem_bytes || m->node[i].mem_unknown)
			keep[n++] = i;
		else
			idset_add(&out, m->node[i].id);
	}
	if (!n)
		return err_set(err, -EINVAL, "no node has CPUs or memory");
	if (n < m->nodes)
		text_printf(notes, "; left out for want of CPUs and memory: nodes %s",
			    idset_format(&out, ids, sizeof(ids)));
	for (unsigned i = 0; i < n; i++) {
		there[i] = m->node[keep[i]].id;
		m->node[i] = m->node[keep[i]];
		/* Rows and columns only ever move up and left, over ones already moved. */
		for (unsigned j = 0; j < n; j++)
			m->distance[i][j] = m->distance[keep[i]][keep[j]];
	}
	m->nodes = n;
	map_note("nodes", there, n, notes);
	return 0;
}

/* The lowest ids of each node, as many as may stay. */
static bool cpus_cut(struct machine *m, unsigned most)
{
	bool cut = false;

	for (unsigned i = 0; most && i < m->nodes; i++) {
		struct idset kept = { 0 };
		unsigned n = 0;

		cut = cut || idset_count(&m->node[i].cpus) > most;
		idset_foreach (cpu, &m->node[i].cpus)
			if (n++ < most)
				idset_add(&kept, cpu);
		m->node[i].cpus = kept;
	}
	return cut;
}

/* Keeps the ids that the machine has; gaps, of CPUs that are offline or cut, are closed in order. */
static int cpus_number(struct machine *m, struct text *notes, struct err *err)
{
	unsigned there[IDSET_MAX], here[IDSET_MAX], n = 0, sum = 0;
	struct idset all = { 0 };

	for (unsigned i = 0; i < m->nodes; i++) {
		sum += idset_count(&m->node[i].cpus);
		idset_foreach (cpu, &m->node[i].cpus)
			idset_add(&all, cpu);
	}
	int code =
		sum > TOPO_CPUS_MAX
			? err_set(err, -E2BIG, "%u CPUs: want at most %d: keep fewer of each node (--cpus N)",
				  sum, TOPO_CPUS_MAX)
			: 0;
	idset_foreach (cpu, &all) {
		here[cpu] = n;
		there[n++] = cpu;
	}
	for (unsigned i = 0; i < m->nodes; i++) {
		struct idset closed = { 0 };

		idset_foreach (cpu, &m->node[i].cpus)
			idset_add(&closed, here[cpu]);
		m->node[i].cpus = closed;
	}
	map_note("CPUs", there, n, notes);
	return code;
}

/* A number says it all: ids count up node by node. */
static bool cpus_in_order(const struct machine *m)
{
	unsigned next = 0;

	for (unsigned i = 0; i < m->nodes; i++)
		idset_foreach (cpu, &m->node[i].cpus)
			if (cpu != next++)
				return false;
	return true;
}

static json_t *node_json(const struct machine_node *n, bool numbers)
{
	char size[24], list[5 * IDSET_MAX + 1];
	json_t *node = json_object();
	unsigned cpus = idset_count(&n->cpus);

	if (cpus)
		json_object_set_new(node, "cpus",
				    numbers ? json_integer(cpus)
					    : json_string(idset_format(&n->cpus, list, sizeof(list))));
	if (n->empty)
		json_object_set_new(node, "empty",
				    json_string(n->empty == TOPO_EMPTY_ONLINE ? "online" : "offline"));
	if (n->mem_bytes)
		json_object_set_new(node, "mem", json_string(topo_size_format(n->mem_bytes, size)));
	return node;
}

/* One node and one row of distances a line: as the shipped files look. */
static void lines_add(struct text *out, const char *key, json_t *array)
{
	size_t i;
	json_t *one;

	text_printf(out, ",\n\t\"%s\": [\n", key);
	json_array_foreach (array, i, one) {
		auto_free char *line = json_dumps(one, JSON_PRESERVE_ORDER);

		text_printf(out, "\t\t%s%s\n", line ? line : "null",
			    i + 1 < json_array_size(array) ? "," : "");
	}
	text_printf(out, "\t]");
}

static void document(const struct machine *m, const char *about, struct text *out)
{
	auto_json json_t *nodes = json_array();
	auto_json json_t *rows = json_array();
	/* A source that is not UTF-8 gets no name: JSON could not hold it. */
	auto_json json_t *line = json_string(about);
	auto_free char *quoted = line ? json_dumps(line, JSON_ENCODE_ANY) : NULL;
	bool numbers = cpus_in_order(m);

	for (unsigned i = 0; i < m->nodes; i++) {
		json_t *row = json_array();

		json_t *node = node_json(&m->node[i], numbers);
		hmat_json(m, i, node);
		json_array_append_new(nodes, node);
		for (unsigned j = 0; j < m->nodes; j++)
			json_array_append_new(row, json_integer(m->distance[i][j]));
		json_array_append_new(rows, row);
	}
	text_printf(out, "{\n\t\"about\": %s", quoted ? quoted : "\"imported\"");
	lines_add(out, "nodes", nodes);
	if (m->distances && m->nodes > 1)
		lines_add(out, "distances", rows);
	text_printf(out, "\n}\n");
}

int import_shape(struct machine *m, const struct topo_import *how, const char *name, struct text *out,
		 struct err *err)
{
	auto_text struct text about = { 0 }, sizes = { 0 }, notes = { 0 }, json = { 0 };
	auto_topo struct topo *t = NULL;

	if (sizes_check(m, how, err) || (how->keep_ids ? ids_keep(m, &notes, err) : compact(m, &notes, err)))
		return err->code;
	bool other = sizes_set(m, how, &sizes, &notes);
	if (cpus_cut(m, how->cpus_most))
		text_printf(&notes, "; at most %u CPUs a node", how->cpus_most);
	hmat_fit(m, &notes);
	int code = cpus_number(m, &notes, err);
	if (m->threads > 1)
		text_printf(&notes, "; SMT (%u threads a core) is not modelled, each CPU is a core",
			    m->threads);
	if (!m->distances && m->nodes > 1)
		text_printf(&notes, "; distances are not told, and Linux takes 10 and 20");
	text_printf(&about, "imported from %s%s%s", name, text_str(&sizes), text_str(&notes));
	document(m, text_str(&about), &json);
	/* Also when it is refused: what is wrong can be mended in the file. */
	text_add(out, json.s, json.len);
	if (how->changes && (other || notes.len))
		text_printf(how->changes, "%s%s", (other ? sizes.s : notes.s) + 2,
			    other ? text_str(&notes) : "");
	if (!code && topo_parse(text_str(&json), json.len, "imported", &t, err))
		code = err_prefix(err, "the machine as a topology");
	return code;
}
