/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counters: each CPU's of the running interval in the CPU itself, each region's here; what an interval ends with is added
 * to those of its name.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/trace.h"
#include "wire/mark.h"

#define REGION_BYTES_MOST (64u << 20) /* of all regions in all intervals */

struct counts {
	uint64_t n[MODES][KINDS][TRACE_COLUMNS];
};

static struct interval {
	char name[MARK_NAME_MAX + 1];
	struct counts *cpu[TRACE_CPUS];
	uint64_t *region[TRACE_REGIONS];
} interval[TRACE_INTERVALS] = { { .name = "" } }; /* the first: outside of all */
static unsigned intervals = 1;

static struct {
	char name[MARK_NAME_MAX + 1];
	uint64_t *n; /* of the running interval */
} region[TRACE_REGIONS];
static unsigned regions;
static size_t region_bytes; /* allocated */
static bool inside, stopped;

bool count_inside(void)
{
	return inside && !stopped;
}

bool count_stopped(void)
{
	return stopped;
}

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

/* --- regions ------------------------------------------------------------------------------------------------------------ */
static size_t columns(void)
{
	return trace.nodes + 1;
}

static size_t region_size(void)
{
	return columns() * MODES * KINDS * columns() * sizeof(uint64_t);
}

static uint64_t *region_alloc(void)
{
	uint64_t *n = NULL;

	if (region_bytes + region_size() <= REGION_BYTES_MOST)
		n = calloc(1, region_size());
	if (n)
		region_bytes += region_size();
	else
		trace.full = true;
	return n;
}

unsigned region_find(const char *name)
{
	for (unsigned i = 0; i < regions; i++)
		if (!strcmp(region[i].name, name))
			return i;
	if (regions == TRACE_REGIONS || !(region[regions].n = region_alloc())) {
		trace.full = true;
		return TRACE_REGIONS;
	}
	snprintf(region[regions].name, sizeof(region[regions].name), "%s", name);
	return regions++;
}

uint64_t *region_row(unsigned r, const struct cpu *c, enum mode mode, enum kind kind)
{
	if (c->column == TRACE_NONE)
		trace.lost++; /* it did something before it was told apart */
	return region[r].n + ((column_at(c->column) * MODES + mode) * KINDS + kind) * columns();
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
	for (unsigned i = 0; i < regions; i++) {
		if (!v->region[i])
			v->region[i] = region_alloc();
		if (v->region[i])
			add(v->region[i], region[i].n, region_size() / sizeof(uint64_t));
	}
}

void count_begin(void)
{
	flush(&interval[0]);
	inside = true;
}

void count_close(const char *name, bool next)
{
	struct interval *v = named(name);

	flush(inside ? v : &interval[0]);
	inside = next;
}

/* --- the file ------------------------------------------------------------------------------------------------------------ */
static const char modes[MODES] = { [MODE_KERNEL] = 'k', [MODE_USER] = 'u' };
static const char kinds[KINDS] = { [KIND_LOAD] = 'l', [KIND_STORE] = 's', [KIND_FETCH] = 'f' };

static int nid_of(unsigned column)
{
	return column < trace.nodes ? trace.nid[column] : -1;
}

static void print_cpu(FILE *f, const struct cpu *c, const struct counts *n)
{
	for (unsigned m = 0; m < MODES; m++)
		for (unsigned k = 0; k < KINDS; k++)
			for (unsigned i = 0; i < TRACE_COLUMNS; i++)
				if (n->n[m][k][i])
					fprintf(f, "n %d %c %c %d %" PRIu64 "\n", c->index, modes[m],
						kinds[k], nid_of(i), n->n[m][k][i]);
}

static void print_region(FILE *f, unsigned r, const uint64_t *n)
{
	fprintf(f, "region %s\n", region[r].name);
	for (unsigned i = 0; i < region_size() / sizeof(*n); i++) {
		unsigned to = i % (unsigned)columns(), row = i / (unsigned)columns();

		if (n[i])
			fprintf(f, "r %d %c %c %d %" PRIu64 "\n", nid_of(row / KINDS / MODES),
				modes[row / KINDS % MODES], kinds[row % KINDS], nid_of(to), n[i]);
	}
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
				fprintf(f, "cpu %d %d\n", index, nid_of(cpu_at(i)->column));
	for (unsigned v = 0; v < intervals; v++) {
		fprintf(f, "interval %s\n", v ? interval[v].name : "-");
		for (int index = -1; index < TRACE_CPUS; index++)
			for (unsigned i = 0; i < cpu_count(); i++)
				if (cpu_at(i)->index == index && interval[v].cpu[i])
					print_cpu(f, cpu_at(i), interval[v].cpu[i]);
		cached_print(f, v);
		for (unsigned r = 0; r < regions; r++)
			if (interval[v].region[r])
				print_region(f, r, interval[v].region[r]);
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
	f = fopen(trace.out, "we");
	if (f)
		print(f);
	if (!f || ferror(f) || fclose(f))
		fprintf(stderr, "trace: %s: %s\n", trace.out, strerror(errno));
}
