/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache model (trace/caches.h), fed with what the plugin sees from the restore on: at a block's begin its code, then
 * its accesses. What an interval ends with is added to those of its name.
 *
 * A block that a fault cuts short was fetched as a whole, and is again: the second time is hits. Of an instruction that
 * crosses into another page as the last of its block, the bytes in that page are not known, and not fetched.
 */
#include "plugin/cached.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace/caches.h"
#include "plugin/host.h"

#define PAGE 4096u

static struct caches *model;
static struct caches_count now[MODES], of[TRACE_INTERVALS][MODES];
static unsigned cpus; /* QEMU's indices below it have a node */

bool cached_setup(const char *words)
{
	struct caches_geometry g = { .line = 0 };
	unsigned cpu_node[TRACE_CPUS];
	struct err err = ERR_INIT;
	int n;

	for (unsigned l = 0; l < CACHES_LEVELS; l++, words += n)
		if (sscanf(words, "%" SCNu64 " %" SCNu64 " %n", &g.bytes[l], &g.ways[l], &n) != 2)
			return false;
	if (sscanf(words, "%" SCNu64, &g.line) != 1)
		return false;
	while (cpus < TRACE_CPUS && trace.column_of[cpus] != TRACE_NONE) {
		cpu_node[cpus] = trace.column_of[cpus];
		cpus++;
	}
	if (caches_new(&g, trace.nodes, cpus, cpu_node, &model, &err)) {
		fprintf(stderr, "trace: %s\n", err.msg);
		return false;
	}
	for (unsigned m = 0; m < MODES; m++)
		caches_count_init(&now[m], trace.nodes);
	trace.cached = true;
	return true;
}

static void touch(const struct cpu *c, enum mode mode, enum caches_kind kind, uint64_t physical,
		  unsigned bytes, unsigned column)
{
	if (c->index >= 0 && c->index < (int)cpus)
		caches_touch(model, &now[mode], (unsigned)c->index, kind, physical, bytes, column);
	else
		trace.lost += trace.inside; /* before it was told apart */
}

void cached_translate(struct block *b, unsigned i, const void *host)
{
	struct piece *p = &b->piece[b->pieces ? b->pieces - 1 : 0];
	const struct insn *insn = &b->insn[i], *before = insn - 1;
	unsigned bytes = insn->bytes, room = PAGE - insn->at;
	uint64_t physical;

	if (insn->node == TRACE_NONE || !host_physical(host, &physical))
		return;
	/* the end of one that began in the page before */
	unsigned rest = i && before->at > insn->at ? insn->at : 0;
	if (b->pieces && p->physical + p->bytes == physical) {
		p->bytes = (uint16_t)(p->bytes + (bytes < room ? bytes : room));
		return;
	}
	if (b->pieces == BLOCK_PIECES) {
		trace.lost++;
		return;
	}
	b->piece[b->pieces++] = (struct piece){ .physical = physical - rest,
						.bytes = (uint16_t)((bytes < room ? bytes : room) + rest),
						.column = insn->node };
}

void cached_block(const struct cpu *c, const struct block *b)
{
	for (unsigned i = 0; i < b->pieces; i++)
		touch(c, b->mode, CACHES_FETCH, b->piece[i].physical, b->piece[i].bytes, b->piece[i].column);
}

void cached_access(const struct cpu *c, enum mode mode, enum kind kind, unsigned column, uint64_t physical,
		   unsigned bytes)
{
	if (column != TRACE_NONE)
		touch(c, mode, kind == KIND_STORE ? CACHES_STORE : CACHES_LOAD, physical, bytes, column);
}

/* --- intervals ----------------------------------------------------------------------------------------------------------- */
static void add(uint64_t *to, uint64_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
	memset(from, 0, n * sizeof(*from));
}

void cached_flush(unsigned interval)
{
	for (unsigned m = 0; trace.cached && m < MODES; m++) {
		struct caches_count *to = &of[interval][m], *from = &now[m];

		if (!to->nodes)
			caches_count_init(to, trace.nodes);
		add(to->access, from->access, CACHES_LEVELS);
		add(to->miss, from->miss, CACHES_LEVELS);
		add(&to->dropped, &from->dropped, 1);
		/* one piece of memory: caches_count_init() */
		add(to->fill[0], from->fill[0], (CACHES_KINDS + 2ul) * trace.nodes * trace.nodes);
	}
}

static void print_mode(FILE *f, char mode, const struct caches_count *n)
{
	for (unsigned l = 0; l < CACHES_LEVELS; l++)
		fprintf(f, "c %c level %u %" PRIu64 " %" PRIu64 "\n", mode, l, n->access[l], n->miss[l]);
	fprintf(f, "c %c dropped %" PRIu64 "\n", mode, n->dropped);
	for (unsigned i = 0; i < trace.nodes * trace.nodes; i++) {
		uint64_t fetch = n->fill[CACHES_FETCH][i], load = n->fill[CACHES_LOAD][i],
			 store = n->fill[CACHES_STORE][i];

		if (fetch | load | store | n->writeback[i] | n->transfer[i])
			fprintf(f,
				"c %c lines %d %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
				"\n",
				mode, trace.nid[i / trace.nodes], trace.nid[i % trace.nodes], fetch, load,
				store, n->writeback[i], n->transfer[i]);
	}
}

void cached_print(FILE *f, unsigned interval)
{
	for (unsigned m = 0; m < MODES; m++)
		if (of[interval][m].nodes)
			print_mode(f, m == MODE_USER ? 'u' : 'k', &of[interval][m]);
}
