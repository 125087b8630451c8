/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kinds.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/place.h"
#include "cases/repro.h"
#include "cli.h"
#include "workloads/lib/params.h"
#include "cases/repro_load.h"

/* What the makers of a kind's array have. */
struct look {
	const struct cache *cache;
	char *tree;
	int code;
};

/* --- what there is, as arrays of objects with "name" and "about" first ------------------------------------------------ */
static json_t *topologies(struct look *l)
{
	auto_strlist struct strlist names = { 0 };
	auto_free char *dir = xasprintf("%s/topologies", l->tree);
	struct err err = ERR_INIT;
	json_t *all = json_array();

	if (topo_names(dir, &names, &err))
		l->code = cli_fail(&err);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = xasprintf("%s/%s.json", dir, names.v[i]);
		auto_topo struct topo *t = NULL;

		if (topo_load(path, &t, &err)) {
			l->code = cli_fail(&err);
			continue;
		}
		json_array_append_new(all, json_pack("{s:s, s:s, s:i, s:i, s:I, s:O}", "name", t->name,
						     "about", t->about, "nodes", (int)t->nodes, "cpus",
						     (int)t->cpus, "mem_mib",
						     (json_int_t)(t->mem_bytes >> 20), "file", t->json));
	}
	return all;
}

static json_t *params_json(const struct workload *w)
{
	json_t *all = json_array();

	wl_foreach (p, &w->params)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "name", p->name, "default", p->def,
						     "about", p->about));
	return all;
}

static json_t *metrics_json(const struct wl_metrics *table, const char *of)
{
	static const char *const from[] = { [WL_REPORTED] = "the workload",
					    [WL_CLOCKED] = "the workload",
					    [WL_VMSTAT] = "vmstat",
					    [WL_NUMASTAT] = "numastat",
					    [WL_NODE_VMSTAT] = "node vmstat",
					    [WL_NODE_MEMINFO] = "node meminfo",
					    [WL_DMESG_MATCHES] = "dmesg",
					    [WL_MAPS_TEXT] = "maps: text",
					    [WL_MAPS_FILE] = "maps: page cache",
					    [WL_MAPS_ANON] = "maps: anonymous",
					    [WL_TRACE] = "trace",
					    [WL_TRACE_NODE] = "trace, by memory node",
					    [WL_TRACE_CPU_NODE] = "trace, by CPU node" };
	static const char *const better[] = { "same", "lower", "higher" };
	json_t *all = json_array();

	wl_foreach (m, table) {
		json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:b, s:s}", "name", m->name, "about",
				      m->about ? m->about : "", "unit", m->unit, "from",
				      m->from < ARRAY_SIZE(from) ? from[m->from] : "?", "counter", m->counter,
				      "timing", m->timing, "better", better[m->better]);

		if (of)
			json_object_set_new(j, "workload", json_string(of));
		json_array_append_new(all, j);
	}
	return all;
}

static json_t *checks_json(const struct wl_expects *table)
{
	json_t *all = json_array();

	wl_foreach (e, table)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "name", e->name, "rows", e->rows,
						     "about", e->about));
	return all;
}

static json_t *workloads(struct look *l)
{
	json_t *all = json_array();

	(void)l;
	for (const struct workload_entry *e = workload_table; e->name; e++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "name",
						     e->name, "about", e->w->about, "knobs",
						     e->w->knobs ? e->w->knobs : "", "timeout_s",
						     (int)e->w->timeout_s, "params", params_json(e->w),
						     "metrics", metrics_json(&e->w->metrics, NULL), "checks",
						     checks_json(&e->w->expects), "trace_metrics",
						     metrics_json(&e->w->trace_metrics, NULL), "trace_checks",
						     checks_json(&e->w->trace_expects)));
	return all;
}

static json_t *metrics(struct look *l)
{
	json_t *all = json_array();

	(void)l;
	for (const struct workload_entry *e = workload_table; e->name; e++) {
		auto_json json_t *of = metrics_json(&e->w->metrics, e->name);
		auto_json json_t *traced = metrics_json(&e->w->trace_metrics, e->name);

		json_array_extend(all, of);
		json_array_extend(all, traced);
	}
	return all;
}

static json_t *knobs(struct look *l)
{
	json_t *all = json_array();

	(void)l;
	for (const struct knob *k = knob_table; k->name; k++) {
		auto_free char *values =
			k->values ? xstrdup(k->values) : xasprintf("%lld to %lld", k->min, k->max);

		json_array_append_new(
			all, json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:s}", "name", k->name, "about",
				       k->about, "values", values, "default", k->def, "where",
				       k->kind == KNOB_BOOT ? "kernel command line" : "file", "place",
				       k->place, "since", k->since ? k->since : "6.1"));
	}
	return all;
}

static json_t *kernels(struct look *l)
{
	auto_free char *dir = cache_path(l->cache, "kernels");
	json_t *all = json_array();
	struct dirent **names;

	json_array_append_new(all, json_pack("{s:s, s:s}", "name", "6.12", "about",
					     "Debian's newest stock 6.12 cloud kernel (default)"));
	json_array_append_new(all, json_pack("{s:s, s:s}", "name", "6.1", "about",
					     "Debian's newest stock 6.1 cloud kernel"));
	auto_free char *lab = kernel_lab(l->cache, l->tree);
	json_array_append_new(
		all,
		json_pack(
			"{s:s, s:s}", "name", "lab", "about",
			lab && path_exists(lab)
				? "Debian's 6.12 with CMA and guests/kernel/lab.config"
				: "Debian's 6.12 with CMA: not built yet, `numarig doctor -k lab` says how"));
	int n = scandir(dir, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		auto_free char *image = xasprintf("%s/%s/vmlinuz", dir, names[i]->d_name);

		if (names[i]->d_name[0] != '.' && path_exists(image))
			json_array_append_new(all, json_pack("{s:s, s:s}", "name", names[i]->d_name, "about",
							     "in the cache"));
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	return all;
}

/* A case as its file has it, behind name and about. */
static json_t *case_json(const struct case_file *c)
{
	struct sha256 digest = { "" };
	struct err ignored = ERR_INIT;

	repro_digest(c, &digest, &ignored);
	json_t *j =
		json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?}", "name", c->name, "about", c->about, "source",
			  c->source, "topology", c->topology, "program", c->program, "note", c->note);
	json_object_set_new(j, "case_digest", json_string(digest.hex));
	json_object_set(j, "file", c->json);
	return j;
}

static json_t *cases(struct look *l)
{
	auto_strlist struct strlist names = { 0 };
	struct err err = ERR_INIT;
	json_t *all = json_array();

	if (repro_names(l->tree, &names, &err))
		l->code = cli_fail(&err);
	for (size_t i = 0; i < names.n; i++) {
		auto_case struct case_file *c = NULL;

		if (repro_load(l->tree, names.v[i], &c, &err))
			l->code = cli_fail(&err);
		else
			json_array_append_new(all, case_json(c));
	}
	return all;
}

const char *const kinds[] = { "topologies", "workloads", "knobs", "kernels", "metrics", "cases", NULL };

json_t *kind_all(const char *kind, int *code, struct err *err)
{
	static json_t *(*const makers[])(struct look *) = { topologies, workloads, knobs,
							    kernels,	metrics,   cases };
	auto_cache struct cache cache = { 0 };
	struct look look = { .cache = &cache };
	json_t *all = NULL;

	if (cache_open(&cache, err))
		return NULL;
	look.tree = place_data();
	for (size_t i = 0; kinds[i]; i++)
		if (!strcmp(kind, kinds[i]))
			all = makers[i](&look);
	free(look.tree);
	if (look.code)
		*code = look.code;
	return all;
}
