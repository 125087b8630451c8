/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/caches.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "trace/caches_level.h"

struct cpu {
	struct level own[CACHES_LLC]; /* L1i, L1d, L2 */
	unsigned node;
	uint64_t
		bit; /* 64 of them a node: with more CPUs some share one, which costs looks and nothing else */
	bool shares;
};

struct caches {
	unsigned nodes, cpus, line_shift;
	struct cpu *cpu;
	struct level *llc; /* a node */
};

/* --- a CPU's own caches ------------------------------------------------------------------------------------------ */

/* Drops the line from one of them. Returns its flags with VALID, or 0 when it was not there. */
static unsigned drop(struct level *l, uint64_t key)
{
	ssize_t at = look(l, key);

	return at < 0 ? 0 : (unsigned)take(l, (size_t)at) & (VALID | FLAGS);
}

static unsigned drop_own(struct cpu *p, uint64_t key)
{
	return drop(&p->own[CACHES_L1I], key) | drop(&p->own[CACHES_L1D], key) |
	       drop(&p->own[CACHES_L2], key);
}

/* Takes flags away where the line is; those that were there. */
static unsigned clear(struct level *l, uint64_t key, unsigned flags)
{
	ssize_t at = look(l, key);
	unsigned had = at < 0 ? 0 : (unsigned)l->tag[at] & flags;

	if (at >= 0)
		l->tag[at] &= ~(uint64_t)flags;
	return had;
}

static unsigned clear_own(struct cpu *p, uint64_t key, unsigned flags)
{
	return clear(&p->own[CACHES_L1D], key, flags) | clear(&p->own[CACHES_L2], key, flags);
}

static void mark(struct level *l, uint64_t key, unsigned flags)
{
	ssize_t at = look(l, key);

	if (at >= 0)
		l->tag[at] |= flags;
}

/* --- a node's -------------------------------------------------------------------------------------------------------- */

/*
 * Drops the line from the caches of those of the node's CPUs that may have it, `keep` (which may be NULL) left out;
 * `gone` counts those that had it. Whether one had it dirty.
 */
static bool drop_sharers(struct caches *c, unsigned node, uint64_t sharers, const struct cpu *keep,
			 uint64_t key, uint64_t *gone)
{
	unsigned had, all = 0;

	for (struct cpu *p = c->cpu; sharers && p < c->cpu + c->cpus; p++) {
		if (p->node != node || p == keep || !(p->bit & sharers))
			continue;
		had = drop_own(p, key);
		*gone += had != 0;
		all |= had;
	}
	return all & DIRTY;
}

/* The same, where they may keep it but not write it any more. */
static bool clean_sharers(struct caches *c, unsigned node, uint64_t sharers, const struct cpu *keep,
			  uint64_t key)
{
	unsigned all = 0;

	/* two have it: neither may write it */
	if (sharers & (sharers - 1))
		return false;
	for (struct cpu *p = c->cpu; sharers && p < c->cpu + c->cpus; p++)
		if (p->node == node && p != keep && p->bit & sharers)
			all |= clear_own(p, key, ALONE | DIRTY);
	return all & DIRTY;
}

/* A store of `node` wants the line alone: all others drop it. The node that had it dirty, or -1. */
static int drop_elsewhere(struct caches *c, unsigned node, uint64_t key, uint64_t *gone)
{
	int from = -1;

	for (unsigned k = 0; k < c->nodes; k++) {
		ssize_t at = k == node ? -1 : look(&c->llc[k], key);
		if (at < 0)
			continue;
		bool dirty = drop_sharers(c, k, c->llc[k].sharers[at], NULL, key, gone);
		if (take(&c->llc[k], (size_t)at) & DIRTY || dirty)
			from = (int)k;
	}
	return from;
}

/* A load or fetch of `node` shares it. The node that had it dirty, or -1; *found: whether another has it at all. */
static int clean_elsewhere(struct caches *c, unsigned node, uint64_t key, bool *found)
{
	int from = -1;

	for (unsigned k = 0; k < c->nodes; k++) {
		struct level *l = &c->llc[k];
		ssize_t at = k == node ? -1 : look(l, key);
		if (at < 0)
			continue;
		*found = true;
		if (!(l->tag[at] & ALONE))
			continue;
		bool dirty = clean_sharers(c, k, l->sharers[at], NULL, key);
		if (l->tag[at] & DIRTY || dirty)
			from = (int)k;
		l->tag[at] &= ~(uint64_t)(ALONE | DIRTY);
	}
	return from;
}

static unsigned home_of(uint64_t tag)
{
	return (tag >> HOME_SHIFT) & (CACHES_NODES_MAX - 1);
}

static uint64_t *cell(uint64_t *matrix, const struct caches_count *to, unsigned of, unsigned with)
{
	return &matrix[(size_t)of * to->nodes + with];
}

/* What had to go from a node's LLC goes from above it, and dirty to memory. */
static void evict(struct caches *c, struct caches_count *to, unsigned node, uint64_t victim, uint64_t sharers)
{
	uint64_t key = victim & ~(uint64_t)FLAGS, gone = 0;

	if (!victim)
		return;
	if (drop_sharers(c, node, sharers, NULL, key, &gone) || victim & DIRTY)
		++*cell(to->writeback, to, node, home_of(victim));
}

/* The LLC has it: the node's other CPUs drop it for a store, or share it. Whether the CPU has it alone then. */
static bool llc_hit(struct caches *c, struct caches_count *to, struct cpu *p, bool store, uint64_t key,
		    size_t at)
{
	struct level *l = &c->llc[p->node];
	uint64_t before = l->sharers[at];
	bool dirty;

	if (store) {
		dirty = drop_sharers(c, p->node, before, p, key, &to->dropped);
		if (!(l->tag[at] & ALONE))
			drop_elsewhere(c, p->node, key, &to->dropped);
		l->tag[at] |= ALONE;
		l->sharers[at] = p->bit;
	} else {
		dirty = clean_sharers(c, p->node, before, p, key);
		l->sharers[at] |= p->bit;
	}
	if (dirty) {
		l->tag[at] |= DIRTY;
		++*cell(to->transfer, to, p->node, p->node);
	}
	return store || (!before && l->tag[at] & ALONE);
}

static bool llc_miss(struct caches *c, struct caches_count *to, struct cpu *p, enum caches_kind kind,
		     uint64_t key)
{
	bool found = false, store = kind == CACHES_STORE;
	int from = store ? drop_elsewhere(c, p->node, key, &to->dropped)
			 : clean_elsewhere(c, p->node, key, &found);
	uint64_t tag = key | (found ? 0 : ALONE), sharers = p->bit;

	to->miss[CACHES_LLC]++;
	if (from < 0) {
		++*cell(to->fill[kind], to, p->node, home_of(key));
	} else {
		++*cell(to->transfer, to, p->node, (unsigned)from);
		if (!store)
			++*cell(to->writeback, to, (unsigned)from, home_of(key));
	}
	uint64_t victim = put(&c->llc[p->node], tag, &sharers);
	evict(c, to, p->node, victim, sharers);
	return !found;
}

/* Whether the CPU has the line alone then. */
static bool llc_get(struct caches *c, struct caches_count *to, struct cpu *p, enum caches_kind kind,
		    uint64_t key)
{
	struct level *l = &c->llc[p->node];
	ssize_t at = look(l, key);

	to->access[CACHES_LLC]++;
	if (at < 0)
		return llc_miss(c, to, p, kind, key);
	return llc_hit(c, to, p, kind == CACHES_STORE, key, use(l, key, (size_t)at));
}

/* A store to a line that this CPU has, but may not write yet. */
static void own_alone(struct caches *c, struct caches_count *to, struct cpu *p, uint64_t key)
{
	ssize_t at = look(&c->llc[p->node], key);

	drop(&p->own[CACHES_L1I], key);
	llc_hit(c, to, p, true, key, (size_t)at); /* has it: inclusive */
}

/* --- an access ------------------------------------------------------------------------------------------------------- */

/* Into the L2, where there is one; whether the CPU has it alone. */
static bool l2_get(struct caches *c, struct caches_count *to, struct cpu *p, enum caches_kind kind,
		   uint64_t key)
{
	struct level *l2 = &p->own[CACHES_L2];
	ssize_t at = look(l2, key);
	bool alone;

	if (!l2->tag)
		return llc_get(c, to, p, kind, key);
	to->access[CACHES_L2]++;
	if (at >= 0) {
		alone = l2->tag[use(l2, key, (size_t)at)] & ALONE;
		if (kind == CACHES_STORE && !alone)
			own_alone(c, to, p, key);
		return alone || kind == CACHES_STORE;
	}
	to->miss[CACHES_L2]++;
	alone = llc_get(c, to, p, kind, key);
	uint64_t victim = put(l2, key | (alone ? ALONE : 0), NULL), gone = victim & ~(uint64_t)FLAGS;
	if (!victim)
		return alone;
	if ((victim | drop(&p->own[CACHES_L1I], gone) | drop(&p->own[CACHES_L1D], gone)) & DIRTY)
		mark(&c->llc[p->node], gone, DIRTY);
	if (!p->shares)
		c->llc[p->node].sharers[look(&c->llc[p->node], gone)] &= ~p->bit; /* has it: inclusive */
	return alone;
}

/* Not in the L1. */
static void l1_miss(struct caches *c, struct caches_count *to, struct cpu *p, enum caches_kind kind,
		    uint64_t key)
{
	struct level *l1 = &p->own[kind == CACHES_FETCH ? CACHES_L1I : CACHES_L1D];
	bool alone = l2_get(c, to, p, kind, key);
	uint64_t tag = key;

	to->miss[kind == CACHES_FETCH ? CACHES_L1I : CACHES_L1D]++;
	if (kind == CACHES_FETCH)
		clear_own(p, key, ALONE); /* so that a store looks into the L1i */
	else if (alone)
		tag |= ALONE;
	if (kind == CACHES_STORE) {
		drop(&p->own[CACHES_L1I], key);
		tag |= DIRTY;
	}
	uint64_t victim = put(l1, tag, NULL);
	if (victim & DIRTY)
		mark(p->own[CACHES_L2].tag ? &p->own[CACHES_L2] : &c->llc[p->node], victim & ~(uint64_t)FLAGS,
		     DIRTY);
}

static inline void touch_line(struct caches *c, struct caches_count *to, struct cpu *p, enum caches_kind kind,
			      uint64_t key)
{
	enum caches_level level = kind == CACHES_FETCH ? CACHES_L1I : CACHES_L1D;
	struct level *l1 = &p->own[level];
	size_t set = set_of(l1, key);

	to->access[level]++;
	if (!is(l1->tag[set], key)) {
		ssize_t at = look(l1, key);

		if (at < 0) {
			l1_miss(c, to, p, kind, key);
			return;
		}
		use(l1, key, (size_t)at);
	}
	if (kind != CACHES_STORE)
		return;
	if (!(l1->tag[set] & ALONE))
		own_alone(c, to, p, key);
	l1->tag[set] |= ALONE | DIRTY;
}

void caches_touch(struct caches *c, struct caches_count *to, unsigned cpu, enum caches_kind kind,
		  uint64_t addr, unsigned bytes, unsigned home)
{
	uint64_t line = addr >> c->line_shift, last = (addr + bytes - 1) >> c->line_shift;

	do
		touch_line(c, to, &c->cpu[cpu], kind,
			   line << LINE_SHIFT | (uint64_t)home << HOME_SHIFT | VALID);
	while (line++ < last);
}

/* --- making and counting --------------------------------------------------------------------------------------------- */

static int level_new(struct level *l, const struct caches_geometry *g, enum caches_level level)
{
	size_t lines = g->bytes[level] / g->line;

	if (!lines)
		return 0;
	l->ways = (unsigned)g->ways[level];
	l->mask = lines / g->ways[level] - 1;
	l->tag = calloc(lines, sizeof(*l->tag));
	if (level == CACHES_LLC)
		l->sharers = calloc(lines, sizeof(*l->sharers));
	return !l->tag || (level == CACHES_LLC && !l->sharers) ? -ENOMEM : 0;
}

static int levels_new(struct caches *c, const struct caches_geometry *g, const unsigned *cpu_node)
{
	unsigned on[CACHES_NODES_MAX] = { 0 }, seen[CACHES_NODES_MAX] = { 0 };
	int r = 0;

	for (unsigned i = 0; i < c->cpus; i++)
		on[cpu_node[i]]++;
	for (unsigned i = 0; i < c->cpus; i++) {
		struct cpu *p = &c->cpu[i];

		p->node = cpu_node[i];
		p->shares = on[p->node] > 64;
		p->bit = 1ull << (seen[p->node]++ % 64);
		for (enum caches_level l = 0; l < CACHES_LLC; l++)
			r |= level_new(&p->own[l], g, l);
		if (seen[p->node] == 1)
			r |= level_new(&c->llc[p->node], g, CACHES_LLC);
	}
	return r;
}

int caches_new(const struct caches_geometry *g, unsigned nodes, unsigned cpus, const unsigned *cpu_node,
	       struct caches **out, struct err *err)
{
	uint64_t with = 0;

	for (unsigned i = 0; i < cpus; i++) {
		if (cpu_node[i] >= nodes || nodes > CACHES_NODES_MAX)
			return err_set(err, -EINVAL, "CPU %u is on node %u of %u, and %u nodes are the most",
				       i, cpu_node[i], nodes, CACHES_NODES_MAX);
		with |= 1ull << cpu_node[i];
	}
	if (caches_fit(g, cpus, (unsigned)__builtin_popcountll(with), err))
		return err->code;
	struct caches *c = xcalloc(1, sizeof(*c));
	c->nodes = nodes;
	c->cpus = cpus;
	c->line_shift = (unsigned)__builtin_ctzll(g->line);
	c->cpu = xcalloc(cpus, sizeof(*c->cpu));
	c->llc = xcalloc(nodes, sizeof(*c->llc));
	if (levels_new(c, g, cpu_node)) {
		caches_free(c);
		return err_set(err, -ENOMEM, "no memory for the cache model");
	}
	*out = c;
	return 0;
}

void caches_free(struct caches *c)
{
	for (unsigned i = 0; c && i < c->cpus; i++)
		for (unsigned l = 0; l < CACHES_LLC; l++)
			free(c->cpu[i].own[l].tag);
	for (unsigned i = 0; c && i < c->nodes; i++) {
		free(c->llc[i].tag);
		free(c->llc[i].sharers);
	}
	if (!c)
		return;
	free(c->cpu);
	free(c->llc);
	free(c);
}
