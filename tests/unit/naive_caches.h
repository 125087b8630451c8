/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of trace/caches.h once more, by other means: no order in the sets but the time of the last use, no flags but
 * "dirty", nothing remembered of who has what. Whatever is asked is looked for in every cache of the machine.
 */
#ifndef NUMARIG_TESTS_NAIVE_CACHES_H
#define NUMARIG_TESTS_NAIVE_CACHES_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "trace/caches.h"

struct naive_line {
	bool there, dirty;
	uint64_t line, used;
	unsigned home;
};

struct naive_cache {
	struct naive_line *v; /* NULL: there is none */
	uint64_t sets, ways;
};

struct naive {
	struct caches_geometry g;
	unsigned nodes, cpus;
	const unsigned *node; /* by CPU */
	struct naive_cache own[256][CACHES_LLC], llc[CACHES_NODES_MAX];
	uint64_t now;
};

static struct naive_cache naive_cache(const struct caches_geometry *g, enum caches_level l)
{
	struct naive_cache c = { .ways = g->ways[l], .sets = g->bytes[l] / g->line / g->ways[l] };

	if (c.sets)
		c.v = xcalloc(c.sets * c.ways, sizeof(*c.v));
	return c;
}

static void naive_init(struct naive *m, const struct caches_geometry *g, unsigned nodes, unsigned cpus,
		       const unsigned *node)
{
	*m = (struct naive){ .g = *g, .nodes = nodes, .cpus = cpus, .node = node };
	for (unsigned i = 0; i < cpus; i++)
		for (unsigned l = 0; l < CACHES_LLC; l++)
			m->own[i][l] = naive_cache(g, l);
	for (unsigned i = 0; i < nodes; i++)
		m->llc[i] = naive_cache(g, CACHES_LLC);
}

static void naive_end(struct naive *m)
{
	for (unsigned i = 0; i < m->cpus; i++)
		for (unsigned l = 0; l < CACHES_LLC; l++)
			free(m->own[i][l].v);
	for (unsigned i = 0; i < m->nodes; i++)
		free(m->llc[i].v);
}

static struct naive_line *naive_find(struct naive_cache *c, uint64_t line)
{
	struct naive_line *set = c->v ? &c->v[line % c->sets * c->ways] : NULL;

	for (uint64_t i = 0; set && i < c->ways; i++)
		if (set[i].there && set[i].line == line)
			return &set[i];
	return NULL;
}

/* Whether it was there; *dirty becomes true when it was dirty. */
static bool naive_drop(struct naive_cache *c, uint64_t line, bool *dirty)
{
	struct naive_line *l = naive_find(c, line);

	if (!l)
		return false;
	*dirty |= l->dirty;
	l->there = false;
	return true;
}

static bool naive_drop_own(struct naive *m, unsigned cpu, uint64_t line, bool *dirty)
{
	bool had = false;

	for (unsigned l = 0; l < CACHES_LLC; l++)
		had |= naive_drop(&m->own[cpu][l], line, dirty);
	return had;
}

static bool naive_clean(struct naive_cache *c, uint64_t line)
{
	struct naive_line *l = naive_find(c, line);
	bool was = l && l->dirty;

	if (l)
		l->dirty = false;
	return was;
}

/* Puts it in; what had to go. */
static struct naive_line naive_put(struct naive *m, struct naive_cache *c, uint64_t line, unsigned home,
				   bool dirty)
{
	struct naive_line *set = &c->v[line % c->sets * c->ways], *oldest = set, gone;

	for (uint64_t i = 1; i < c->ways; i++)
		if (oldest->there && (!set[i].there || set[i].used < oldest->used))
			oldest = &set[i];
	gone = *oldest;
	*oldest = (struct naive_line){
		.there = true, .dirty = dirty, .line = line, .used = ++m->now, .home = home
	};
	return gone;
}

/* Dirty in one of the own caches of the node's CPUs, but `cpu`: it is clean then. */
static bool naive_clean_others(struct naive *m, unsigned node, unsigned cpu, uint64_t line)
{
	bool was = false;

	for (unsigned i = 0; i < m->cpus; i++)
		for (unsigned l = 0; l < CACHES_LLC; l++)
			if (m->node[i] == node && i != cpu)
				was |= naive_clean(&m->own[i][l], line);
	return was;
}

static void naive_llc(struct naive *m, struct caches_count *to, unsigned cpu, enum caches_kind kind,
		      uint64_t line, unsigned home)
{
	unsigned node = m->node[cpu], n = m->nodes;
	struct naive_line *l = naive_find(&m->llc[node], line);
	bool dirty = false;

	to->access[CACHES_LLC]++;
	if (l) {
		l->used = ++m->now;
		if (naive_clean_others(m, node, cpu, line)) {
			to->transfer[node * n + node]++;
			l->dirty = true;
		}
		return;
	}
	to->miss[CACHES_LLC]++;
	for (unsigned k = 0; k < n; k++) {
		bool here = naive_clean(&m->llc[k], line) | naive_clean_others(m, k, ~0u, line);

		assert(!here || !dirty); /* one at most */
		if (!here)
			continue;
		dirty = true;
		to->transfer[node * n + k]++;
		if (kind != CACHES_STORE)
			to->writeback[k * n + home]++;
	}
	if (!dirty)
		to->fill[kind][node * n + home]++;
	struct naive_line gone = naive_put(m, &m->llc[node], line, home, dirty && kind == CACHES_STORE);
	for (unsigned i = 0; gone.there && i < m->cpus; i++)
		if (m->node[i] == node)
			naive_drop_own(m, i, gone.line, &gone.dirty);
	if (gone.there && gone.dirty)
		to->writeback[node * n + gone.home]++;
}

static void naive_l2(struct naive *m, struct caches_count *to, unsigned cpu, enum caches_kind kind,
		     uint64_t line, unsigned home)
{
	struct naive_cache *l2 = &m->own[cpu][CACHES_L2];
	struct naive_line *l = naive_find(l2, line), gone;

	to->access[CACHES_L2] += l2->v != NULL;
	if (l) {
		l->used = ++m->now;
		return;
	}
	to->miss[CACHES_L2] += l2->v != NULL;
	naive_llc(m, to, cpu, kind, line, home);
	if (!l2->v)
		return;
	gone = naive_put(m, l2, line, home, false);
	if (!gone.there)
		return;
	naive_drop(&m->own[cpu][CACHES_L1I], gone.line, &gone.dirty);
	naive_drop(&m->own[cpu][CACHES_L1D], gone.line, &gone.dirty);
	if (gone.dirty)
		naive_find(&m->llc[m->node[cpu]], gone.line)->dirty = true;
}

static void naive_store(struct naive *m, struct caches_count *to, unsigned cpu, uint64_t line)
{
	bool dirty = false;

	for (unsigned i = 0; i < m->cpus; i++)
		to->dropped += i != cpu && naive_drop_own(m, i, line, &dirty);
	for (unsigned k = 0; k < m->nodes; k++)
		if (k != m->node[cpu])
			naive_drop(&m->llc[k], line, &dirty);
	assert(!dirty); /* it came with the line */
	naive_drop(&m->own[cpu][CACHES_L1I], line, &dirty);
	naive_find(&m->own[cpu][CACHES_L1D], line)->dirty = true;
}

static void naive_touch(struct naive *m, struct caches_count *to, unsigned cpu, enum caches_kind kind,
			uint64_t addr, unsigned bytes, unsigned home)
{
	enum caches_level level = kind == CACHES_FETCH ? CACHES_L1I : CACHES_L1D;

	for (uint64_t line = addr / m->g.line; line <= (addr + bytes - 1) / m->g.line; line++) {
		struct naive_line *l = naive_find(&m->own[cpu][level], line), gone;

		to->access[level]++;
		if (l) {
			l->used = ++m->now;
		} else {
			to->miss[level]++;
			naive_l2(m, to, cpu, kind, line, home);
			gone = naive_put(m, &m->own[cpu][level], line, home, false);
			l = gone.there && gone.dirty ? naive_find(&m->own[cpu][CACHES_L2], gone.line) : NULL;
			if (gone.there && gone.dirty && !l)
				l = naive_find(&m->llc[m->node[cpu]], gone.line);
			if (l)
				l->dirty = true;
		}
		if (kind == CACHES_STORE)
			naive_store(m, to, cpu, line);
	}
}

#endif
