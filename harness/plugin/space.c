/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address spaces, by the physical address of their page table's root (CR3): named regions of one or of all, and in a run
 * of a user's program its pages. Nothing of this costs anything before the first region is named.
 *
 * The root's page may be another process's later: whoever makes a page table writes the kernel's half of its root, which
 * nobody does to one in use. What was known of the old is forgotten then.
 */
#include "plugin/space.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/cpus.h"
#include "plugin/region.h"
#include "plugin/registers.h"
#include "wire/mark.h"

#define PAGE_SHIFT 12
#define PAGE_MASK ((UINT64_C(1) << 36) - 1) /* of page numbers */
#define USER_TOP (1ull << 47)
/* Where Linux on x86-64 without randomization leaves the path that was executed: the end of the stack, above its 8 bytes */
#define EXEC_NAME_END 0x7fffffffeff8ull
#define NAME_BYTES 256
#define AGENT "/init"

static struct space *hash[2 * TRACE_SPACES];
static unsigned spaces;
static uint64_t roots[1024]; /* bits by root >> PAGE_SHIFT, folded: which pages to look at */
static struct space everywhere;

static struct program {
	char name[NAME_BYTES];
} * program[TRACE_PROGRAMS];
static unsigned programs;

struct page {
	uint64_t key; /* 0: free */
	uint64_t n[MODES][KINDS];
};
static struct page *pages, *last_page[KINDS];
static size_t page_slots, page_count;

static unsigned root_bit(uint64_t cr3)
{
	return (unsigned)(cr3 >> PAGE_SHIFT) % (64 * 1024);
}

void space_watch(void)
{
	if (trace.spaces)
		return;
	trace.spaces = true;
	cpu_forget_spaces();
}

static struct space **slot(uint64_t cr3)
{
	size_t i = (size_t)((cr3 >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ull >> 40) % (2 * TRACE_SPACES);

	while (hash[i] && hash[i]->cr3 != cr3)
		i = (i + 1) % (2 * TRACE_SPACES);
	return &hash[i];
}

static struct space *make(uint64_t cr3)
{
	struct space **s = slot(cr3);

	if (!*s && spaces < TRACE_SPACES) {
		*s = calloc(1, sizeof(**s));
		if (*s) {
			(*s)->cr3 = cr3;
			spaces++;
		}
	}
	if (*s)
		roots[root_bit(cr3) / 64] |= 1ull << root_bit(cr3) % 64;
	else
		trace.full = true;
	return *s;
}

struct space *space_of(uint64_t cr3)
{
	struct space *s = trace.pages || everywhere.ranges ? make(cr3) : *slot(cr3);

	return s && (trace.pages || everywhere.ranges || s->ranges) ? s : NULL;
}

void space_region(uint64_t cr3, const char *name, uint64_t from, uint64_t bytes)
{
	struct space *s = cr3 ? make(cr3) : &everywhere;
	unsigned r = region_find(name);

	for (unsigned i = 0; s && i < s->ranges; i++)
		if (s->range[i].from == from && s->range[i].to == from + bytes && s->range[i].region == r)
			return; /* named once more */
	struct range *more =
		s && r < TRACE_REGIONS ? realloc(s->range, (s->ranges + 1) * sizeof(*more)) : NULL;

	if (!more) {
		trace.full = true;
		return;
	}
	s->range = more;
	s->range[s->ranges++] = (struct range){ from, from + bytes, r };
	space_watch();
	cpu_forget_spaces();
}

void space_stored(uint64_t physical)
{
	unsigned bit = root_bit(physical);
	struct space *s;

	if (!(roots[bit / 64] >> bit % 64 & 1) || !(physical >> (PAGE_SHIFT - 1) & 1))
		return;
	s = *slot(physical >> PAGE_SHIFT << PAGE_SHIFT);
	if (!s || (!s->named && !s->ranges))
		return;
	s->named = false;
	free(s->range);
	s->range = NULL;
	s->ranges = 0;
	cpu_forget_spaces();
}

/* --- programs ---------------------------------------------------------------------------------------------------------- */
static void learn_program(struct space *s)
{
	const uint8_t *bytes = cpu_memory(EXEC_NAME_END - NAME_BYTES, NAME_BYTES);
	const char *name = "?";

	s->named = true;
	if (bytes && !bytes[NAME_BYTES - 1]) {
		name = (const char *)bytes + NAME_BYTES - 1;
		while (name > (const char *)bytes && name[-1])
			name--;
	}
	s->agent = !strcmp(name, AGENT);
	for (s->program = 0; s->program < programs; s->program++)
		if (!strcmp(program[s->program]->name, name))
			return;
	struct program *p = programs < TRACE_PROGRAMS ? calloc(1, sizeof(*p)) : NULL;
	if (!p) {
		trace.full = true;
		s->program = TRACE_PROGRAMS;
		return;
	}
	snprintf(p->name, sizeof(p->name), "%s", name);
	program[programs++] = p;
}

/* --- pages -------------------------------------------------------------------------------------------------------------- */
/* program + 1, page, the CPU's node and the memory's: in the order in which they are printed */
static uint64_t page_key(unsigned prog, uint64_t at, unsigned from, unsigned to)
{
	return (uint64_t)(prog + 1) << 50 | (at >> PAGE_SHIFT & PAGE_MASK) << 14 | from << 7 | to;
}

static struct page *page_slot(struct page *table, size_t slots, uint64_t key)
{
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ull >> 32) & (slots - 1);

	while (table[i].key && table[i].key != key)
		i = (i + 1) & (slots - 1);
	return &table[i];
}

static bool grow(void)
{
	size_t slots = page_slots ? page_slots * 2 : 4096;
	struct page *more = slots <= 2 * TRACE_PAGES ? calloc(slots, sizeof(*more)) : NULL;

	if (!more)
		return false;
	for (size_t i = 0; i < page_slots; i++)
		if (pages[i].key)
			*page_slot(more, slots, pages[i].key) = pages[i];
	free(pages);
	memset(last_page, 0, sizeof(last_page));
	pages = more;
	page_slots = slots;
	return true;
}

static void page_add(const struct cpu *c, enum mode mode, enum kind kind, unsigned column, uint64_t at,
		     int64_t by)
{
	uint64_t key = page_key(c->space->program, at, column_at(c->column), column_at(column));
	struct page *p = last_page[kind];

	if (!p || p->key != key) {
		if (2 * page_count >= page_slots && !grow()) {
			trace.full = true;
			return;
		}
		p = page_slot(pages, page_slots, key);
		page_count += !p->key;
		p->key = key;
		last_page[kind] = p;
	}
	p->n[mode][kind] += (uint64_t)by;
}

/* --- counting ------------------------------------------------------------------------------------------------------------- */
static bool pages_of(const struct space *s)
{
	return trace.pages && s->named && s->program < TRACE_PROGRAMS && trace.inside;
}

static void ranges_insns(const struct cpu *c, const struct space *s, unsigned first, int sign)
{
	const struct block *b = c->block;
	uint64_t end = c->block_at + b->bytes;

	for (unsigned k = 0; k < s->ranges; k++) {
		const struct range *r = &s->range[k];

		if (end <= r->from || c->block_at >= r->to)
			continue;
		uint64_t *row = region_row(r->region, c, b->mode, KIND_FETCH);

		for (unsigned i = first; i < b->n; i++) {
			uint64_t at = c->block_at + ((b->insn[i].at - b->insn[0].at) & 4095u);

			if (at >= r->from && at < r->to)
				row[column_at(b->insn[i].node)] += (uint64_t)(int64_t)sign;
		}
	}
}

void space_insns(struct cpu *c, unsigned first, int sign)
{
	const struct block *b = c->block;

	if (!c->space->named)
		learn_program(c->space);
	ranges_insns(c, c->space, first, sign);
	if (!c->space->agent)
		ranges_insns(c, &everywhere, first, sign);
	if (!pages_of(c->space))
		return;
	for (unsigned i = first; i < b->n;) {
		uint64_t at = c->block_at + ((b->insn[i].at - b->insn[0].at) & 4095u);
		unsigned k = i;

		while (i < b->n && b->insn[i].node == b->insn[k].node && b->insn[i].at >= b->insn[k].at)
			i++;
		page_add(c, b->mode, KIND_FETCH, b->insn[k].node, at, (int64_t)(i - k) * sign);
	}
}

static void ranges_access(const struct cpu *c, const struct space *s, enum mode mode, enum kind kind,
			  unsigned column, uint64_t at)
{
	for (unsigned k = 0; k < s->ranges; k++)
		if (at >= s->range[k].from && at < s->range[k].to)
			region_row(s->range[k].region, c, mode, kind)[column_at(column)]++;
}

void space_access(struct cpu *c, enum kind kind, enum mode mode, unsigned column, uint64_t at)
{
	if (at >= USER_TOP)
		return;
	ranges_access(c, c->space, mode, kind, column, at);
	if (c->space->named && !c->space->agent)
		ranges_access(c, &everywhere, mode, kind, column, at);
	if (pages_of(c->space))
		page_add(c, mode, kind, column, at, 1);
}

/* --- the file --------------------------------------------------------------------------------------------------------------- */
static int by_key(const void *a, const void *b)
{
	const struct page *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static int nid_at(unsigned at)
{
	return at < trace.nodes ? trace.nid[at] : -1;
}

void space_print(FILE *f)
{
	size_t n = 0;

	for (size_t i = 0; i < page_slots; i++)
		if (pages[i].key)
			pages[n++] = pages[i];
	qsort(pages, n, sizeof(*pages), by_key);
	for (size_t i = 0; i < n; i++) {
		const struct page *p = &pages[i];
		unsigned prog = (unsigned)(p->key >> 50) - 1;

		if (!i || prog != (unsigned)(p[-1].key >> 50) - 1)
			fprintf(f, "program %s\n", program[prog]->name);
		fprintf(f, "p %" PRIx64 " %d %d", (uint64_t)p->key >> 14 & PAGE_MASK,
			nid_at(p->key >> 7 & 127), nid_at(p->key & 127));
		for (unsigned m = MODES; m--;)
			for (unsigned k = 0; k < KINDS; k++)
				fprintf(f, " %" PRIu64, p->n[m][k]);
		fprintf(f, "\n");
	}
}
