/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it costs a program that its pages are moved while it uses them. A thread on one CPU writes to each page of an area in
 * turn and takes the time of each access. Meanwhile a thread on another CPU
 *   idle       sleeps,
 *   others     moves other pages, which nobody touches, to a second node and back (move_pages(2)),
 *   small      moves the pages that are written to, all of them in one call,
 *   huge       moves them as one huge page.
 * An access to a page that is being moved meets a migration entry, takes a fault and sleeps until the page has been copied
 * and mapped again (migration_entry_wait). Since 6.3 a call unmaps up to 512 pages first and then copies them
 * (migrate_pages_batch in mm/migrate.c), so that an access waits for what is left of the batch; before 6.3 it waited for
 * one page. For a huge page it waits until 512 pages are copied, on any kernel.
 *
 * All CPUs' instructions drive one clock. It goes on while another CPU has its turn, so single accesses take long in
 * `others`, too. Therefore the checks look at accesses that faulted, which the thread's count of faults tells apart, and
 * compare their times with the duration of a call of move_pages(2).
 */
#include "workloads/lib/judge.h"
#include "workloads/lib/moves.h"
#include "workloads/lib/named.h"
#include "workloads/lib/toucher.h"

#define PAGES MOVES_MAX
#define IDLE_MS 10
#define RISES 3

enum state { IDLE, OTHERS, SMALL, WHOLE };

static const char *const state_name[] = { "idle", "others", "small", "huge" };
/* Intervals of the access trace: the accesses that took long, by state. */
static const char *const held_name[] = { "idle_held", "others_held", "small_held", "huge_held" };

struct params {
	uint64_t rounds;
};

static const struct wl_param params[] = {
	{ "rounds", WL_U64, offsetof(struct params, rounds), "1", 1, 1000,
	  "times that the pages are moved to the second node and back, in each state" },
};

struct latency {
	struct wl *w;
	uint64_t rounds;
	int near, far;
	unsigned cpu;
	struct toucher t;
};

/* To the far node and back, so that the pages end where they were. */
static void move(struct latency *l, enum state state, char *area, size_t pages)
{
	static int status[PAGES];
	const char *name = state_name[state];
	int64_t failed = 0;
	uint64_t start = wl_now();

	if (wl_sabotaged(l->w, "scribble"))
		*(volatile uint64_t *)area = 1ull << 63; /* no count gets there */
	for (uint64_t i = 0; i < 2 * l->rounds; i++)
		if (state == IDLE || wl_sabotaged(l->w, "no-move"))
			wl_sleep_ms(IDLE_MS);
		else
			failed += moves_to(area, pages, i % 2 ? l->near : l->far, status) != 0;
	wl_value(l->w, WL_NAMED(name, "call"), -1, (int64_t)((wl_now() - start) / (2 * l->rounds)));
	wl_value(l->w, WL_NAMED(name, "failed"), -1, failed);
}

static void measure(struct latency *l, enum state state, char *touched, char *moved, size_t pages)
{
	const char *name = state_name[state];

	toucher_start(l->w, &l->t, touched, l->cpu, held_name[state]);
	move(l, state, moved, pages);
	toucher_stop(&l->t);
	wl_place(l->w, WL_NAMED(name, "pages"), moved, PAGES * PAGE);
	toucher_report(&l->t, name);
	moves_fill(touched, PAGES);
	wl_phase(l->w, name);
}

/* A CPU of the second node with CPUs, or else a second one of the toucher's node. */
static unsigned mover_cpu(struct wl *w, int toucher)
{
	int other = wl_sabotaged(w, "same-node") ? -1 : wl_nth(&w->cpu_nodes, 1);

	return other < 0 ? idset_next(&w->cpus[toucher], wl_cpu_of(w, toucher) + 1) : wl_cpu_of(w, other);
}

static void run(struct wl *w)
{
	static struct latency l;
	int toucher = wl_nth(&w->cpu_nodes, 0);
	char *small, *others, *huge;

	l.w = w;
	l.rounds = ((const struct params *)w->params)->rounds;
	l.near = wl_nth(&w->mem_nodes, 0);
	l.far = wl_nth(&w->mem_nodes, 1);
	l.cpu = wl_cpu_of(w, toucher);
	wl_pin_cpu(w, mover_cpu(w, toucher));
	small = moves_area(w, l.near, PAGES);
	others = moves_area(w, l.near, PAGES);
	huge = moves_huge(w, l.near);
	wl_value(w, "near", -1, l.near);
	wl_value(w, "toucher", -1, toucher);
	wl_phase(w, "begin");
	measure(&l, IDLE, small, small, PAGES);
	measure(&l, OTHERS, small, wl_sabotaged(w, "move-always") ? small : others, PAGES);
	measure(&l, SMALL, small, small, PAGES);
	measure(&l, WHOLE, huge, huge, 1);
}

/* clang-format off */
#define STATE(name, since, when) \
	TOUCHER_METRICS(name, when), \
	{ name "_call", "ns", WL_REPORTED, .timing = true, \
	  .about = "mean time of a call of move_pages(2) (or of a sleep) while " when }, \
	{ name "_failed", "1", WL_REPORTED, .about = "calls of move_pages(2) that left pages behind while " when }, \
	{ name "_pages", "pages", WL_REPORTED, .about = "pages of the moved area by node, afterwards, while " when }, \
	{ name "_moved", "pages", WL_VMSTAT, "pgmigrate_success", since, name, .about = "rise of pgmigrate_success while " when }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the node where all areas are before and after" },
	{ "toucher", "nid", WL_REPORTED, .about = "the node of the CPU that writes to the pages; another CPU moves them" },
	STATE("idle", "begin", "nothing is moved"),
	STATE("others", "idle", "other pages are moved"),
	STATE("small", "others", "the pages written to are moved"),
	STATE("huge", "small", "the huge page written to is moved"),
};
/* clang-format on */

/* 32 pages' shares of a call are more than the wait for one page, and less than that for a batch, on any number of CPUs. */
static void batch_waits(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t share = wl_get(v, out, "small_call", -1) * 32 / PAGES;

	wl_want_least(v, out, "small_longest_wait", -1, 1);
	if (wl_since(v, out, 6, 3))
		wl_want_least(v, out, "small_longest_wait", -1, share);
	else
		wl_want_most(v, out, "small_longest_wait", -1, share);
}

/* While nothing is moved nothing else runs: the worst access is then one that a tick of the clock fell into. */
static void worst_rises(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t usual = wl_get(v, out, "idle_worst", -1);

	wl_want_least(v, out, "huge_worst", -1, RISES * usual);
	if (wl_since(v, out, 6, 3))
		wl_want_least(v, out, "small_worst", -1, RISES * usual);
}

/* clang-format off */
#define HELD(name, when) \
	{ name "_executed", "instructions", WL_TRACE_CPU_NODE, "instructions", .until = name "_held", .timing = true, \
	  .about = "instructions during accesses of 10 us and more, by the CPU's node, while " when }

static const struct wl_metric trace_metrics[] = {
	HELD("idle", "nothing is moved"), HELD("others", "other pages are moved"),
	HELD("small", "the pages written to are moved"),
	HELD("huge", "the huge page written to is moved"),
};
/* clang-format on */

/* The access sleeps: what it waits for is done on the other CPU. */
static void others_work(const struct wl_view *v, struct wl_verdict *out)
{
	int nid = (int)wl_get(v, out, "toucher", -1);

	wl_want_most(v, out, "huge_executed", nid, wl_sum(v, out, "huge_executed") / 4);
	if (wl_since(v, out, 6, 3))
		wl_want_most(v, out, "small_executed", nid, wl_sum(v, out, "small_executed") / 4);
}

static const struct wl_expect trace_expects[] = {
	{ "others-work", "C9",
	  "while an access waits for a huge page, or since 6.3 for a batch, at most 1/4 of all instructions are on "
	  "CPUs of its node",
	  others_work },
};

/* clang-format off */
#define NONE_LOST(name) { name "_lost", "0" }
#define MOVED(name, calls) { name "_failed", "0" }, { name "_moved", calls " * HUGE_PAGES" }, { name "_pages", "HUGE_PAGES", "only on near" }

static const struct wl_expect expects[] = {
	/* An access can sleep through more than one call for the huge page, which is moved again before the access has its turn. */
	{ "moved-waits", "C9",
	  "accesses to pages that are being moved fault and wait: at least one a call for small pages, at least one in all for a "
	  "huge page",
	  .timed = true, .wants = WL_WANTS({ "small_waits", ">= 2 * rounds" }, { "huge_waits", ">= 1" }) },
	{ "others-free", "C9", "no access faults while nothing is moved, nor while only other pages are moved",
	  .timed = true,
	  .wants = WL_WANTS({ "idle_accesses", ">= HUGE_PAGES" }, { "others_accesses", ">= HUGE_PAGES" }, { "idle_waits", "0" },
			    { "others_waits", "0" }) },
	{ "batch-waits", "C9",
	  "512 pages moved in one call: an access waits for the batch since 6.3 (at least 1/16 of the call), for one page before "
	  "(at most 1/16)",
	  batch_waits, .timed = true },
	{ "huge-waits", "C9",
	  "an access to a huge page that is being moved waits while 512 pages are copied: at least 1/4 of the call of move_pages(2)",
	  .timed = true, .wants = WL_WANTS({ "huge_longest_wait", ">= huge_call / 4" }) },
	{ "worst-rises", "C9",
	  "the worst access takes at least 3 times as long while a huge page, or since 6.3 a batch of pages, is moved "
	  "as while none is",
	  worst_rises, .timed = true },
	{ "none-lost", "C9", "each access finds what the last one wrote to the page, whether or not the page is moved meanwhile",
	  .wants = WL_WANTS(NONE_LOST("idle"), NONE_LOST("others"), NONE_LOST("small"), NONE_LOST("huge")) },
	{ "all-moved", "C9", "pgmigrate_success rises by 512 a call of move_pages(2), and all pages are back on the near node at the end",
	  .wants = WL_WANTS(MOVED("idle", "0"), MOVED("others", "2 * rounds"), MOVED("small", "2 * rounds"),
			    MOVED("huge", "2 * rounds")) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "no-move", "Nothing is moved in any state.",
	  "moved-waits batch-waits huge-waits worst-rises all-moved" },
	{ "move-always", "The pages written to are moved where other pages should be.", "others-free" },
	{ "scribble", "The thread that moves pages writes to them.", "none-lost" },
	{ "same-node", "Both threads run on CPUs of one node.", "others-work", "--trace" },
};

WORKLOAD(migrate_latency) = {
	.about = "an access to a page that is being moved waits until the page has been copied",
	.needs = { .mem_nodes = 2,
		   .cpu_nodes = 1,
		   .cpus = 2,
		   .free_mib_per_node = 32,
		   .config = "CONFIG_TRANSPARENT_HUGEPAGE" },
	.knobs = "thp.enabled=madvise thp.defrag=madvise",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.trace_metrics = WL_LIST(trace_metrics),
	.trace_expects = WL_LIST(trace_expects),
	.timeout_s = 60,
	.run = run,
};
