/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list and show: from the same tables that run it. Everything is made as JSON first; text is a view of it. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/place.h"
#include "base/suggest.h"
#include "cli.h"
#include "report/plain.h"
#include "cases/repro.h"
#include "workloads/lib/params.h"

struct list_args {
	bool json;
	int code; /* of what could not be read: the others are shown all the same */
	struct cache cache;
	char *tree;
};

static int set_json(void *a, const char *v, struct err *err)
{
	(void)v;
	(void)err;
	((struct list_args *)a)->json = true;
	return 0;
}

const struct opt opts_list[] = {
	{ 0, "json", NULL, "as JSON", set_json },
	OPT_END,
};

/* --- what there is, as arrays of objects with "name" and "about" first ------------------------------------------------ */
static json_t *topologies(struct list_args *a)
{
	auto_strlist struct strlist names = { 0 };
	auto_free char *dir = xasprintf("%s/topologies", a->tree);
	struct err err = ERR_INIT;
	json_t *all = json_array();

	if (topo_names(dir, &names, &err))
		a->code = cli_fail(&err);
	for (size_t i = 0; i < names.n; i++) {
		auto_free char *path = xasprintf("%s/%s.json", dir, names.v[i]);
		auto_topo struct topo *t = NULL;

		if (topo_load(path, &t, &err)) {
			a->code = cli_fail(&err);
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

	for (const struct wl_param *p = w->params; p && p->name; p++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "name", p->name, "default", p->def,
						     "about", p->about));
	return all;
}

static json_t *metrics_json(const struct wl_metric *table, const char *of)
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

	for (const struct wl_metric *m = table; m && m->name; m++) {
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

static json_t *checks_json(const struct wl_expect *table)
{
	json_t *all = json_array();

	for (const struct wl_expect *e = table; e && e->name; e++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s}", "name", e->name, "rows", e->rows,
						     "about", e->about));
	return all;
}

static json_t *workloads(struct list_args *a)
{
	json_t *all = json_array();

	(void)a;
	for (const struct workload_entry *e = workload_table; e->name; e++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "name",
						     e->name, "about", e->w->about, "knobs",
						     e->w->knobs ? e->w->knobs : "", "timeout_s",
						     (int)e->w->timeout_s, "params", params_json(e->w),
						     "metrics", metrics_json(e->w->metrics, NULL), "checks",
						     checks_json(e->w->expects), "trace_metrics",
						     metrics_json(e->w->trace_metrics, NULL), "trace_checks",
						     checks_json(e->w->trace_expects)));
	return all;
}

static json_t *metrics(struct list_args *a)
{
	json_t *all = json_array();

	(void)a;
	for (const struct workload_entry *e = workload_table; e->name; e++) {
		auto_json json_t *of = metrics_json(e->w->metrics, e->name);
		auto_json json_t *traced = metrics_json(e->w->trace_metrics, e->name);

		json_array_extend(all, of);
		json_array_extend(all, traced);
	}
	return all;
}

static json_t *knobs(struct list_args *a)
{
	json_t *all = json_array();

	(void)a;
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

static json_t *kernels(struct list_args *a)
{
	auto_free char *dir = cache_path(&a->cache, "kernels");
	json_t *all = json_array();
	struct dirent **names;

	json_array_append_new(all, json_pack("{s:s, s:s}", "name", "6.12", "about",
					     "Debian's newest stock 6.12 cloud kernel (default)"));
	json_array_append_new(all, json_pack("{s:s, s:s}", "name", "6.1", "about",
					     "Debian's newest stock 6.1 cloud kernel"));
	auto_free char *lab = kernel_lab(&a->cache, a->tree);
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

static json_t *cases(struct list_args *a)
{
	auto_strlist struct strlist names = { 0 };
	struct err err = ERR_INIT;
	json_t *all = json_array();

	if (repro_names(a->tree, &names, &err))
		a->code = cli_fail(&err);
	for (size_t i = 0; i < names.n; i++) {
		auto_case struct case_file *c = NULL;

		if (repro_load(a->tree, names.v[i], &c, &err))
			a->code = cli_fail(&err);
		else
			json_array_append_new(all, case_json(c));
	}
	return all;
}

static const struct {
	const char *name;
	json_t *(*all)(struct list_args *a);
} kinds[] = {
	{ "topologies", topologies }, { "workloads", workloads }, { "knobs", knobs },
	{ "kernels", kernels },	      { "metrics", metrics },	  { "cases", cases },
};

/* --- views ---------------------------------------------------------------------------------------------------------------- */
static void print_lines(const json_t *all)
{
	size_t i;
	json_t *x;

	json_array_foreach (all, i, x) {
		const char *of = json_string_value(json_object_get(x, "workload"));
		auto_free char *name = xasprintf("%s%s%s", of ? of : "", of ? "." : "",
						 json_string_value(json_object_get(x, "name")));

		printf("%-28s %s\n", name, json_string_value(json_object_get(x, "about")));
	}
}

/* Name and text of an object's parts, arrays of objects a line each. */
static void print_full(const json_t *x)
{
	const char *key;
	json_t *v, *row;
	size_t i;

	printf("%s: %s\n", json_string_value(json_object_get(x, "name")),
	       json_string_value(json_object_get(x, "about")));
	json_object_foreach ((json_t *)(uintptr_t)x, key, v) {
		if (!strcmp(key, "name") || !strcmp(key, "about") || json_is_null(v))
			continue;
		if (json_is_string(v) && *json_string_value(v))
			printf("  %-10s %s\n", key, json_string_value(v));
		else if (json_is_integer(v))
			printf("  %-10s %lld\n", key, (long long)json_integer_value(v));
		else if (json_is_array(v))
			printf("  %s\n", key);
		if (json_is_object(v)) {
			char *text = json_dumps(v, JSON_INDENT(1));

			printf("  %s\n%s\n", key, text);
			free(text);
		}
		json_array_foreach (v, i, row) {
			const char *more = json_string_value(json_object_get(row, "default"));

			more = more ? more : json_string_value(json_object_get(row, "rows"));
			more = more ? more : json_string_value(json_object_get(row, "unit"));
			printf("    %-20s %-8s %s\n", json_string_value(json_object_get(row, "name")),
			       more ? more : "", json_string_value(json_object_get(row, "about")));
		}
	}
	printf("\n");
}

/* Of that name, into `some`; a usage error when there is none. */
static int pick(const struct command *c, const char *kind, const json_t *all, const char *name, json_t *some)
{
	const char *names[256];
	size_t i, n = 0;
	json_t *x;

	json_array_foreach (all, i, x) {
		if (!strcmp(name, json_word(x, "name"))) {
			json_array_append(some, x);
			return EXIT_OK;
		}
		if (n < ARRAY_SIZE(names) - 1)
			names[n++] = json_word(x, "name");
	}
	names[n] = NULL;
	const char *near = suggest(name, names);

	return cli_usage(c, "no \"%s\" among the %s%s%s%s", name, kind, near ? ", did you mean \"" : "",
			 near ? near : "", near ? "\"?" : "");
}

static void print(const struct list_args *a, const json_t *some, bool full)
{
	auto_json json_t *plain = report_plain(some);
	size_t i;
	json_t *x;

	if (a->json)
		cli_json(some, false);
	else if (!full)
		print_lines(plain);
	json_array_foreach (plain, i, x) {
		if (full && !a->json)
			print_full(x);
	}
}

/* All of a kind, or those named, in that order. */
static int one_kind(const struct command *c, struct list_args *a, size_t kind, int n, char **names, bool full)
{
	auto_json json_t *all = kinds[kind].all(a);
	auto_json json_t *some = json_array();
	int code = EXIT_OK;

	for (int i = 0; i < n && !code; i++)
		code = pick(c, kinds[kind].name, all, names[i], some);
	if (!code)
		print(a, n ? some : all, full);
	return code;
}

/* `list` alone: a part for each kind, as JSON one object. */
static void every_kind(struct list_args *a)
{
	auto_json json_t *whole = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		auto_json json_t *all = kinds[i].all(a);

		json_object_set(whole, kinds[i].name, all);
		if (a->json)
			continue;
		printf("%s%s:\n", i ? "\n" : "", kinds[i].name);
		print(a, all, false);
	}
	if (a->json)
		cli_json(whole, false);
}

static int of_kind(const struct command *c, struct list_args *a, int n, char **words, bool full)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(words[0], kinds[i].name))
			return one_kind(c, a, i, n - 1, words + 1, full);
	return cli_usage(c, "\"%s\": want topologies, workloads, knobs, kernels, metrics or cases", words[0]);
}

static int list_or_show(const struct command *c, int argc, char **argv, bool full)
{
	struct list_args a = { 0 };
	struct err err = ERR_INIT;
	int code = EXIT_USAGE, n = cli_parse(c, argc, argv, &a, false, &code);

	if (n < 0)
		return code;
	if (n > 1 && !full)
		return cli_usage(c, "\"%s\": nothing is expected here; `numarig show %s %s` shows one",
				 argv[2], argv[1], argv[2]);
	if (!n && full)
		return cli_usage(c, "want %s", c->args);
	if (cache_open(&a.cache, &err))
		return cli_fail(&err);
	a.tree = place_data();
	code = EXIT_OK;
	if (n)
		code = of_kind(c, &a, n, argv + 1, full);
	else
		every_kind(&a);
	cache_close(&a.cache);
	free(a.tree);
	return code ? code : a.code;
}

int cmd_list(const struct command *c, int argc, char **argv)
{
	return list_or_show(c, argc, argv, false);
}

int cmd_show(const struct command *c, int argc, char **argv)
{
	return list_or_show(c, argc, argv, true);
}
