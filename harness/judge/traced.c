/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/traced.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "wire/procfs.h"

/* --- metrics ------------------------------------------------------------------------------------------------------------ */
/* What a metric's .counter chooses. */
struct choice {
	bool kind[ACCESS_KINDS], mode[ACCESS_MODES];
	bool local, remote;
};

static int choose(const struct wl_metric *m, struct choice *c, struct err *err)
{
	static const struct {
		const char *word;
		struct choice only; /* what it leaves of what it is about */
	} words[] = {
		{ "instructions", { .kind = { [ACCESS_FETCH] = true } } },
		{ "fetches", { .kind = { [ACCESS_FETCH] = true } } },
		{ "loads", { .kind = { [ACCESS_LOAD] = true } } },
		{ "stores", { .kind = { [ACCESS_STORE] = true } } },
		{ "accesses", { .kind = { [ACCESS_LOAD] = true, [ACCESS_STORE] = true } } },
		{ "user", { .mode = { [ACCESS_USER] = true } } },
		{ "kernel", { .mode = { [ACCESS_KERNEL] = true } } },
		{ "local", { .local = true } },
		{ "remote", { .remote = true } },
	};
	auto_free char *copy = xstrdup(m->counter ? m->counter : "");
	char *state = NULL;
	bool kind = false;

	*c = (struct choice){ .mode = { true, true }, .local = true, .remote = true };
	for (char *w = strtok_r(copy, " ", &state); w; w = strtok_r(NULL, " ", &state)) {
		size_t i = 0;

		while (i < ARRAY_SIZE(words) && strcmp(words[i].word, w) != 0)
			i++;
		if (i == ARRAY_SIZE(words) || (i < 5) == kind)
			return err_set(err, -EINVAL, "metric %s: \"%s\" is nothing the trace counts", m->name,
				       m->counter);
		kind = true;
		if (i < 5)
			memcpy(c->kind, words[i].only.kind, sizeof(c->kind));
		else if (i < 7)
			memcpy(c->mode, words[i].only.mode, sizeof(c->mode));
		else {
			c->local = words[i].only.local;
			c->remote = words[i].only.remote;
		}
	}
	return kind ? 0
		    : err_set(err, -EINVAL, "metric %s: its table names nothing that the trace counts",
			      m->name);
}

static int64_t chosen(const struct choice *c, const struct access_pair *p)
{
	uint64_t sum = 0;

	if (!(p->from == p->to ? c->local : c->remote))
		return 0;
	for (unsigned m = 0; m < ACCESS_MODES; m++)
		for (unsigned k = 0; k < ACCESS_KINDS; k++)
			sum += c->mode[m] && c->kind[k] ? p->n[m][k] : 0;
	return (int64_t)sum;
}

static void put(struct wl_value **v, size_t *n, const char *name, int nid, int64_t value)
{
	*v = xrealloc(*v, (*n + 1) * sizeof(**v));
	(*v)[(*n)++] = (struct wl_value){ name, nid, value };
}

int traced_metric(const struct access *a, const struct wl_metric *m, struct wl_value **values, size_t *n,
		  struct err *err)
{
	int64_t sum = 0, by_nid[PROCFS_NIDS] = { 0 };
	struct choice c;
	bool any = false;

	if (choose(m, &c, err))
		return err->code;
	for (size_t i = 0; i < a->intervals; i++) {
		const struct access_interval *v = &a->interval[i];
		const struct access_region *r = m->process ? access_region(&v->regions, m->process) : NULL;
		const struct access_pairs *pairs = r ? &r->pairs : m->process ? NULL : &v->pairs;

		if (!pairs || (m->until ? strcmp(v->name, m->until) : !strcmp(v->name, "-")))
			continue;
		any = true;
		for (size_t k = 0; k < pairs->n; k++) {
			const struct access_pair *p = &pairs->v[k];
			int nid = m->from == WL_TRACE_NODE ? p->to : p->from;

			sum += chosen(&c, p);
			if (nid >= 0 && nid < PROCFS_NIDS)
				by_nid[nid] += chosen(&c, p);
		}
	}
	if (any && m->from == WL_TRACE)
		put(values, n, m->name, -1, sum);
	for (size_t i = 0; any && m->from != WL_TRACE && i < a->nids; i++)
		put(values, n, m->name, a->nid[i], by_nid[a->nid[i]]);
	return 0;
}

void judge_traced(const struct workload *w, const void *params, const struct judged *main,
		  const struct access *a, const struct topo_guest *g, const unsigned kernel[3], int shift,
		  struct judged *out)
{
	auto_free struct wl_value *all = NULL;
	struct err err = ERR_INIT;

	*out = (struct judged){ .outcome = OUTCOME_PASS };
	wl_foreach (m, &w->trace_metrics)
		if (traced_metric(a, m, &out->value, &out->values, &err)) {
			out->outcome = OUTCOME_BROKEN;
			snprintf(out->why, sizeof(out->why), "%s", err.msg);
			return;
		}
	size_t n = main->values + out->values;
	all = xcalloc(n ? n : 1, sizeof(*all));
	for (size_t i = 0; i < n; i++)
		all[i] = i < main->values ? main->value[i] : out->value[i - main->values];
	judge_checks(w, &w->trace_expects, params, all, n, g, kernel, shift, out);
}

/* --- a program's pages ------------------------------------------------------------------------------------------------------- */
/* The maps of the last sample that has any. */
static const char *last_maps(const struct records *r)
{
	for (size_t i = r->phases; i--;) {
		const char *m = rawset_get(&r->phase[i].raw, "/proc/PID/maps");

		if (m && *m)
			return m;
	}
	return NULL;
}

static const struct map *map_at(const struct maps *maps, uint64_t address)
{
	for (size_t i = 0; i < maps->n; i++)
		if (address >= maps->v[i].start && address < maps->v[i].end)
			return &maps->v[i];
	return NULL;
}

static char *map_name(const struct map *m)
{
	if (!m)
		return xstrdup("elsewhere");
	if (!m->name)
		return xstrdup("anonymous");
	if (*m->name == '[')
		return xstrdup(m->name);
	return xasprintf("%s %s", m->name, m->perms[2] == 'x' ? "text" : "data");
}

/* Characters that both end with. */
static size_t common_end(const char *a, const char *b)
{
	size_t n = 0, x = strlen(a), y = strlen(b);

	while (n < x && n < y && a[x - n - 1] == b[y - n - 1])
		n++;
	return n;
}

/* Whose maps these are: its first file is the program; a path as executed may be a relative one. */
static const struct access_program *program_of(const struct access *a, const struct maps *maps)
{
	const struct access_program *best = NULL;
	size_t most = 0;

	for (size_t i = 0; maps->n && maps->v[0].name && i < a->programs; i++) {
		const char *base = strrchr(a->program[i].name, '/');
		size_t n = common_end(maps->v[0].name, a->program[i].name);

		if (n > most && n >= strlen(base ? base : a->program[i].name)) {
			most = n;
			best = &a->program[i];
		}
	}
	return best;
}

int traced_mappings(const struct access *a, const struct records *r, struct access_regions *out,
		    struct err *err)
{
	const char *text = last_maps(r);
	auto_maps struct maps maps = { 0 };

	*out = (struct access_regions){ 0 };
	if (text && maps_parse(text, &maps, err))
		return err->code;
	const struct access_program *own = program_of(a, &maps);
	for (size_t i = 0; i < a->programs; i++) {
		const struct access_program *g = &a->program[i];

		for (size_t k = 0; k < g->pages; k++) {
			auto_free char *name = g == own ? map_name(map_at(&maps, g->page[k].number << 12))
							: xstrdup(g->name);

			access_pairs_add(&access_region_make(out, name)->pairs, &g->page[k].pair);
		}
	}
	return 0;
}
