/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters: those of the running interval are in each CPU and in region.c; at the interval's end they are added to the
 * interval of its name.
 */
#include "plugin/count.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/cached.h"
#include "plugin/cpus.h"
#include "plugin/region.h"
#include "plugin/space.h"
#include "wire/mark.h"

struct counts {
	uint64_t n[MODES][KINDS][TRACE_COLUMNS];
};

static struct interval {
	char name[MARK_NAME_MAX + 1];
	struct counts *cpu[TRACE_CPUS];
	uint64_t *region[TRACE_REGIONS];
} interval[TRACE_INTERVALS] = { { .name = "" } }; /* the first: outside of all */
static unsigned intervals = 1;

static bool stopped;

void count_insns(struct cpu *c, unsigned first, int sign)
{
	const struct block *b = c->block;

	if (!(b->flags & BLOCK_SPLIT))
		c->n[b->mode][KIND_FETCH][b->node] += (uint64_t)((int64_t)(b->n - first) * sign);
	else
		for (unsigned i = first; i < b->n; i++)
			c->n[b->mode][KIND_FETCH][b->insn[i].node] += (uint64_t)(int64_t)sign;
	if (c->space && b->mode == MODE_USER)
		space_insns(c, first, sign);
}

/* --- intervals ---------------------------------------------------------------------------------------------------------- */
static struct interval *named(const char *name)
{
	for (unsigned i = 0; i < intervals; i++)
		if (!strcmp(interval[i].name, name))
			return &interval[i];
	if (intervals == TRACE_INTERVALS) {
		trace.full = true;
		return &interval[0];
	}
	snprintf(interval[intervals].name, sizeof(interval[0].name), "%s", name);
	return &interval[intervals++];
}

static void add(uint64_t *to, uint64_t *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += from[i];
	memset(from, 0, n * sizeof(*from));
}

static void flush(struct interval *v)
{
	cached_flush((unsigned)(v - interval));
	for (unsigned i = 0; i < cpu_count(); i++) {
		if (!v->cpu[i])
			v->cpu[i] = calloc(1, sizeof(*v->cpu[i]));
		if (v->cpu[i])
			add(&v->cpu[i]->n[0][0][0], &cpu_at(i)->n[0][0][0],
			    sizeof(struct counts) / sizeof(uint64_t));
		else
			trace.full = true;
	}
	for (unsigned i = 0; i < region_count(); i++)
		region_flush(i, &v->region[i]);
}

void count_begin(void)
{
	flush(&interval[0]);
	trace.inside = !stopped;
}

void count_close(const char *name, bool next)
{
	struct interval *v = named(name);

	flush(trace.inside ? v : &interval[0]);
	trace.inside = next && !stopped;
}

/* --- the file ------------------------------------------------------------------------------------------------------------ */
static void print_cpu(FILE *f, const struct cpu *c, const struct counts *n)
{
	for (unsigned m = 0; m < MODES; m++)
		for (unsigned k = 0; k < KINDS; k++)
			for (unsigned i = 0; i < TRACE_COLUMNS; i++)
				if (n->n[m][k][i])
					fprintf(f, "n %d %c %c %d %" PRIu64 "\n", c->index, trace_modes[m],
						trace_kinds[k], trace_nid(i), n->n[m][k][i]);
}

static void print(FILE *f)
{
	fprintf(f, "numarig-access 1\n");
	for (unsigned i = 0; i < trace.nodes; i++)
		fprintf(f, "node %d\n", trace.nid[i]);
	/* in QEMU's order, which is no order of ours: -1 first, then by index */
	for (int index = -1; index < TRACE_CPUS; index++)
		for (unsigned i = 0; i < cpu_count(); i++)
			if (cpu_at(i)->index == index)
				fprintf(f, "cpu %d %d\n", index, trace_nid(cpu_at(i)->column));
	for (unsigned v = 0; v < intervals; v++) {
		fprintf(f, "interval %s\n", v ? interval[v].name : "-");
		for (int index = -1; index < TRACE_CPUS; index++)
			for (unsigned i = 0; i < cpu_count(); i++)
				if (cpu_at(i)->index == index && interval[v].cpu[i])
					print_cpu(f, cpu_at(i), interval[v].cpu[i]);
		cached_print(f, v);
		for (unsigned r = 0; r < region_count(); r++)
			if (interval[v].region[r])
				region_print(f, r, interval[v].region[r]);
	}
	space_print(f);
	fprintf(f, "lost %" PRIu64 "\nunmatched %" PRIu64 "\nfull %d\nend\n", trace.lost, trace.unmatched,
		trace.full);
}

void count_stop(void)
{
	FILE *f;

	if (stopped)
		return;
	flush(&interval[0]);
	stopped = true;
	trace.inside = false;
	f = fopen(trace.out, "we");
	if (f)
		print(f);
	if (!f || ferror(f) || fclose(f))
		fprintf(stderr, "trace: %s: %s\n", trace.out, strerror(errno));
}
