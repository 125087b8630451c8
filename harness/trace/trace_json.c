/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result's `trace`. */
#include <string.h>

#include "base/auto.h"
#include "judge/judged_json.h"
#include "result/entries.h"
#include "trace/trace.h"

/* {"0": 12, "none": 3}: by the memory's node, those that are not 0 */
static json_t *by_memory(const struct access_pairs *p, size_t from, size_t to, unsigned mode, unsigned kind)
{
	json_t *o = json_object();

	for (size_t i = from; i < to; i++) {
		auto_free char *nid = p->v[i].to < 0 ? xstrdup("none") : xasprintf("%d", p->v[i].to);

		if (p->v[i].n[mode][kind])
			json_object_set_new(o, nid, json_integer((json_int_t)p->v[i].n[mode][kind]));
	}
	return o;
}

static json_t *mode_json(const struct access_pairs *p, size_t from, size_t to, unsigned mode)
{
	json_int_t insns = 0;

	for (size_t i = from; i < to; i++)
		insns += (json_int_t)p->v[i].n[mode][ACCESS_FETCH];
	return json_pack("{s:I, s:o, s:o, s:o}", "instructions", insns, "fetches",
			 by_memory(p, from, to, mode, ACCESS_FETCH), "loads",
			 by_memory(p, from, to, mode, ACCESS_LOAD), "stores",
			 by_memory(p, from, to, mode, ACCESS_STORE));
}

/* One entry for each CPU, or in a region each node with CPUs. */
static json_t *pairs_json(const struct access_pairs *p)
{
	json_t *a = json_array();

	for (size_t from = 0, to; from < p->n; from = to) {
		const struct access_pair *x = &p->v[from];

		for (to = from; to < p->n && p->v[to].cpu == x->cpu && p->v[to].from == x->from; to++)
			;
		json_t *o = json_pack("{s:i, s:o, s:o}", "nid", x->from, "user",
				      mode_json(p, from, to, ACCESS_USER), "kernel",
				      mode_json(p, from, to, ACCESS_KERNEL));
		if (x->cpu >= 0)
			json_object_set_new(o, "cpu", json_integer(x->cpu));
		json_array_append_new(a, o);
	}
	return a;
}

static void regions_json(json_t *a, const struct access_regions *r)
{
	for (size_t i = 0; i < r->n; i++)
		json_array_append_new(a, json_pack("{s:o, s:o}", "name", result_words(r->v[i].name), "nodes",
						   pairs_json(&r->v[i].pairs)));
}

static json_t *intervals_json(const struct access *a, const struct access_regions *mappings,
			      const struct trace_weights *weights)
{
	json_t *out = json_array();

	for (size_t i = 0; a && i < a->intervals; i++) {
		const struct access_interval *v = &a->interval[i];
		json_t *regions = json_array();

		if (!strcmp(v->name, "-"))
			continue; /* the agent's own, and what it set up */
		regions_json(regions, &v->regions);
		if (mappings && !strcmp(v->name, "program"))
			regions_json(regions, mappings);
		json_t *o = json_pack("{s:o, s:o, s:o}", "name", result_words(v->name), "cpus",
				      pairs_json(&v->pairs), "regions", regions);
		if (v->cached)
			json_object_set_new(o, "caches", trace_caches_json(v, weights));
		json_array_append_new(out, o);
	}
	return out;
}

json_t *trace_workload_json(const char *label, const struct workload *w, const struct access *a,
			    const struct access_regions *mappings, const struct trace_weights *weights,
			    const struct judged *j, const char *path)
{
	struct sha256 raw = { "" };
	struct err ignored = ERR_INIT;

	sha256_file(path, &raw, &ignored);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:s}", "name", label, "outcome",
			 outcome_name(j->outcome), "why", j->why, "checks", judged_checks_json(j), "metrics",
			 w ? judged_metrics_json(&w->trace_metrics, j) : json_array(), "intervals",
			 intervals_json(a, mappings, weights), "raw", raw.hex);
}

json_t *trace_json(const json_t *head, json_t *workloads)
{
	json_t *t = json_deep_copy(head);
	struct sha256 digest;

	json_object_set_new(t, "workloads", workloads);
	result_digest(t, &digest);
	json_object_set_new(t, "digest", json_string(digest.hex));
	return t;
}
