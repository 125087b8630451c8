/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The access trace of a run (docs/trace.md): the plugin is loaded into restored machines of an exact run, told what the
 * nodes are, and leaves DIR/raw/NAME.access. DIR/raw/trace.json says that a run was traced and how, so that the result's
 * `trace` can be made again.
 */
#ifndef NUMARIG_TRACE_TRACE_H
#define NUMARIG_TRACE_TRACE_H

#include "judge/traced.h"
#include "machine/setup.h"
#include "trace/caches.h"

/* --trace: what of the accesses is counted beside each machine. */
struct trace_request {
	bool on, caches;
	struct caches_geometry geometry; /* with `caches` */
	struct strlist regions;		 /* "NAME ADDRESS BYTES", hexadecimal: of every program */
};

/* --trace, with `what` NULL, or --trace=caches, or --trace=caches:OPTIONS of the cache model. */
int trace_ask(struct trace_request *t, const char *what, struct err *err);

/* "NAME=ADDRESS,LENGTH", numbers as C writes them; sizes such as 64K are understood for the length. */
int trace_add_region(struct trace_request *t, const char *arg, struct err *err);

/*
 * Whether this QEMU takes the plugin: asked once for each pair of the two. When it does not, setup.trace_lacks says why: the run goes
 * on untraced, and the trace is a SKIP. And whether the caches asked for can be had on this topology, else -EFBIG.
 */
int trace_probe(struct setup *r, const struct trace_request *t, struct err *err);

/* DIR/raw/trace.json, malloc'ed by jansson. */
json_t *trace_head(const struct setup *r, const struct trace_request *t);

/* What the plugin is told of a machine whose boot showed this; counts go to `out`. */
int trace_conf(const struct topo *topo, const struct rawset *boot, char *const *ram,
	       const struct trace_request *t, bool exec, const char *out, struct text *conf, struct err *err);

/* What lines are multiplied with where the cache model was asked for: the guest's distances, the topology's HMAT. By nid. */
struct trace_weights {
	unsigned line; /* bytes */
	bool has_latency;
	uint32_t distance[TOPO_NODES_MAX * TOPO_NODES_MAX], latency_ns[TOPO_NODES_MAX * TOPO_NODES_MAX];
};
void trace_weights(const json_t *head, const struct topo *topo, const struct topo_guest *g,
		   struct trace_weights *w);
/* An interval's `caches`. */
json_t *trace_caches_json(const struct access_interval *v, const struct trace_weights *w);

/* One workload's entry of the result's `trace`. */
json_t *trace_workload_json(const char *label, const struct workload *w, const struct access *a,
			    const struct access_regions *mappings, const struct trace_weights *weights,
			    const struct judged *j, const char *path);
/* The whole: adds the digest. `workloads` is stolen. */
json_t *trace_json(const json_t *head, json_t *workloads);

#endif
