/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a huge-page fault does, by transparent_hugepage/defrag, on a node that has memory free but no block of 2 MiB.
 * vma_thp_gfp_mask() decides by the mode and by MADV_HUGEPAGE: the fault compacts directly, or it wakes kswapd and
 * kcompactd and takes a small page (deferred), or it only takes a small page.
 *
 * The cost is virtual time, which is instructions, of the fault alone. Of each area one byte is written, as by a mapping
 * that does not live long.
 */
#include <stdbool.h>
#include <sys/mman.h>

#include "workloads/lib/buddy.h"
#include "workloads/lib/fragment.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/thp.h"
#include "workloads/lib/vmstat.h"

#define SOAK 64 /* blocks of 2 MiB that may turn up free and are taken */

struct params {
	uint64_t blocks, keep;
};

static const struct wl_param params[] = {
	{ "blocks", WL_U64, offsetof(struct params, blocks), "16", 8, FRAGMENT_MOST / 2,
	  "blocks of 2 MiB that are broken" },
	{ "keep", WL_U64, offsetof(struct params, keep), "64", 1, FRAGMENT_KEEP,
	  "pages kept in each broken block: a power of two" },
};

enum way { NOTHING, DEFERRED, DIRECT };

/* In the order in which they are tried. Those that leave the node as it is come first. */
static const struct trial {
	const char *name, *mode;
	bool asked; /* MADV_HUGEPAGE */
	enum way way;
} trials[] = {
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
#define TRIALS (sizeof(trials) / sizeof(*trials))

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
	char *soak; /* an area that takes free blocks, one after the other */
	unsigned soaked;
};

/* Takes free blocks until the node has none that a fault could take. */
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

/* Returns the time of the fault in virtual ns. */
static int64_t fault(struct wl *w, char *p, const char *name)
{
	uint64_t before = wl_now();

	wl_mark(w, "aside");
	*(volatile char *)p = 1;
	wl_mark(w, name);
	return (int64_t)(wl_now() - before);
}

static void try(struct room *r, const struct trial *t)
{
	struct wl *w = r->w;
	char *p = wl_map(r->w, HUGE);

	soak(r);
	thp_set(w, "defrag",
		wl_sabotaged(r->w, "all-always")  ? "always"
		: wl_sabotaged(r->w, "all-never") ? "never"
						  : t->mode);
	if (t->asked)
		madvise(p, HUGE, MADV_HUGEPAGE);
	wl_value(w, WL_NAMED(t->name, "blocks"), -1, buddy_blocks(w, r->nid, NULL));
	struct counts before = count_events(w);
	int64_t cost = fault(w, p, t->name);
	struct counts then = count_events(w);
	for (size_t i = 0; i < EVENTS; i++)
		wl_value(w, WL_NAMED(t->name, events[i].name), -1, then.n[i] - before.n[i]);
	wl_value(w, WL_NAMED(t->name, "cost"), -1, cost);
	wl_place(w, t->name, p, HUGE);
	/* the area stays mapped, else the next trial would find its block free */
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
	fault(w, wl_map(w, HUGE), "first"); /* not measured: the first one costs more */
	calm = wl_map(w, HUGE);
	wl_value(w, "calm_cost", -1, fault(w, calm, "calm"));
	wl_place(w, "calm", calm, HUGE);
	wl_pin_cpu(w, wl_cpu_of(w, near));
	if (!wl_sabotaged(w, "not-broken"))
		fragment_make(w, &f, r.nid, (unsigned)p->blocks, (unsigned)p->keep);
	wl_pin_cpu(w, wl_cpu_of(w, r.nid));
	for (size_t i = 0; i < TRIALS; i++)
		try(&r, &trials[i]);
}

/* clang-format off */
#define COUNT(name, which, what) { name "_" which, "1", WL_REPORTED, .about = what ", trial `" name "`" }
#define TRIAL(name, what) \
	{ name, "pages", WL_REPORTED, .about = "pages by node, an area under " what }, \
	COUNT(name, "blocks", "free blocks of 2 MiB on the node before the fault"), \
	COUNT(name, "alloc", "thp_fault_alloc of the fault"), \
	COUNT(name, "fallback", "thp_fault_fallback of the fault"), \
	COUNT(name, "stall", "compact_stall of the fault"), \
	COUNT(name, "success", "compact_success of the fault"), \
	{ name "_woken", "1", WL_REPORTED, .timing = true, .about = "compact_daemon_wake of the fault, trial `" name "`" },    \
	{ name "_cost", "instructions", WL_CLOCKED, .better = WL_LOWER, .timing = true, \
	  .about = "instructions of the fault, trial `" name "`" }

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "the node whose memory is fragmented and whose CPU faults" },
	{ "calm", "pages", WL_REPORTED, .about = "pages by node of an area written while the node has free blocks of 2 MiB" },
	{ "calm_cost", "instructions", WL_CLOCKED, .timing = true, .about = "instructions of a fault that finds a free block" },
	TRIAL("never", "`never`"), TRIAL("never_asked", "`never` with MADV_HUGEPAGE"),
	TRIAL("madvise", "`madvise`"), TRIAL("madvise_asked", "`madvise` with MADV_HUGEPAGE"),
	TRIAL("always", "`always`"), TRIAL("always_asked", "`always` with MADV_HUGEPAGE"),
	TRIAL("both_asked", "`defer+madvise` with MADV_HUGEPAGE"), TRIAL("both", "`defer+madvise`"),
	TRIAL("defer", "`defer`"), TRIAL("defer_asked", "`defer` with MADV_HUGEPAGE"),
};

#define TRACED(name) \
	{ name "_kernel", "instructions", WL_TRACE_CPU_NODE, "instructions kernel", .until = name, .timing = true, .better = WL_LOWER, \
	  .about = "kernel instructions during the fault, by the CPU's node, trial `" name "`" }, \
	{ name "_stores", "stores", WL_TRACE_NODE, "stores kernel", .until = name, .timing = true, \
	  .about = "kernel stores during the fault, by the memory's node, trial `" name "`" }

static const struct wl_metric trace_metrics[] = {
	TRACED("calm"),
	TRACED("never"), TRACED("never_asked"), TRACED("madvise"), TRACED("madvise_asked"), TRACED("always"),
	TRACED("always_asked"), TRACED("both_asked"), TRACED("both"), TRACED("defer"), TRACED("defer_asked"),
};
/* clang-format on */

/* kcompactd, which the trial before has woken, may have made a free block by then, which a deferring fault takes. */
static void deferred(const struct wl_view *v, struct wl_verdict *out)
{
	for (const struct trial *t = trials; t < trials + TRIALS; t++) {
		if (t->way != DEFERRED)
			continue;
		wl_want(v, out, WL_NAMED(t->name, "stall"), -1, 0);
		wl_want(v, out, WL_NAMED(t->name, "success"), -1, 0);
		wl_want(v, out, WL_NAMED(t->name, "fallback"), -1,
			!wl_get(v, out, WL_NAMED(t->name, "blocks"), -1));
	}
}

/*
 * For one byte the fault of a huge page clears 2 MiB. One that compacts does so in addition: how much that
 * costs follows from where pages lie, and is no rule of the kernel's.
 */
static void short_lived(const struct wl_view *v, struct wl_verdict *out)
{
	if (!wl_clocked(v, out))
		return;
	int64_t calm = wl_get(v, out, "calm_cost", -1);
	for (const struct trial *t = trials; t < trials + TRIALS; t++) {
		if (t->way == DIRECT)
			wl_want_least(v, out, WL_NAMED(t->name, "cost"), -1, calm + 1);
		else if (!wl_get(v, out, WL_NAMED(t->name, "alloc"), -1))
			wl_want_most(v, out, WL_NAMED(t->name, "cost"), -1, calm / 4);
	}
}

/* A huge page is cleared by stores of 8 bytes on its node; a small page by 512 of them, with few other stores. */
static void zeroes(const struct wl_view *v, struct wl_verdict *out)
{
	int nid = (int)wl_get(v, out, "node", -1);

	wl_want_least(v, out, "calm_stores", nid, HUGE / 8);
	for (const struct trial *t = trials; t < trials + TRIALS; t++) {
		/* where compaction made no block, the huge page is of another node */
		int at = nid;
		idset_foreach (other, &v->mem_nodes) {
			if (t->way == DIRECT && wl_get(v, out, t->name, (int)other) == HUGE_PAGES)
				at = (int)other;
		}
		wl_want_least(v, out, WL_NAMED(t->name, "stores"), at,
			      t->way == DIRECT ? HUGE / 8 : PAGE / 8);
		if (!wl_get(v, out, WL_NAMED(t->name, "alloc"), -1))
			wl_want_most(v, out, WL_NAMED(t->name, "stores"), nid, HUGE / 8 / 4);
	}
}

/* clang-format off */
#define SMALL_PAGE(name) \
	{ name "_blocks", "0" }, { name "_alloc", "0" }, { name "_fallback", "1" }, { name "_stall", "0" }, \
	{ name "_success", "0" }, { name, "1", "only on node" }
/* An asynchronous pass of compaction may end without a block (partial_skipped); another node's is taken then. */
#define HUGE_PAGE(name) \
	{ name "_blocks", "0" }, { name "_alloc", "1" }, { name "_fallback", "0" }, { name "_stall", "1" }, \
	{ name, "HUGE_PAGES * " name "_success", "on node" }
#define PAYS_MORE(name) { name "_kernel", ">= calm_kernel + 1", "on node" }
#define PAYS_LITTLE(name) { name "_kernel", "<= calm_kernel / 4", "on node" }

static const struct wl_expect trace_expects[] = {
	{ "zeroes", "C7",
	  "a fault that gets a huge page makes 262144 kernel stores or more on the page's node; one that gets none at most a quarter",
	  zeroes },
	{ "kernel-pays", "C7",
	  "a fault that compacts executes more kernel instructions than one that finds a block, and one that may neither compact "
	  "nor defer at most a quarter of it",
	  .wants = WL_WANTS(PAYS_MORE("madvise_asked"), PAYS_MORE("always"), PAYS_MORE("always_asked"),
			    PAYS_MORE("both_asked"), PAYS_LITTLE("never"), PAYS_LITTLE("never_asked"), PAYS_LITTLE("madvise")) },
};

static const struct wl_expect expects[] = {
	{ "direct-compacts", "C7",
	  "a fault that may compact at once does and gets a huge page: of its own node, or of another where compaction made none",
	  .wants = WL_WANTS(HUGE_PAGE("madvise_asked"), HUGE_PAGE("always"), HUGE_PAGE("always_asked"), HUGE_PAGE("both_asked"),
			    { "madvise_asked_success", ">= 1 - always_success - always_asked_success - both_asked_success" }) },
	{ "deferred-free", "C7",
	  "a fault that defers does not compact; where the node has no free block it gets a small page", deferred },
	{ "nothing-paid", "C7",
	  "a fault that may neither compact nor defer gets one small page of its node and compacts nothing",
	  .wants = WL_WANTS(SMALL_PAGE("never"), SMALL_PAGE("never_asked"), SMALL_PAGE("madvise")) },
	{ "short-lived-pays", "C7",
	  "one byte is written: a fault that compacts costs more instructions than one that finds a free huge page, and one that "
	  "gets a small page at most a quarter of it",
	  short_lived },
};

static const struct wl_sabotage sabotage[] = {
	{ "all-always", "The mode of every trial is `always`.", "nothing-paid deferred-free" },
	{ "all-never", "The mode of every trial is `never`.", "direct-compacts short-lived-pays" },
	{ "not-broken", "The node keeps its free blocks of 2 MiB.", "nothing-paid direct-compacts" },
	{ "all-always", "The mode of every trial is `always`.", "kernel-pays", "--trace" },
	{ "all-never", "The mode of every trial is `never`.", "zeroes kernel-pays", "--trace" },
};

WORKLOAD(thp_defrag) = {
	.about = "what a huge-page fault pays for where no block is free, by transparent_hugepage/defrag",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64, .kernel = "6.1" },
	/* not FRAGMENT_KNOBS: huge pages without MADV_HUGEPAGE. A later change of `enabled` would undo min_free_kbytes */
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
/* clang-format on */
