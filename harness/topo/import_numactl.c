/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `numactl -H` (numactl.c, hardware() and print_distances() of 2.0.8 to 2.0.18):
 *
 *   available: 2 nodes (0,8)
 *   node 0 cpus: 0 1 2 3
 *   node 0 size: 64215 MB
 *   node 0 free: 1024 MB
 *   ...
 *   node distances:
 *   node   0   8
 *     0:  10  40
 *     8:  40  10
 */
#include "topo/import_machine.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

struct reader {
	struct machine *m;
	unsigned line;
	bool header;	  /* "available:" was there */
	bool distances;	  /* we are behind "node distances:" */
	unsigned columns; /* of the matrix */
	bool sized[TOPO_NODES_MAX];
	bool row[TOPO_NODES_MAX];
};

static const char *blanks(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\r')
		p++;
	return p;
}

static bool number(const char **p, unsigned long most, unsigned long *out)
{
	char *end;

	if (!isdigit((unsigned char)**p))
		return false;
	*out = strtoul(*p, &end, 10);
	*p = end;
	return *out <= most;
}

static int bad(const struct reader *r, struct err *err, const char *want)
{
	return err_set(err, -EINVAL, "line %u: want %s, as `numactl -H` writes", r->line, want);
}

static int position(const struct machine *m, unsigned long id)
{
	for (unsigned i = 0; i < m->nodes; i++)
		if (m->node[i].id == id)
			return (int)i;
	return -1;
}

/* "0 1 2 3", "no cpus" in some versions, or nothing. */
static int cpus_line(struct reader *r, unsigned long id, const char *p, struct err *err)
{
	struct machine *m = r->m;
	unsigned long cpu;

	if (position(m, id) >= 0)
		return err_set(err, -EINVAL, "line %u: node %lu stands here twice", r->line, id);
	if (m->nodes == TOPO_NODES_MAX)
		return err_set(err, -E2BIG, "line %u: more than %d nodes", r->line, TOPO_NODES_MAX);
	struct machine_node *n = &m->node[m->nodes++];
	n->id = (unsigned)id;
	while (*(p = blanks(p))) {
		if (!number(&p, 65535, &cpu))
			return bad(r, err, "\"node 0 cpus: 0 1 2\"");
		if (cpu >= IDSET_MAX)
			return err_set(err, -E2BIG, "line %u: CPU %lu: want ids up to %d", r->line, cpu,
				       IDSET_MAX - 1);
		idset_add(&n->cpus, (unsigned)cpu);
	}
	return 0;
}

static int size_line(struct reader *r, unsigned long id, const char *p, struct err *err)
{
	int at = position(r->m, id);
	unsigned long mib;

	p = blanks(p);
	if (at < 0 || r->sized[at] || !number(&p, 1ul << 40, &mib) || strcmp(blanks(p), "MB") != 0)
		return bad(r, err, "\"node 0 size: 1024 MB\" behind that node's cpus");
	r->sized[at] = true;
	r->m->node[at].mem_bytes = (uint64_t)mib << 20;
	return 0;
}

/* The matrix's head names the columns, in the order of the nodes above. */
static int head_line(struct reader *r, const char *p, struct err *err)
{
	unsigned long id;

	r->columns = 0;
	while (*(p = blanks(p))) {
		if (!number(&p, 65535, &id) || r->columns >= r->m->nodes || r->m->node[r->columns].id != id)
			return bad(r, err, "the nodes of the list above");
		r->columns++;
	}
	if (r->columns != r->m->nodes)
		return bad(r, err, "the nodes of the list above");
	return 0;
}

static int row_line(struct reader *r, const char *p, struct err *err)
{
	unsigned long id, d;
	unsigned n = 0;
	int at;

	if (!number(&p, 65535, &id) || *p++ != ':' || (at = position(r->m, id)) < 0 || r->row[at])
		return bad(r, err, "\"  0:  10  20\"");
	r->row[at] = true;
	while (*(p = blanks(p))) {
		if (n >= r->columns || !number(&p, 1000, &d))
			return bad(r, err, "one distance for each node");
		r->m->distance[at][n++] = (unsigned)d;
	}
	if (n != r->columns)
		return bad(r, err, "one distance for each node");
	return 0;
}

/* Behind "node". */
static int node_line(struct reader *r, const char *p, struct err *err)
{
	unsigned long id;

	p = blanks(p);
	if (!strcmp(p, "distances:")) {
		r->distances = true;
		return 0;
	}
	if (r->distances)
		return head_line(r, p, err);
	if (!number(&p, 65535, &id))
		return bad(r, err, "\"node 0 cpus:\" or \"node 0 size:\"");
	p = blanks(p);
	if (!strncmp(p, "cpus:", 5))
		return cpus_line(r, id, p + 5, err);
	if (!strncmp(p, "size:", 5))
		return size_line(r, id, p + 5, err);
	if (!strncmp(p, "free:", 5))
		return 0;
	return bad(r, err, "\"node 0 cpus:\" or \"node 0 size:\"");
}

static int one_line(struct reader *r, const char *line, struct err *err)
{
	const char *p = blanks(line);

	if (!*p)
		return 0;
	if (!strncmp(p, "available:", 10)) {
		r->header = true;
		return 0;
	}
	if (!strncmp(p, "No NUMA", 7))
		return err_set(err, -EINVAL, "line %u: the machine has no NUMA (%.60s)", r->line, p);
	if (!r->header)
		return bad(r, err, "\"available: 2 nodes (0-1)\" first");
	if (!strncmp(p, "node", 4) && (p[4] == ' ' || p[4] == '\t'))
		return node_line(r, p + 4, err);
	if (r->distances && r->columns)
		return row_line(r, p, err);
	return bad(r, err, "\"node ...\"");
}

static int complete(const struct reader *r, struct err *err)
{
	if (!r->header)
		return err_set(err, -EINVAL, "want the text of `numactl -H`, from \"available:\" on");
	if (!r->m->nodes)
		return err_set(err, -EINVAL, "no node is listed: want \"node 0 cpus: ...\"");
	for (unsigned i = 0; i < r->m->nodes; i++) {
		if (!r->sized[i])
			return err_set(err, -EINVAL, "node %u: no size: want \"node %u size: 1024 MB\"",
				       r->m->node[i].id, r->m->node[i].id);
		if (r->distances && !r->row[i])
			return err_set(err, -EINVAL, "node %u: no row of distances: is the text cut off?",
				       r->m->node[i].id);
	}
	return 0;
}

int machine_from_numactl(const char *text, struct machine *m, struct err *err)
{
	struct reader r = { .m = m };

	while (*text) {
		size_t n = strcspn(text, "\n");
		auto_free char *line = xasprintf("%.*s", (int)n, text);

		r.line++;
		/* A line ends where its last visible character does: mail and terminals add blanks. */
		for (size_t k = strlen(line); k && isspace((unsigned char)line[k - 1]); k--)
			line[k - 1] = 0;
		if (one_line(&r, line, err))
			return err->code;
		text += n + (text[n] == '\n');
	}
	m->distances = r.distances;
	return complete(&r, err);
}
