/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a huge-page fault may pay for, by transparent_hugepage/defrag, on a node that has memory free but no block of
 * 2 MiB. vma_thp_gfp_mask() decides by mode and by MADV_HUGEPAGE: compact here and now (direct), wake kswapd and
 * kcompactd and take small pages for this time (defer), or only the latter.
 *
 * Costs are virtual time, which is instructions, of the fault alone. One byte is all that each area is used for: what
 * a short-lived mapping pays.
 */
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/auto.h"
#include "workloads/lib/buddy.h"
#include "workloads/lib/fragment.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/thp.h"
#include "workloads/lib/vmstat.h"

#define SOAK 64

struct params {
	uint64_t blocks, keep;
};

static const struct wl_param params[] = {
	{ "blocks", WL_U64, offsetof(struct params, blocks), "16", 8, FRAGMENT_MOST / 2,
	  "blocks of 2 MiB that are broken" },
	{ "keep", WL_U64, offsetof(struct params, keep), "64", 1, FRAGMENT_KEEP,
	  "pages kept in each: a power of two" },
};

enum way { NOTHING, DEFERRED, DIRECT };

/* In the order in which they are tried: what leaves the node as it is comes first. */
static const struct act {
	const char *name, *mode;
	bool asked; /* MADV_HUGEPAGE */
	enum way way;
} acts[] = {
	{ "never", "never", false, NOTHING },
	{ "never_asked", "never", true, NOTHING },
	{ "madvise", "madvise", false, NOTHING },
	{ "madvise_asked", "madvise", true, DIRECT },
	{ "always", "always", false, DIRECT },
	{ "always_asked", "always", true, DIRECT },
	{ "both_asked", "defer+madvise", true, DIRECT },
	{ "both", "defer+madvise", false, DEFERRED },
	{ "defer", "defer", false, DEFERRED },
	{ "defer_asked", "defer", true, DEFERRED },
};
#define ACTS (sizeof(acts) / sizeof(*acts))

static const struct event {
	const char *name, *counter;
} events[] = {
	{ "alloc", "thp_fault_alloc" },	  { "fallback", "thp_fault_fallback" }, { "stall", "compact_stall" },
	{ "success", "compact_success" }, { "woken", "compact_daemon_wake" },
};
#define EVENTS (sizeof(events) / sizeof(*events))

struct counts {
	int64_t n[EVENTS];
};

static struct counts count_events(struct wl *w)
{
	struct counts c;

	for (size_t i = 0; i < EVENTS; i++)
		c.n[i] = vmstat_get(w, events[i].counter);
	return c;
}

struct room {
	struct wl *w;
	int nid;
	char *soak; /* takes blocks that must not be free, one after the other */
	unsigned soaked;
};

/* The node has no block that a fault could take. */
static void soak(struct room *r)
{
	thp_set(r->w, "defrag", "never");
	while (!wl_sabotaged(r->w, "not-broken") && buddy_blocks(r->w, r->nid, NULL) && r->soaked < SOAK) {
		char *p = r->soak + (size_t)r->soaked++ * HUGE;

		*(volatile char *)p = 1;
		if (!thp_whole(r->w, p, HUGE))
			break;
	}
}

/* In virtual ns. */
static int64_t fault(struct wl *w, char *p, const char *name)
{
	uint64_t before = wl_now();

	wl_mark(w, "aside");
	*(volatile char *)p = 1;
	wl_mark(w, name);
	return (int64_t)(wl_now() - before);
}

static void try(struct room *r, const struct act *a)
{
	struct wl *w = r->w;
	char *p = wl_map(r->w, HUGE);

	soak(r);
	thp_set(w, "defrag",
		wl_sabotaged(r->w, "all-always")  ? "always"
		: wl_sabotaged(r->w, "all-never") ? "never"
						  : a->mode);
	if (a->asked)
		madvise(p, HUGE, MADV_HUGEPAGE);
	wl_value(w, WL_NAMED(a->name, "blocks"), -1, buddy_blocks(w, r->nid, NULL));
	struct counts before = count_events(w);
	int64_t cost = fault(w, p, a->name);
	struct counts then = count_events(w);
	for (size_t i = 0; i < EVENTS; i++)
		wl_value(w, WL_NAMED(a->name, events[i].name), -1, then.n[i] - before.n[i]);
	wl_value(w, WL_NAMED(a->name, "cost"), -1, cost);
	wl_place(w, a->name, p, HUGE);
	/* it stays until the end: it would be a block for the next one */
	if (wl_sabotaged(r->w, "not-broken"))
		wl_unmap(p, HUGE);
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	struct room r = { .w = w };
	struct fragment f = { 0 };
	char *calm;
	int near;

	wl_two_nodes(w, &near, &r.nid);
	wl_value(w, "node", -1, r.nid);
	r.soak = wl_map(w, SOAK * HUGE);
	wl_pin_node(w, r.nid);
	thp_set(w, "defrag", "never");
	fault(w, wl_map(w, HUGE), "first"); /* the first costs more */
	calm = wl_map(w, HUGE);
	wl_value(w, "calm_cost", -1, fault(w, calm, "calm"));
	wl_place(w, "calm", calm, HUGE);
	wl_pin_cpu(w, wl_cpu_of(w, near));
	if (!wl_sabotaged(w, "not-broken"))
		fragment_make(w, &f, r.nid, (unsigned)p->blocks, (unsigned)p->keep);
	wl_pin_cpu(w, wl_cpu_of(w, r.nid));
	for (size_t i = 0; i < ACTS; i++)
		try(&r, &acts[i]);
}

/* clang-format off */
#define COUNT(name, which, what) { name "_" which, "1", WL_REPORTED, .about = what " (" name ")" }
#define ACT(name, what)                                                                                    \
	{ name, "pages", WL_REPORTED, .about = what },                                                     \
	COUNT(name, "blocks", "of 2 MiB free on the node before the fault"),                               \
	COUNT(name, "alloc", "thp_fault_alloc"),                                                           \
	COUNT(name, "fallback", "thp_fault_fallback"),                                                     \
	COUNT(name, "stall", "compact_stall"),                                                             \
	COUNT(name, "success", "compact_success"),                                                         \
	{ name "_woken", "1", WL_REPORTED, .timing = true, .about = "compact_daemon_wake (" name ")" },    \
	{ name "_cost", "instructions", WL_CLOCKED, .better = WL_LOWER, .timing = true,                   \
	  .about = "of the fault (" name ")" }

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "the node in pieces, of the thread that faults" },
	{ "calm", "pages", WL_REPORTED, .about = "of an area written when the node has blocks" },
	{ "calm_cost", "instructions", WL_CLOCKED, .timing = true, .about = "of that fault" },
	ACT("never", "an area under `never`"),
	ACT("never_asked", "the same with MADV_HUGEPAGE"),
	ACT("madvise", "an area under `madvise`"),
	ACT("madvise_asked", "the same with MADV_HUGEPAGE"),
	ACT("always", "an area under `always`"),
	ACT("always_asked", "the same with MADV_HUGEPAGE"),
	ACT("both_asked", "an area under `defer+madvise` with MADV_HUGEPAGE"),
	ACT("both", "the same without"),
	ACT("defer", "an area under `defer`"),
	ACT("defer_asked", "the same with MADV_HUGEPAGE"),
};
/* clang-format on */

/* clang-format off */
#define TRACED(name) \
	{ name "_kernel", "instructions", WL_TRACE_CPU_NODE, "instructions kernel", .until = name, .timing = true, .better = WL_LOWER, \
	  .about = "of the kernel during the fault, by the CPU's node (" name ")" }, \
	{ name "_stores", "stores", WL_TRACE_NODE, "stores kernel", .until = name, .timing = true, \
	  .about = "of the kernel during the fault (" name ")" }

static const struct wl_metric trace_metrics[] = {
	TRACED("calm"),
	TRACED("never"), TRACED("never_asked"), TRACED("madvise"), TRACED("madvise_asked"), TRACED("always"),
	TRACED("always_asked"), TRACED("both_asked"), TRACED("both"), TRACED("defer"), TRACED("defer_asked"),
};
/* clang-format on */

/* The node may have a block by then, of kcompactd, which the one before has woken: who defers takes it. */
static void deferred(const struct wl_view *v, struct wl_verdict *out)
{
	for (const struct act *a = acts; a < acts + ACTS; a++) {
		if (a->way != DEFERRED)
			continue;
		wl_want(v, out, WL_NAMED(a->name, "stall"), -1, 0);
		wl_want(v, out, WL_NAMED(a->name, "success"), -1, 0);
		wl_want(v, out, WL_NAMED(a->name, "fallback"), -1,
			!wl_get(v, out, WL_NAMED(a->name, "blocks"), -1));
	}
}

/* One byte is used: who is given 2 MiB for it waits for their zeroes, who compacts for that, too. */
static void short_lived(const struct wl_view *v, struct wl_verdict *out)
{
	if (!wl_clocked(v, out))
		return;
	int64_t calm = wl_get(v, out, "calm_cost", -1);
	for (const struct act *a = acts; a < acts + ACTS; a++) {
		if (a->way == DIRECT)
			wl_want_least(v, out, WL_NAMED(a->name, "cost"), -1, calm * 3 / 2);
		else if (!wl_get(v, out, WL_NAMED(a->name, "alloc"), -1))
			wl_want_most(v, out, WL_NAMED(a->name, "cost"), -1, calm / 4);
	}
}

/* 2 MiB of zeroes in words of 8 bytes, on the page's node, or those of a small page and hardly more. */
static void zeroes(const struct wl_view *v, struct wl_verdict *out)
{
	int nid = (int)wl_get(v, out, "node", -1);

	wl_want_least(v, out, "calm_stores", nid, HUGE / 8);
	for (const struct act *a = acts; a < acts + ACTS; a++) {
		/* where compaction came to nothing, of another node */
		int at = nid;
		idset_foreach (other, &v->mem_nodes) {
			if (a->way == DIRECT && wl_get(v, out, a->name, (int)other) == HUGE_PAGES)
				at = (int)other;
		}
		wl_want_least(v, out, WL_NAMED(a->name, "stores"), at,
			      a->way == DIRECT ? HUGE / 8 : 4096 / 8);
		if (!wl_get(v, out, WL_NAMED(a->name, "alloc"), -1))
			wl_want_most(v, out, WL_NAMED(a->name, "stores"), nid, HUGE / 8 / 4);
	}
}

/* clang-format off */
#define SMALL_PAGE(name)                                                                                     \
	{ name "_blocks", "0" }, { name "_alloc", "0" }, { name "_fallback", "1" }, { name "_stall", "0" }, \
	{ name "_success", "0" }, { name, "1", "only on node" }
/* An asynchronous pass ends without a block where its scanners meet (partial_skipped): another node's is taken. */
#define HUGE_PAGE(name)                                                                                   \
	{ name "_blocks", "0" }, { name "_alloc", "1" }, { name "_fallback", "0" }, { name "_stall", "1" }, \
	{ name, "HUGE_PAGES * " name "_success", "on node" }
#define PAYS_MORE(name) { name "_kernel", ">= calm_kernel * 3 / 2", "on node" }
#define PAYS_LITTLE(name) { name "_kernel", "<= calm_kernel / 4", "on node" }

static const struct wl_expect trace_expects[] = {
	{ "zeroes", "C7",
	  "a huge page is 262144 stores of zeroes on its node; where none is given, it is less than a quarter of them",
	  zeroes },
	{ "kernel-pays", "C7",
	  "a fault that compacts executes at least 1.5 times the kernel instructions of one that finds a block; one that may "
	  "neither compact nor defer at most a quarter",
	  .wants = WL_WANTS(PAYS_MORE("madvise_asked"), PAYS_MORE("always"), PAYS_MORE("always_asked"),
			    PAYS_MORE("both_asked"), PAYS_LITTLE("never"), PAYS_LITTLE("never_asked"), PAYS_LITTLE("madvise")) },
};

static const struct wl_expect expects[] = {
	{ "direct-compacts", "C7",
	  "a fault that may compact at once does and gets a huge page: of its own node, or of another where that came to nothing",
	  .wants = WL_WANTS(HUGE_PAGE("madvise_asked"), HUGE_PAGE("always"), HUGE_PAGE("always_asked"), HUGE_PAGE("both_asked"),
			    { "madvise_asked_success", ">= 1 - always_success - always_asked_success - both_asked_success" }) },
	{ "deferred-free", "C7",
	  "a fault that defers does not compact; where the node has no free block it gets a small page", deferred },
	{ "nothing-paid", "C7",
	  "a fault that may neither compact nor defer gets one small page of its node and compacts nothing",
	  .wants = WL_WANTS(SMALL_PAGE("never"), SMALL_PAGE("never_asked"), SMALL_PAGE("madvise")) },
	{ "short-lived-pays", "C7",
	  "a byte written costs at least 1.5 times the instructions of a huge page's zeroes where its fault compacts, at "
	  "most a quarter of them where it gets a small page",
	  short_lived },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "all-always", "Each mode is `always`.", "nothing-paid deferred-free" },
	{ "all-never", "Each mode is `never`.", "direct-compacts short-lived-pays" },
	{ "not-broken", "The node keeps its free blocks of 2 MiB.", "nothing-paid direct-compacts" },
	{ "all-always", "Each mode is `always`.", "kernel-pays", "--trace" },
	{ "all-never", "Each mode is `never`.", "zeroes kernel-pays", "--trace" },
};

WORKLOAD(thp_defrag) = {
	.about = "what a huge-page fault pays for where no block is free, by transparent_hugepage/defrag",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64, .kernel = "6.1" },
	/* not FRAGMENT_KNOBS: memory is to be huge unasked. A change of the mode would undo min_free_kbytes */
	.knobs = "thp.enabled=always thp.defrag=never min_free_kbytes=2048 compaction.proactiveness=0",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.trace_metrics = WL_LIST(trace_metrics),
	.trace_expects = WL_LIST(trace_expects),
	.timeout_s = 120,
	.run = run,
};
