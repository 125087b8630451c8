/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/judge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "judge/ended.h"
#include "judge/metrics.h"
#include "workloads/lib/wants.h"

/* The first of the options, blanks between them, that is among those that lack; its length, 0: none. */
static size_t lacking(const char *options, const struct strlist *lacks, const char **first)
{
	for (const char *at = options ? options : ""; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		*first = at;
		for (size_t i = 0; i < lacks->n; i++)
			if (strlen(lacks->v[i]) == len && !memcmp(lacks->v[i], at, len))
				return len;
		at += len;
	}
	return 0;
}

void judge_needs(const struct workload *w, const struct topo *t, const struct pairs *notes,
		 const unsigned kernel[3], const struct strlist *lacks, char *why, size_t size)
{
	const char *option = "";
	const struct wl_needs *n = &w->needs;
	unsigned mem = 0, cpu = 0, want[3] = { 0 };
	uint64_t least = UINT64_MAX;

	for (unsigned i = 0; i < t->nodes; i++) {
		mem += t->node[i].mem_bytes != 0;
		cpu += t->node[i].cpus != 0;
		if (t->node[i].mem_bytes && t->node[i].mem_bytes < least)
			least = t->node[i].mem_bytes;
	}
	const char *fs = n->fs && notes ? pairs_get(notes, n->fs) : NULL;
	why[0] = 0;
	if (mem < n->mem_nodes)
		snprintf(why, size, "needs %u nodes with memory, %s has %u", n->mem_nodes, t->name, mem);
	else if (cpu < n->cpu_nodes)
		snprintf(why, size, "needs %u nodes with CPUs, %s has %u", n->cpu_nodes, t->name, cpu);
	else if (t->cpus < n->cpus)
		snprintf(why, size, "needs %u CPUs, %s has %u", n->cpus, t->name, t->cpus);
	else if (t->devices < n->devices)
		snprintf(why, size, "needs %u nodes with a PCI device, %s has %u (pxb has them)", n->devices,
			 t->name, t->devices);
	else if (least >> 20 < n->free_mib_per_node)
		snprintf(why, size, "needs %u MiB on each node, %s has %" PRIu64, n->free_mib_per_node,
			 t->name, least >> 20);
	else if (n->fs && notes && (!fs || strcmp(fs, "ok") != 0))
		snprintf(why, size, "needs %s in RAM: %s", n->fs, fs ? fs : "the guest did not report it");
	else if (n->kernel && sscanf(n->kernel, "%u.%u", &want[0], &want[1]) == 2 && kernel_known(kernel) &&
		 !kernel_since(kernel, want[0], want[1]))
		snprintf(why, size, "needs Linux %s, the guest runs %u.%u", n->kernel,
			 /* NOLINT: printed */ kernel[0], kernel[1]);
	else if (lacking(n->config, lacks, &option))
		snprintf(why, size,
			 "needs a kernel with %.*s (the lab kernel has it: make lab-kernel, -k lab)",
			 (int)lacking(n->config, lacks, &option), option);
}

static bool listed(const struct strlist *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], name))
			return true;
	return false;
}

bool judge_knobs(const struct strlist *asked, const struct records *r, struct judged *j)
{
	for (size_t i = 0; i < r->knobs.n; i++) {
		const struct pair *k = &r->knobs.v[i];

		if (*k->text != '!' || !listed(asked, k->name))
			continue;
		bool none = strstr(k->text, strerror(ENOENT));

		j->outcome = none ? OUTCOME_SKIP : OUTCOME_BROKEN;
		snprintf(j->why, sizeof(j->why), "%s %s: %s",
			 none ? "this guest has no knob" : "could not set knob", k->name, k->text + 1);
		return true;
	}
	return false;
}

bool judge_knobs_not_shown(const struct strlist *files, const struct records *r, struct judged *j)
{
	for (size_t i = 0; i < files->n; i++) {
		if (pairs_get(&r->knobs, files->v[i]))
			continue;
		j->outcome = OUTCOME_BROKEN;
		snprintf(j->why, sizeof(j->why),
			 "knob %s was asked for, and the guest did not report its value", files->v[i]);
		return true;
	}
	return false;
}

static void run_checks(const struct wl_expects *expects, const struct wl_view *v, struct judged *out)
{
	bool any = false;

	wl_foreach (e, expects) {
		out->check = xrealloc(out->check, (out->checks + 1) * sizeof(*out->check));
		struct judged_check *c = &out->check[out->checks++];

		*c = (struct judged_check){ .expect = e };
		wl_judge(v, e, &c->verdict);
		/* no word of what was wanted: its loops ran over nothing */
		if (c->verdict.outcome == OUTCOME_PASS && !c->verdict.expected[0])
			c->verdict = (struct wl_verdict){ .outcome = OUTCOME_BROKEN,
							  .why = "the check has looked at nothing" };
		out->outcome = any ? outcome_join(out->outcome, c->verdict.outcome) : c->verdict.outcome;
		any = true;
	}
}

/* The nodes as a check looks at them; tables by nid. */
static void view_nodes(const struct topo_guest *g, struct wl_view *v)
{
	unsigned order[TOPO_NODES_MAX];
	uint8_t *distance = xcalloc(IDSET_MAX, IDSET_MAX);
	uint16_t *fallback = xcalloc((size_t)IDSET_MAX * IDSET_MAX, sizeof(*fallback));

	memset(fallback, 0xff, (size_t)IDSET_MAX * IDSET_MAX * sizeof(*fallback)); /* WL_NOWHERE */

	v->mem_nodes = g->has_memory;
	v->cpu_nodes = g->has_cpu;
	v->distance_stride = IDSET_MAX;
	for (unsigned i = 0; i < g->nodes; i++) {
		unsigned row = g->node[i].nid * IDSET_MAX,
			 n = topo_guest_fallback(g, g->node[i].nid, false, order);

		for (unsigned k = 0; k < g->nodes; k++)
			distance[row + g->node[k].nid] = g->distance[i][k];
		for (unsigned k = 0; k < n; k++)
			fallback[row + k] = (uint16_t)order[k];
	}
	v->distance = distance;
	v->fallback = fallback;
}

void judge_checks(const struct workload *w, const struct wl_expects *expects, const void *params,
		  const struct wl_value *values, size_t nvalues, const struct topo_guest *g,
		  const unsigned kernel[3], int shift, struct judged *out)
{
	struct wl_view v = { .w = w, .params = params, .values = values, .nvalues = nvalues, .shift = shift };

	memcpy(v.kernel, kernel, sizeof(v.kernel));
	view_nodes(g, &v);
	run_checks(expects, &v, out);
	free((void *)(uintptr_t)v.distance);
	free((void *)(uintptr_t)v.fallback);
}

void judge_workload(const struct workload *w, const void *params, const struct records *r,
		    const struct topo_guest *g, const unsigned kernel[3], int shift, const char *machine_end,
		    struct judged *out)
{
	struct err err = ERR_INIT;

	*out = (struct judged){ .outcome = OUTCOME_BROKEN };
	if (*machine_end) {
		snprintf(out->why, sizeof(out->why), "%s", machine_end);
		return;
	}
	ended_trouble(w, r, out->why, sizeof(out->why));
	if (!out->why[0] && r->skip) {
		out->outcome = OUTCOME_SKIP;
		snprintf(out->why, sizeof(out->why), "%s", r->skip);
	}
	text_plain(out->why); /* a program's output may be anything, JSON takes UTF-8 only */
	if (out->why[0] || r->skip)
		return;
	if (w->needs.kernel && !kernel_known(kernel)) {
		snprintf(out->why, sizeof(out->why),
			 "needs Linux %s, and the kernel's file does not show its version", w->needs.kernel);
		return;
	}
	if (metrics_collect(w, r, g, shift, &out->value, &out->values, &err)) {
		snprintf(out->why, sizeof(out->why), "%s", err.msg);
		return;
	}
	judge_checks(w, &w->expects, params, out->value, out->values, g, kernel, shift, out);
}
