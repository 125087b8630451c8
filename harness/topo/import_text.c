/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `numactl -H` (numactl.c, hardware() and print_distances() of 1.0 to 2.0.19), `lscpu`, and the sizes of `numastat -m` and of the
 * nodes' meminfo, in one text with whatever stands around them:
 *
 *   available: 2 nodes (0,8)           Thread(s) per core:  2
 *   node 0 cpus: 0 1 2 3               NUMA node(s):        2
 *   node 0 size: 64215 MB              NUMA node0 CPU(s):   0-3
 *   ...                                NUMA node8 CPU(s):
 *   node distances:
 *   node   0   8                       Node 0 MemTotal:  65756160 kB
 *     0:  10  40
 *     8:  40  10
 *
 * What is said twice must be the same.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "topo/import_machine.h"
#include "topo/import_facts.h"
#include "topo/paste.h"

#define TEXT_MOST (8u << 20) /* a line takes three times the bytes of an empty one */

static unsigned line_of(const struct facts *r, size_t at)
{
	return r->lines.line[lines_at(&r->lines, at)].number;
}

static struct facts_node *node_of(struct facts *r, const struct found *f, struct err *err)
{
	for (unsigned i = 0; i < r->n; i++)
		if (r->node[i].id == f->id)
			return &r->node[i];
	if (f->id > 65535 || r->n == TOPO_NODES_MAX) {
		err_set(err, -E2BIG, "line %u: node %lu: want at most %d nodes", line_of(r, f->at), f->id,
			TOPO_NODES_MAX);
		return NULL;
	}
	r->node[r->n].id = (unsigned)f->id;
	return &r->node[r->n++];
}

/* --- what each word has behind it ------------------------------------------------------------ */

static const char *behind(const struct facts *r, const struct found *f)
{
	const char *p = r->lines.text.s + f->end;

	return p + strspn(p, " \t\n");
}

static int read_nodes(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	const char *p = memchr(r->lines.text.s + f->end, '(', end - f->end);
	struct err ignored = ERR_INIT;

	if (f->id > 65535)
		return lines_bad(&r->lines, f->at, err, "\"available: 2 nodes (0-1)\"");
	if (r->announced_line && r->announced != f->id)
		return err_set(err, -EINVAL,
			       "line %u announces %lu nodes and line %u %u: want the text of one machine",
			       line_of(r, f->at), f->id, r->announced_line, r->announced);
	r->announced = (unsigned)f->id;
	r->announced_line = line_of(r, f->at);
	if (p) {
		auto_free char *ids = xasprintf("%.*s", (int)strspn(p + 1, "0123456789,-"), p + 1);

		if (idset_parse(&r->announced_ids, ids, &ignored))
			r->announced_ids = (struct idset){ 0 };
	}
	return 0;
}

static int read_cpus(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	struct facts_node *n = node_of(r, f, err);
	struct idset cpus = { 0 };
	unsigned line = line_of(r, f->at);

	if (!n || list_read(&r->lines, f->end, end, &cpus, err))
		return err->code;
	*(f->word == WORD_CPUS ? &n->numactl : &n->lscpu) = true;
	if (n->cpus_line && !idset_equal(&n->cpus, &cpus))
		return err_set(
			err, -EINVAL,
			"node %u has other CPUs in line %u than in line %u: want the text of one machine",
			n->id, line, n->cpus_line);
	n->cpus = cpus;
	n->cpus_line = n->cpus_line ? n->cpus_line : line;
	return 0;
}

/* Programs round differently, so up to 1 MiB is no difference. */
static int size_is(struct facts_node *n, uint64_t bytes, unsigned line, struct err *err)
{
	if (!n->size_line || n->unsized) {
		n->bytes = bytes;
		n->size_line = line;
		n->unsized = false;
	} else if (bytes > n->bytes + (1u << 20) || n->bytes > bytes + (1u << 20)) {
		return err_set(
			err, -EINVAL,
			"node %u has another size in line %u than in line %u: want the text of one machine",
			n->id, line, n->size_line);
	}
	return 0;
}

/* "64215 MB" or "65756160 kB", whatever follows. */
static bool amount(const char *p, const char *unit, unsigned shift, uint64_t *bytes)
{
	char *end;

	if (!isdigit((unsigned char)*p))
		return false;
	errno = 0;
	unsigned long long v = strtoull(p, &end, 10);
	end += strspn(end, " \t\n");
	*bytes = (uint64_t)v << shift;
	return !errno && v < 1ull << 40 && !strncmp(end, unit, 2) && !isalnum((unsigned char)end[2]);
}

static int read_size(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	struct facts_node *n = node_of(r, f, err);
	const char *p = behind(r, f);
	uint64_t bytes;

	(void)end;
	if (!n)
		return err->code;
	n->numactl = true;
	if (!strncmp(p, "<not available>", 15)) {
		n->unsized = n->unsized || !n->size_line;
		n->size_line = n->size_line ? n->size_line : line_of(r, f->at);
		return 0;
	}
	if (!amount(p, "MB", 20, &bytes))
		return lines_bad(&r->lines, f->at, err, "\"node 0 size: 1024 MB\"");
	return size_is(n, bytes, line_of(r, f->at), err);
}

static int read_total(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	struct facts_node *n = node_of(r, f, err);
	uint64_t bytes;

	(void)end;
	if (!n)
		return err->code;
	if (!amount(behind(r, f), "kB", 10, &bytes))
		return lines_bad(&r->lines, f->at, err, "\"Node 0 MemTotal: 1048576 kB\"");
	return size_is(n, bytes, line_of(r, f->at), err);
}

static int read_distances(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	auto_free struct matrix *m = xcalloc(1, sizeof(*m));

	if (matrix_read(&r->lines, f->end, end, m, err))
		return err->code;
	if (r->matrix.n && (r->matrix.n != m->n || memcmp(r->matrix.id, m->id, sizeof(m->id)) != 0 ||
			    memcmp(r->matrix.distance, m->distance, sizeof(m->distance)) != 0))
		return err_set(err, -EINVAL,
			       "the matrix of line %u is not that of line %u: want the text of one machine",
			       line_of(r, f->at), line_of(r, r->matrix.at));
	if (!r->matrix.n)
		r->matrix = *m;
	return 0;
}

/* A head of "Node 0  Node 1  Total" and a row "MemTotal  3934.49  4031.47  7965.96"; folded where the screen was too narrow. */
static int read_numastat(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	struct found column[TOPO_NODES_MAX];
	unsigned n = 0;

	for (size_t i = lines_at(&r->lines, f->at) + 1; i < r->lines.n && r->lines.line[i].at < end; i++) {
		const char *p = r->lines.text.s + r->lines.line[i].at;
		unsigned long id;
		int used;

		if (!strncmp(p, "Node ", 5))
			for (n = 0; n < TOPO_NODES_MAX && sscanf(p, " Node %lu%n", &id, &used) == 1;
			     p += used)
				column[n++] = (struct found){ .at = r->lines.line[i].at, .id = id };
		if (strncmp(p, "MemTotal ", 9) != 0)
			continue;
		p += 8;
		for (unsigned k = 0; k < n; k++) {
			char *next;
			struct facts_node *node = node_of(r, &column[k], err);
			double mib = strtod(p, &next);

			if (!node)
				return err->code;
			if (next == p || !(mib >= 0 && mib < 1e12))
				return lines_bad(&r->lines, r->lines.line[i].at, err,
						 "MemTotal with one size for each node above");
			if (size_is(node, (uint64_t)mib << 20, r->lines.line[i].number, err))
				return err->code;
			p = next;
		}
	}
	return 0;
}

static int read_no_numa(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	(void)end;
	return lines_bad(&r->lines, f->at, err, "the text of a machine that has NUMA");
}

static int read_lscpu_nodes(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	(void)end;
	r->lscpu_line = line_of(r, f->at);
	r->lscpu_nodes = (unsigned)strtoul(behind(r, f), NULL, 10);
	return r->lscpu_nodes ? 0 : lines_bad(&r->lines, f->at, err, "\"NUMA node(s): 2\"");
}

static int read_online(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	r->online_known = true;
	return list_read(&r->lines, f->end, end, &r->online, err);
}

static int read_threads(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	unsigned long threads = strtoul(behind(r, f), NULL, 10);

	(void)end;
	(void)err;
	r->threads = threads <= 16 ? (unsigned)threads : 0;
	return 0;
}

static int read_unknown(struct facts *r, const struct found *f, size_t end, struct err *err)
{
	(void)end;
	(void)err;
	if (r->odd_n < ODD_MOST)
		r->odd[r->odd_n++] = *f;
	return 0;
}

static int (*const readers[])(struct facts *r, const struct found *f, size_t end, struct err *err) = {
	[WORD_NODES] = read_nodes,
	[WORD_CPUS] = read_cpus,
	[WORD_LSCPU_CPUS] = read_cpus,
	[WORD_SIZE] = read_size,
	[WORD_TOTAL] = read_total,
	[WORD_DISTANCES] = read_distances,
	[WORD_NUMASTAT] = read_numastat,
	[WORD_NO_NUMA] = read_no_numa,
	[WORD_LSCPU_NODES] = read_lscpu_nodes,
	[WORD_ONLINE] = read_online,
	[WORD_THREADS] = read_threads,
	[WORD_UNKNOWN] = read_unknown,
	[WORD_OTHER] = NULL,
};

static void facts_free(struct facts **r)
{
	lines_free(&(*r)->lines);
	free(*r);
}

int machine_from_text(const char *text, struct machine *m, struct err *err)
{
	__attribute__((cleanup(facts_free))) struct facts *r = xcalloc(1, sizeof(*r));
	auto_text struct text plain = { 0 };
	struct found f, next;

	if (strlen(text) > TEXT_MOST)
		return err_set(err, -EFBIG,
			       "text of more than %u MiB: want the lines of `numactl -H` or `lscpu` of it",
			       TEXT_MOST >> 20);
	paste_plain(text, &plain);
	lines_read(text_str(&plain), &r->lines);
	const char *s = r->lines.text.s;
	for (bool more = lines_find(s, 0, &f); more; f = next) {
		more = lines_find(s, f.end, &next);
		size_t end = more ? next.at : r->lines.text.len;

		if (readers[f.word] && readers[f.word](r, &f, end, err))
			return err->code;
	}
	return facts_machine(r, m, err);
}
