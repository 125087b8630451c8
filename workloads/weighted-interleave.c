/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MPOL_WEIGHTED_INTERLEAVE over two nodes, three pages to one.
 *
 * The node of a page follows from its index, as with MPOL_INTERLEAVE (interleave.c), modulo the sum of the weights
 * (mm/mempolicy.c, weighted_interleave_nid). The weights are the machine's, not the policy's: a policy set long ago
 * gives the next page by the weights of now. Only MPOL_INTERLEAVE counts interleave_hit (alloc_pages_mpol).
 *
 * A kernel before 6.9 knows no such mode: EINVAL.
 */
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "workloads/lib/full.h"
#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"

#define WEIGHTED 6 /* MPOL_WEIGHTED_INTERLEAVE, which the libnuma in use may not know */

struct params {
	uint64_t pages, weight;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "1024", 64, 4096,
	  "4 KiB pages for each unit of weight" },
	{ "weight", WL_U64, offsetof(struct params, weight), "3", 2, 16,
	  "of the first node; the second has 1" },
};

struct weighted {
	struct wl *w;
	const struct params *p;
	struct idset nodes;
	unsigned nid[2], weight[2];
	int64_t found[2]; /* weights */
	int mode;
	char *area;
};

/* The area's first pages for each node, a sixteenth of them where fewer will do. */
static size_t pages_in(const struct params *p, bool all)
{
	return (all ? p->pages : p->pages / 16) * (p->weight + 1);
}

static void set_weight(struct weighted *s, unsigned n, unsigned weight)
{
	char path[80], text[12];

	s->weight[n] = weight;
	if (wl_sabotaged(s->w, "no-weights"))
		return;
	snprintf(path, sizeof(path), "/sys/kernel/mm/mempolicy/weighted_interleave/node%u", s->nid[n]);
	if (s->found[n] < 0)
		s->found[n] = wl_read_number(s->w, path);
	snprintf(text, sizeof(text), "%u", weight);
	wl_write(s->w, path, text);
}

/* Where the area's first pages go by the policies of now; returns those that are not where the weights say. */
static int64_t spread(struct weighted *s, bool all, const char *metric)
{
	size_t pages = pages_in(s->p, all);
	int *nid = calloc(pages, sizeof(*nid));
	int64_t mismatches = 0;

	madvise(s->area, pages * PAGE, MADV_DONTNEED);
	wl_touch(s->area, pages * PAGE, 1);
	wl_place(s->w, metric, s->area, pages * PAGE);
	wl_page_nodes(s->w, s->area, pages, nid);
	for (size_t i = 0; i < pages; i++) {
		size_t at = ((uintptr_t)s->area / PAGE + i) % (s->weight[0] + s->weight[1]);

		mismatches += nid[i] != (int)s->nid[at < s->weight[0] ? 0 : 1];
	}
	free(nid);
	return mismatches;
}

static void full(struct weighted *s)
{
	struct full full = { 0 };

	if (!wl_sabotaged(s->w, "not-full"))
		full_add(s->w, &full, (int)s->nid[0]);
	spread(s, false, "full");
	full_end(s->w, &full);
}

static void run(struct wl *w)
{
	struct weighted *s = &(struct weighted){ .w = w, .p = w->params, .found = { -1, -1 } };
	size_t bytes = pages_in(s->p, true) * PAGE;
	int64_t wrong;

	s->mode = wl_sabotaged(s->w, "plain")	       ? MPOL_INTERLEAVE
		  : wl_sabotaged(s->w, "unknown-mode") ? 60
						       : WEIGHTED;
	for (unsigned n = 0; n < 2; n++) {
		s->nid[n] = (unsigned)wl_nth(&w->mem_nodes, n);
		idset_add(&s->nodes, s->nid[n]);
	}
	s->area = wl_map(w, bytes);
	int r = (int)mbind(s->area, bytes, s->mode, (const unsigned long *)s->nodes.bits, IDSET_MAX + 1, 0);
	wl_value(w, "refused", -1, r ? errno : 0);
	if (r)
		return;
	wl_pin_node(w, wl_cpu_node_far_from(w, -1));
	set_weight(s, 0, (unsigned)s->p->weight);
	set_weight(s, 1, 1);
	wl_phase(w, "weighted");
	wrong = spread(s, true, "area");
	wl_phase(w, "area");
	full(s);
	set_weight(s, 0, 1);
	set_weight(s, 1, (unsigned)s->p->weight);
	wl_place(w, "stayed", s->area + pages_in(s->p, false) * PAGE, bytes - pages_in(s->p, false) * PAGE);
	wrong += spread(s, false, "swapped");
	wl_mbind(w, s->area, bytes, MPOL_DEFAULT, NULL, 0);
	wl_mempolicy(w, s->mode, &s->nodes);
	wrong += spread(s, false, "task");
	wl_mempolicy(w, MPOL_DEFAULT, NULL);
	wl_value(w, "mismatches", -1, wrong);
	for (unsigned n = 0; n < 2 && s->found[n] >= 0; n++)
		set_weight(s, n, (unsigned)s->found[n]);
}

static const struct wl_metric metrics[] = {
	{ "refused", "errno", WL_REPORTED, .about = "of mbind with the mode; 0: it is taken" },
	{ "area", "pages", WL_REPORTED, .about = "of an area, its first node weighted" },
	{ "hits", "pages", WL_NUMASTAT, "interleave_hit", "weighted", "area",
	  .about = "counted as interleaved while it was touched" },
	{ "full", "pages", WL_REPORTED,
	  .about = "of the area's first sixteenth, touched anew with the first node full" },
	{ "stayed", "pages", WL_REPORTED, .about = "of the rest, after the two weights were swapped" },
	{ "swapped", "pages", WL_REPORTED, .about = "of the first sixteenth, touched anew after that" },
	{ "task", "pages", WL_REPORTED, .about = "of the same under the task's policy" },
	{ "mismatches", "pages", WL_REPORTED, .about = "of all, not where their index and the weights say" },
};

/* What makes the checks SKIP that need the mode. */
static bool is_refused(const struct wl_view *v, struct wl_verdict *out)
{
	if (!wl_get(v, out, "refused", -1))
		return false;
	wl_worse(out, OUTCOME_SKIP, "the kernel refuses MPOL_WEIGHTED_INTERLEAVE, which Linux 6.9 brought");
	return true;
}

/* So many pages on each of the two nodes, none elsewhere. */
static void want_spread(const struct wl_view *v, struct wl_verdict *out, const char *metric, int64_t first,
			int64_t second)
{
	idset_foreach (nid, &v->mem_nodes) {
		if (!is_refused(v, out))
			wl_want(v, out, metric, (int)nid,
				(int)nid == wl_nth(&v->mem_nodes, 0)   ? first
				: (int)nid == wl_nth(&v->mem_nodes, 1) ? second
								       : 0);
	}
}

static void known(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "refused", -1, wl_since(v, out, 6, 9) ? 0 : EINVAL);
}

static void weighted(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;

	want_spread(v, out, "area", (int64_t)(p->weight * p->pages), (int64_t)p->pages);
}

static void task_weighted(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;

	want_spread(v, out, "task", (int64_t)(p->pages / 16), (int64_t)(p->weight * (p->pages / 16)));
}

static void by_offset(const struct wl_view *v, struct wl_verdict *out)
{
	if (!is_refused(v, out))
		wl_want(v, out, "mismatches", -1, 0);
}

static void live(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;
	int64_t pages = (int64_t)p->pages, some = pages / 16, weight = (int64_t)p->weight;

	want_spread(v, out, "stayed", weight * (pages - some), pages - some);
	want_spread(v, out, "swapped", some, weight * some);
}

static void not_counted(const struct wl_view *v, struct wl_verdict *out)
{
	want_spread(v, out, "hits", 0, 0);
}

static void full_shifts(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;
	int64_t some = (int64_t)(p->pages / 16);
	int second = wl_nth(&v->mem_nodes, 1), next = wl_fallback(v, wl_nth(&v->mem_nodes, 0), 1);

	idset_foreach (nid, &v->mem_nodes) {
		if (!is_refused(v, out))
			wl_want(v, out, "full", (int)nid,
				((int)nid == second ? some : 0) +
					((int)nid == next ? (int64_t)p->weight * some : 0));
	}
}

static const struct wl_expect expects[] = {
	{ "known", "N3", "mbind takes MPOL_WEIGHTED_INTERLEAVE from Linux 6.9 on, before it is EINVAL",
	  known },
	{ "weighted", "N3", "pages are spread by the nodes' weights, to the page, none outside the policy",
	  weighted },
	{ "task-weighted", "N3", "also under the task's policy", task_weighted },
	{ "by-offset", "N3", "the node of each page follows from its address and the weights alone",
	  by_offset },
	{ "live", "N3",
	  "weights are the machine's: changed, they hold for the next pages of old policies; pages stay",
	  live },
	{ "not-counted", "N3", "they are no interleave_hit: only MPOL_INTERLEAVE counts", not_counted },
	{ "full-shifts", "N3", "a full node's share goes to the next of its zonelist", full_shifts },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-weights",
	  .breaks = "Weights stay as they are.",
	  .fails = "weighted task-weighted by-offset live" },
	{ .name = "plain", .breaks = "Plain interleave.", .fails = "not-counted" },
	{ .name = "unknown-mode", .breaks = "A mode that no kernel knows.", .fails = "known" },
	{ .name = "not-full", .breaks = "No node is filled.", .fails = "full-shifts" },
};

WORKLOAD(weighted_interleave) = {
	.about = "weighted interleave gives each node its share to the page; a kernel before 6.9 refuses it",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
