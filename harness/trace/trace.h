/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of the access trace (docs/trace.md). In a run with engine exact, QEMU loads the plugin when a machine is restored.
 * The host passes it the nodes' CPUs and memory, and the plugin writes DIR/raw/NAME.access. DIR/raw/trace.json has what was traced,
 * so that the result's `trace` can be made again.
 */
#ifndef NUMARIG_TRACE_TRACE_H
#define NUMARIG_TRACE_TRACE_H

#include "judge/traced.h"
#include "machine/setup.h"
#include "trace/caches.h"

/* What the option --trace asked for. */
struct trace_request {
	bool on, caches;
	struct caches_geometry geometry; /* valid when `caches` is set */
	struct strlist regions;		 /* "NAME ADDRESS BYTES", hexadecimal; counted in every program */
};

/* Parses the value of --trace: NULL, "caches", or "caches:OPTIONS" of the cache model. */
int trace_ask(struct trace_request *t, const char *what, struct err *err);

/* Adds a region "NAME=ADDRESS,LENGTH": numbers as in C; the length may also be a size such as 64K. */
int trace_add_region(struct trace_request *t, const char *arg, struct err *err);

/*
 * Finds out whether this QEMU can load the plugin; the answer is cached. If not, setup.trace_lacks gets the reason; then the run is not
 * traced, and the trace is a SKIP. -EFBIG: the caches asked for take too much memory on this topology (caches_fit).
 */
int trace_probe(struct setup *r, const struct trace_request *t, struct err *err);

/* The content of DIR/raw/trace.json. New reference. */
json_t *trace_head(const struct setup *r, const struct trace_request *t);

/*
 * Appends the plugin's configuration for a machine to `conf`: CPUs and nodes are taken from the raw texts of its boot; `ram` are the
 * files of its memory; the plugin writes its counts to the path `out`.
 */
int trace_conf(const struct topo *topo, const struct rawset *boot, char *const *ram,
	       const struct trace_request *t, bool exec, const char *out, struct text *conf, struct err *err);

/* Weights for the cache model's lines, by nid: the guest's distances, and the latencies of the topology's HMAT. */
struct trace_weights {
	unsigned line; /* bytes */
	bool has_latency;
	uint32_t distance[TOPO_NODES_MAX * TOPO_NODES_MAX], latency_ns[TOPO_NODES_MAX * TOPO_NODES_MAX];
};
void trace_weights(const json_t *head, const struct topo *topo, const struct topo_guest *g,
		   struct trace_weights *w);
/* The member `caches` of an interval. New reference. */
json_t *trace_caches_json(const struct access_interval *v, const struct trace_weights *w);

/* A workload's entry of the result's `trace`. New reference. */
json_t *trace_workload_json(const char *label, const struct workload *w, const struct access *a,
			    const struct access_regions *mappings, const struct trace_weights *weights,
			    const struct judged *j, const char *path);
/* The result's `trace`, with its digest. The reference to `workloads` is taken over. New reference. */
json_t *trace_json(const json_t *head, json_t *workloads);

#endif
