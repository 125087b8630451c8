/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cache model's part of the result's `trace`. */
#include "base/auto.h"
#include "trace/trace.h"

#define STRIDE TOPO_NODES_MAX

void trace_weights(const json_t *head, const struct topo *topo, const struct topo_guest *g,
		   struct trace_weights *w)
{
	*w = (struct trace_weights){
		.line = (unsigned)json_integer_value(
			json_object_get(json_object_get(head, "caches"), "line")),
		.has_latency = topo->has_latency,
	};
	for (unsigned i = 0; i < g->nodes; i++)
		for (unsigned k = 0; k < g->nodes; k++) {
			unsigned at = g->node[i].nid * STRIDE + g->node[k].nid;

			if (g->node[i].nid >= STRIDE || g->node[k].nid >= STRIDE)
				continue;
			w->distance[at] = g->distance[i][k];
			w->latency_ns[at] = topo->latency_ns[g->node[i].slot][g->node[k].slot];
		}
}

/* {"0": 12}: by the other node, those that are not 0 */
static void add(json_t *node, const char *what, const struct access_lines *l, uint64_t n)
{
	auto_free char *with = xasprintf("%d", l->with);
	json_t *o = json_object_get(node, what);

	if (!o) {
		o = json_object();
		json_object_set_new(node, what, o);
	}
	if (n)
		json_object_set_new(o, with, json_integer((json_int_t)n));
}

static json_t *nodes_json(const struct access_caches *c)
{
	static const char *const names[ACCESS_LINES] = { "fetch_fills", "load_fills", "store_fills",
							 "writebacks", "transfers" };
	json_t *all = json_array(), *node = NULL;

	for (size_t i = 0; i < c->pairs; i++) {
		const struct access_lines *l = &c->pair[i];

		if (!i || l->of != l[-1].of) {
			node = json_pack("{s:i}", "nid", l->of);
			json_array_append_new(all, node);
		}
		for (unsigned k = 0; k < ACCESS_LINES; k++)
			add(node, names[k], l, l->n[k]);
	}
	return all;
}

static json_t *mode_json(const struct access_caches *c, const struct trace_weights *w)
{
	json_t *levels = json_object(), *o;
	uint64_t fills = 0, writebacks = 0;

	for (unsigned i = 0; i < ACCESS_LEVELS; i++)
		json_object_set_new(levels, caches_options[2 * i].name,
				    json_pack("{s:I, s:I}", "lines", (json_int_t)c->lines[i], "misses",
					      (json_int_t)c->misses[i]));
	for (size_t i = 0; i < c->pairs; i++) {
		for (unsigned k = ACCESS_FILL_FETCH; k <= ACCESS_FILL_STORE; k++)
			fills += c->pair[i].n[k];
		writebacks += c->pair[i].n[ACCESS_WRITEBACK];
	}
	o = json_pack("{s:o, s:I, s:o, s:I, s:I, s:I}", "levels", levels, "dropped", (json_int_t)c->dropped,
		      "nodes", nodes_json(c), "fill_bytes", (json_int_t)(fills * w->line), "writeback_bytes",
		      (json_int_t)(writebacks * w->line), "fill_distance",
		      (json_int_t)access_caches_weigh(c, w->distance, STRIDE));
	if (w->has_latency)
		json_object_set_new(o, "fill_latency",
				    json_integer((json_int_t)access_caches_weigh(c, w->latency_ns, STRIDE)));
	return o;
}

json_t *trace_caches_json(const struct access_interval *v, const struct trace_weights *w)
{
	return json_pack("{s:o, s:o}", "user", mode_json(&v->caches[ACCESS_USER], w), "kernel",
			 mode_json(&v->caches[ACCESS_KERNEL], w));
}
