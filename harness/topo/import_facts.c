/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/* The line that may have been meant for what is missing. */
static int lacks(const struct facts *r, unsigned id, struct err *err, const char *what, const char *want,
		 const char * or)
{
	auto_free char *right = xasprintf("\"node %u %s\"%s", id, want, or);

	for (unsigned i = 0; i < r->odd_n; i++)
		if (r->odd[i].id == id)
			return lines_bad(&r->lines, r->odd[i].at, err, right);
	return err_set(err, -EINVAL, "node %u: no line with its %s: want %s: is the text cut off?", id, what,
		       right);
}

/* One program announced so many nodes, and these are the ones that it lists. */
static int counted(const struct idset *have, unsigned announced, unsigned line, const struct idset *ids,
		   struct err *err)
{
	unsigned n = idset_count(have);
	struct idset missing = { 0 };
	char list[512];

	if (n == announced && (idset_count(ids) != announced || idset_equal(ids, have)))
		return 0;
	idset_foreach (id, ids)
		if (!idset_has(have, id))
			idset_add(&missing, id);
	if (idset_count(&missing))
		return err_set(
			err, -EINVAL,
			"line %u announces %u nodes, and %u follow, without node %s: is the text cut off?",
			line, announced, n, idset_format(&missing, list, sizeof(list)));
	return err_set(err, -EINVAL, "line %u announces %u nodes, and %u follow: is the text cut off?", line,
		       announced, n);
}

static int whole_numactl(const struct facts *r, struct err *err)
{
	struct idset have = { 0 };

	for (unsigned i = 0; i < r->n; i++)
		if (r->node[i].numactl)
			idset_add(&have, r->node[i].id);
	if (r->announced_line)
		return counted(&have, r->announced, r->announced_line, &r->announced_ids, err);
	if (idset_count(&have) && !r->matrix.n)
		return err_set(
			err, -EINVAL,
			"neither \"available: 2 nodes (0-1)\" nor \"node distances:\" is there, so nodes may be "
			"missing: is the text cut off?");
	return 0;
}

static int whole_lscpu(const struct facts *r, struct err *err)
{
	struct idset have = { 0 }, cpus = { 0 }, none = { 0 };

	for (unsigned i = 0; i < r->n; i++) {
		if (!r->node[i].lscpu)
			continue;
		idset_add(&have, r->node[i].id);
		idset_foreach (cpu, &r->node[i].cpus)
			idset_add(&cpus, cpu);
	}
	if (!idset_count(&have) || r->announced_line)
		return 0;
	if (r->lscpu_line)
		return counted(&have, r->lscpu_nodes, r->lscpu_line, &none, err);
	if (r->matrix.n || (r->online_known && idset_equal(&cpus, &r->online)))
		return 0;
	return err_set(
		err, -EINVAL,
		"\"NUMA node(s): 2\" is not there, so nodes may be missing: want all of the text of `lscpu`");
}

static int by_id(const void *a, const void *b)
{
	const struct facts_node *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int nothing(const struct facts *r, struct err *err)
{
	size_t first = strspn(r->lines.text.s, "\n");

	if (r->announced_line)
		return err_set(
			err, -EINVAL,
			"no node follows line %u: want \"node 0 cpus: 0 1 2\" and \"node 0 size: 1024 MB\"",
			r->announced_line);
	if (r->matrix.n)
		return err_set(
			err, -EINVAL,
			"there is nothing but a matrix of distances: want all of the text of `numactl -H`");
	if (!r->lines.text.s[first])
		return err_set(err, -EINVAL, "empty lines: want text of `numactl -H` or `lscpu`");
	return lines_bad(
		&r->lines, first, err,
		"text of `numactl -H` or `lscpu` in English, with lines such as \"node 0 cpus: 0 1 2\"");
}

static int nodes_whole(const struct facts *r, struct err *err)
{
	unsigned of[IDSET_MAX];
	struct idset all = { 0 };

	if (!r->n)
		return nothing(r, err);
	for (unsigned i = 0; i < r->n; i++) {
		const struct facts_node *n = &r->node[i];

		if (!n->cpus_line)
			return lacks(r, n->id, err, "CPUs", "cpus: 0 1 2",
				     ", or the text of `lscpu` beside it");
		if (n->numactl && !n->size_line)
			return lacks(r, n->id, err, "size", "size: 1024 MB", "");
		idset_foreach (cpu, &n->cpus) {
			if (idset_has(&all, cpu))
				return err_set(
					err, -EINVAL,
					"line %u: CPU %u is on node %u, and in line %u on node %u: want it once",
					n->cpus_line, cpu, n->id, r->node[of[cpu]].cpus_line,
					r->node[of[cpu]].id);
			of[cpu] = i;
			idset_add(&all, cpu);
		}
	}
	return 0;
}

/* Its rows have the order of its head, which has that of the ids. */
static int distances(const struct facts *r, struct machine *m, struct err *err)
{
	const struct matrix *x = &r->matrix;
	unsigned line = r->lines.line[lines_at(&r->lines, x->at)].number;
	bool same = x->n == m->nodes;

	for (unsigned i = 0; same && i < m->nodes; i++)
		same = m->node[i].id == x->id[i];
	if (!same)
		return err_set(
			err, -EINVAL,
			"the matrix of line %u is of other nodes than those listed: want the text of one machine",
			line);
	for (unsigned i = 0; i < x->n; i++)
		for (unsigned j = 0; j < x->n; j++)
			m->distance[i][j] = x->distance[i][j];
	m->distances = true;
	return 0;
}

int facts_machine(struct facts *r, struct machine *m, struct err *err)
{
	if (whole_numactl(r, err) || whole_lscpu(r, err) || nodes_whole(r, err))
		return err->code;
	qsort(r->node, r->n, sizeof(*r->node), by_id);
	m->nodes = r->n;
	m->threads = r->threads;
	for (unsigned i = 0; i < r->n; i++) {
		m->node[i].id = r->node[i].id;
		m->node[i].cpus = r->node[i].cpus;
		m->node[i].mem_bytes = r->node[i].bytes;
		m->node[i].mem_unknown = !r->node[i].size_line || r->node[i].unsized;
	}
	return r->matrix.n ? distances(r, m, err) : 0;
}
