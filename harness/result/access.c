/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "result/access.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/text.h"
#include "wire/procfs_scan.h"

#define ACCESS_MOST (256u << 20)

struct parser {
	struct scan s;
	struct access *out;
	struct access_interval *interval; /* at hand */
	struct access_region *region;
	struct access_program *program;
	bool ended;
	struct err *err;
};

static void pairs_free(struct access_pairs *p)
{
	free(p->v);
	*p = (struct access_pairs){ 0 };
}

void access_regions_free(struct access_regions *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].name);
		pairs_free(&r->v[i].pairs);
	}
	free(r->v);
	*r = (struct access_regions){ 0 };
}

void access_free(struct access *a)
{
	for (size_t i = 0; i < a->intervals; i++) {
		free(a->interval[i].name);
		pairs_free(&a->interval[i].pairs);
		access_regions_free(&a->interval[i].regions);
		for (unsigned m = 0; m < ACCESS_MODES; m++)
			access_caches_free(&a->interval[i].caches[m]);
	}
	for (size_t i = 0; i < a->programs; i++) {
		free(a->program[i].name);
		free(a->program[i].page);
	}
	free(a->interval);
	free(a->program);
	free(a->nid);
	free(a->cpu);
	*a = (struct access){ 0 };
}

const struct access_interval *access_interval(const struct access *a, const char *name)
{
	for (size_t i = 0; i < a->intervals; i++)
		if (!strcmp(a->interval[i].name, name))
			return &a->interval[i];
	return NULL;
}

const struct access_region *access_region(const struct access_regions *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->v[i].name, name))
			return &r->v[i];
	return NULL;
}

struct access_region *access_region_make(struct access_regions *r, const char *name)
{
	const struct access_region *is = access_region(r, name);

	if (is)
		return &r->v[is - r->v];
	r->v = xrealloc(r->v, (r->n + 1) * sizeof(*r->v));
	r->v[r->n] = (struct access_region){ .name = xstrdup(name) };
	return &r->v[r->n++];
}

static int order(const struct access_pair *a, const struct access_pair *b)
{
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu ? -1 : 1;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return a->to < b->to ? -1 : a->to > b->to;
}

void access_pairs_add(struct access_pairs *to, const struct access_pair *p)
{
	size_t i = to->n;

	while (i && order(p, &to->v[i - 1]) < 0)
		i--;
	if (!i || order(p, &to->v[i - 1])) {
		to->v = xrealloc(to->v, (to->n + 1) * sizeof(*to->v));
		memmove(to->v + i + 1, to->v + i, (to->n - i) * sizeof(*to->v));
		to->n++;
		to->v[i] = *p;
		return;
	}
	for (unsigned m = 0; m < ACCESS_MODES; m++)
		for (unsigned k = 0; k < ACCESS_KINDS; k++)
			to->v[i - 1].n[m][k] += p->n[m][k];
}

/* --- lines ------------------------------------------------------------------------------------------------------------- */
/* A nid, or -1. */
static bool scan_to(struct scan *s, int *nid)
{
	unsigned n;

	if (scan_text(s, "-1")) {
		*nid = -1;
		return true;
	}
	if (!scan_nid(s, &n))
		return false;
	*nid = (int)n;
	return true;
}

/* "u l NID COUNT" to the line's end */
static bool scan_count(struct scan *s, struct access_pair *p)
{
	static const char *const modes[] = { [ACCESS_KERNEL] = "k ", [ACCESS_USER] = "u " };
	static const char *const kinds[] = {
		[ACCESS_LOAD] = "l ", [ACCESS_STORE] = "s ", [ACCESS_FETCH] = "f "
	};
	unsigned m = 0, k = 0;

	while (m < ACCESS_MODES && !scan_text(s, modes[m]))
		m++;
	while (k < ACCESS_KINDS && !scan_text(s, kinds[k]))
		k++;
	return m < ACCESS_MODES && k < ACCESS_KINDS && scan_to(s, &p->to) && scan_blanks(s) &&
	       scan_u64(s, &p->n[m][k]) && scan_end(s);
}

static const struct access_cpu *cpu_of(const struct access *a, unsigned cpu)
{
	for (size_t i = 0; i < a->cpus; i++)
		if (a->cpu[i].cpu == (int)cpu)
			return &a->cpu[i];
	return NULL;
}

static bool line_count(struct parser *p)
{
	struct access_pair pair = { 0 };
	const struct access_cpu *c;
	unsigned cpu;

	if (!scan_nid(&p->s, &cpu) || !scan_blanks(&p->s) || !scan_count(&p->s, &pair))
		return false;
	c = cpu_of(p->out, cpu);
	if (!c || !p->interval || p->region) {
		p->s.why = "a count of no interval, or of a CPU that was not named";
		return false;
	}
	pair.cpu = c->cpu;
	pair.from = c->nid;
	access_pairs_add(&p->interval->pairs, &pair);
	return true;
}

static bool line_region_count(struct parser *p)
{
	struct access_pair pair = { .cpu = -1 };

	if (!scan_to(&p->s, &pair.from) || !scan_blanks(&p->s) || !scan_count(&p->s, &pair))
		return false;
	if (!p->region) {
		p->s.why = "a count of no region";
		return false;
	}
	access_pairs_add(&p->region->pairs, &pair);
	return true;
}

static bool line_page(struct parser *p)
{
	struct access_page page = { .pair.cpu = -1 };
	struct scan *s = &p->s;

	if (!scan_hex(s, &page.number) || !scan_blanks(s) || !scan_to(s, &page.pair.from) ||
	    !scan_blanks(s) || !scan_to(s, &page.pair.to))
		return false;
	for (unsigned m = ACCESS_MODES; m--;)
		for (unsigned k = 0; k < ACCESS_KINDS; k++)
			if (!scan_blanks(s) || !scan_u64(s, &page.pair.n[m][k]))
				return false;
	if (!scan_end(s) || !p->program)
		return false;
	struct access_program *g = p->program;
	if (!(g->pages & (g->pages - 1)))
		g->page = scan_grow(g->page, g->pages, sizeof(*g->page));
	g->page[g->pages++] = page;
	return true;
}

/* The rest of the line, at least one character. */
static char *rest(struct scan *s)
{
	char *name = s->end > s->p ? scan_copy(s->p, (size_t)(s->end - s->p)) : NULL;

	s->p = s->end;
	return name;
}

static bool line_interval(struct parser *p)
{
	struct access *a = p->out;
	char *name = rest(&p->s);

	if (!name)
		return false;
	a->interval = xrealloc(a->interval, (a->intervals + 1) * sizeof(*a->interval));
	p->interval = &a->interval[a->intervals++];
	*p->interval = (struct access_interval){ .name = name };
	p->region = NULL;
	return true;
}

static bool line_region(struct parser *p)
{
	auto_free char *name = p->interval ? rest(&p->s) : NULL;

	if (name)
		p->region = access_region_make(&p->interval->regions, name);
	return name;
}

static bool line_program(struct parser *p)
{
	struct access *a = p->out;
	char *name = rest(&p->s);

	if (!name)
		return false;
	a->program = xrealloc(a->program, (a->programs + 1) * sizeof(*a->program));
	p->program = &a->program[a->programs++];
	*p->program = (struct access_program){ .name = name };
	return true;
}

static bool line_node(struct parser *p)
{
	struct access *a = p->out;
	unsigned nid;

	if (!scan_nid(&p->s, &nid) || !scan_end(&p->s))
		return false;
	a->nid = xrealloc(a->nid, (a->nids + 1) * sizeof(*a->nid));
	a->nid[a->nids++] = (int)nid;
	return true;
}

static bool line_cpu(struct parser *p)
{
	struct access *a = p->out;
	struct access_cpu c;
	unsigned cpu;

	if (scan_text(&p->s, "-1 ")) {
		p->s.why = "a CPU that QEMU did not tell which it is";
		return false;
	}
	if (!scan_nid(&p->s, &cpu) || !scan_blanks(&p->s) || !scan_to(&p->s, &c.nid) || !scan_end(&p->s))
		return false;
	c.cpu = (int)cpu;
	if (c.nid < 0 || cpu_of(a, cpu)) {
		p->s.why = "a CPU of no node, or one named twice";
		return false;
	}
	a->cpu = xrealloc(a->cpu, (a->cpus + 1) * sizeof(*a->cpu));
	a->cpu[a->cpus++] = c;
	return true;
}

/* A count of what went wrong: 0, or the trace is not to be believed. */
static bool line_trouble(struct parser *p, const char *why)
{
	uint64_t n;

	if (!scan_u64(&p->s, &n) || !scan_end(&p->s))
		return false;
	if (n)
		p->s.why = why;
	return !n;
}

static bool take(struct parser *p)
{
	struct scan *s = &p->s;

	if (scan_text(s, "n "))
		return line_count(p);
	if (scan_text(s, "p "))
		return line_page(p);
	if (p->interval && scan_text(s, "c "))
		return p->interval->cached = access_caches_line(s, p->interval->caches);
	if (scan_text(s, "r "))
		return line_region_count(p);
	if (scan_text(s, "interval "))
		return line_interval(p);
	if (scan_text(s, "region "))
		return line_region(p);
	if (scan_text(s, "program "))
		return line_program(p);
	if (scan_text(s, "node "))
		return line_node(p);
	if (scan_text(s, "cpu "))
		return line_cpu(p);
	if (scan_text(s, "lost "))
		return line_trouble(p, "accesses whose CPU or memory could not be found out");
	if (scan_text(s, "unmatched "))
		return line_trouble(p, "faults of an instruction that did not run");
	if (scan_text(s, "full "))
		return line_trouble(p, "more intervals, regions or pages than the trace has room for");
	p->ended = scan_text(s, "end") && scan_end(s);
	return p->ended;
}

int access_parse(const char *text, struct access *out, struct err *err)
{
	struct parser p = { .out = out, .err = err };
	int r;

	*out = (struct access){ 0 };
	scan_init(&p.s, "access trace", text);
	r = scan_line_some(&p.s, err);
	if (r > 0 && !(scan_text(&p.s, "numarig-access 1") && scan_end(&p.s)))
		r = scan_fail(&p.s, err, "want \"numarig-access 1\"");
	while (r > 0 && (r = scan_line(&p.s, err)) > 0) {
		p.s.why = NULL;
		if (p.ended || !take(&p))
			r = scan_fail(&p.s, err, "see harness/result/access.h");
	}
	if (!r && !p.ended)
		r = err_set(err, -EBADMSG, "access trace: is cut short");
	if (r) {
		access_free(out);
		err->code = -EBADMSG;
	}
	return r ? -EBADMSG : 0;
}

int access_read(const char *path, struct access *out, struct err *err)
{
	auto_text struct text t = { 0 };

	*out = (struct access){ 0 };
	if (!path_exists(path))
		return err_set(err, -EBADMSG,
			       "access trace: there is none: the guest did not run to its end");
	return file_read(path, ACCESS_MOST, &t, err) ? err->code : access_parse(text_str(&t), out, err);
}
