/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MPOL_WEIGHTED_INTERLEAVE over two nodes, three pages to one.
 *
 * The node of a page follows from its index, as with MPOL_INTERLEAVE (interleave.c), modulo the sum of the weights
 * (mm/mempolicy.c, weighted_interleave_nid). The weights are the machine's, not the policy's: under a policy set long ago
 * the next page comes by the weights of now. Only MPOL_INTERLEAVE counts interleave_hit (alloc_pages_mpol).
 *
 * A kernel before 6.9 does not know the mode: EINVAL. What needs it is a SKIP there, hence the functions below.
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
	  "weight of the first node; the second has 1" },
};

struct weighted {
	struct wl *w;
	const struct params *p;
	struct idset nodes;
	unsigned nid[2], weight[2];
	int mode;
	char *area;
};

/* How many of the area's first pages are touched: all, or a sixteenth where fewer are enough. */
static size_t pages_in(const struct params *p, bool all)
{
	return (all ? p->pages : p->pages / 16) * (p->weight + 1);
}

static void set_weight(struct weighted *s, unsigned n, unsigned weight)
{
	char path[80];

	s->weight[n] = weight;
	if (wl_sabotaged(s->w, "no-weights"))
		return;
	snprintf(path, sizeof(path), "/sys/kernel/mm/mempolicy/weighted_interleave/node%u", s->nid[n]);
	wl_write_number(s->w, path, weight);
}

/* Touches the area's first pages anew and reports where they are; returns those that are not where the weights say. */
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
	struct weighted *s = &(struct weighted){ .w = w, .p = w->params };
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
	wl_value(w, "mismatches", -1, wrong);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "refused", "errno", WL_REPORTED, .about = "of mbind(MPOL_WEIGHTED_INTERLEAVE); 0: the kernel takes the mode" },
	{ "area", "pages", WL_REPORTED, .about = "of an area under the policy, the first node having the bigger weight" },
	{ "hits", "pages", WL_NUMASTAT, "interleave_hit", "weighted", "area",
	  .about = "interleave_hit while the area was touched" },
	{ "full", "pages", WL_REPORTED, .about = "of the area's first sixteenth, touched anew with the first node full" },
	{ "stayed", "pages", WL_REPORTED, .about = "of the area's rest, not touched since the two weights were swapped" },
	{ "swapped", "pages", WL_REPORTED, .about = "of the area's first sixteenth, touched anew with the two weights swapped" },
	{ "task", "pages", WL_REPORTED, .about = "of the area's first sixteenth, touched anew under a task policy, weights swapped" },
	{ "mismatches", "pages", WL_REPORTED, .about = "on another node than the page's index and the weights say, of all touched" },
};
/* clang-format on */

/* Makes a check SKIP that needs the mode. */
static bool is_refused(const struct wl_view *v, struct wl_verdict *out)
{
	if (!wl_get(v, out, "refused", -1))
		return false;
	wl_worse(out, OUTCOME_SKIP, "the kernel refuses MPOL_WEIGHTED_INTERLEAVE, which Linux 6.9 brought");
	return true;
}

/* The metric on the first and on the second node with memory, 0 on every other. */
static void want_spread(const struct wl_view *v, struct wl_verdict *out, const char *metric, int64_t first,
			int64_t second)
{
	unsigned n = 0;

	if (is_refused(v, out))
		return;
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, metric, (int)nid, n == 0 ? first : n == 1 ? second : 0);
		n++;
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

/* The second node keeps its share and gets that of the first as well, where it is the next of the first's zonelist. */
static void full_shifts(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;
	int64_t some = (int64_t)(p->pages / 16);
	int second = wl_nth(&v->mem_nodes, 1), next = wl_fallback(v, wl_nth(&v->mem_nodes, 0), 1);

	if (is_refused(v, out))
		return;
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "full", (int)nid,
			((int)nid == second) * some + ((int)nid == next) * (int64_t)p->weight * some);
	}
}

static const struct wl_expect expects[] = {
	{ "known", "N3", "mbind(MPOL_WEIGHTED_INTERLEAVE) succeeds from Linux 6.9 on and is EINVAL before",
	  known },
	{ "weighted", "N3",
	  "mbind(MPOL_WEIGHTED_INTERLEAVE): pages on the policy's nodes are exactly by the weights, none is elsewhere",
	  weighted },
	{ "task-weighted", "N3",
	  "set_mempolicy(MPOL_WEIGHTED_INTERLEAVE): pages on the policy's nodes are exactly by the weights, none is elsewhere",
	  task_weighted },
	{ "by-offset", "N3",
	  "under MPOL_WEIGHTED_INTERLEAVE the node of each page follows from its address and the weights alone",
	  by_offset },
	{ "live", "N3",
	  "changed weights hold for the next pages of policies that were set before; pages that are there stay",
	  live },
	{ "not-counted", "N3",
	  "pages under MPOL_WEIGHTED_INTERLEAVE do not count as interleave_hit in numastat", not_counted },
	{ "full-shifts", "N3",
	  "MPOL_WEIGHTED_INTERLEAVE with a full node: its share goes to the next node of its zonelist",
	  full_shifts },
};

static const struct wl_sabotage sabotage[] = {
	{ "no-weights", "Weights stay as they are.", "weighted task-weighted by-offset live" },
	{ "plain", "The mode is MPOL_INTERLEAVE.", "not-counted" },
	{ "unknown-mode", "The mode is one that no kernel knows.", "known" },
	{ "not-full", "No node is filled.", "full-shifts" },
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
