/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it costs a program that its pages are moved while it uses them. A thread on one CPU touches an area's pages in
 * turn and takes the time of each access, while one on another CPU
 *   idle       sleeps,
 *   others     moves other pages to and fro (move_pages(2)), which nobody touches,
 *   small      moves these pages, all in one call,
 *   huge       moves these, as one huge page.
 * An access to a page that is just being moved meets a migration entry, takes a fault and sleeps until the page has
 * been copied and mapped again (migration_entry_wait). Since 6.3 a call unmaps up to 512 pages first and then copies
 * them (migrate_pages_batch in mm/migrate.c), and a thread waits for the rest of these, not for one page; before,
 * it waited for one. For a huge page it waits for the copying of 512 on any kernel.
 *
 * Time is that of one clock which all CPUs' instructions drive: while another CPU has its turn it goes on,
 * so single accesses take long in `others` as well. That is why the checks go by the accesses that faulted,
 * which are told by the thread's count of faults, and compare times with `others`, never with `idle`.
 */
#include <errno.h>
#include <numaif.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/moves.h"
#include "workloads/lib/named.h"

#define PAGES MOVES_MAX
#define BINS 5
#define FIRST_EDGE_NS 10000 /* a fault takes longer */
#define IDLE_MS 10
#define BATCH_PAGES 32 /* pages' shares of a call: many, and more than one page's wait takes */
#define RISES 3

enum state { IDLE, OTHERS, SMALL, WHOLE, STATES };

static const char *const state_name[] = { "idle", "others", "small", "huge" };
/* intervals of the access trace: all accesses that took long, in this state */
static const char *const held_name[] = { "idle_held", "others_held", "small_held", "huge_held" };
static const char *const bin_name[BINS] = { "to_10us", "to_100us", "to_1ms", "to_10ms", "longer" };

struct params {
	uint64_t rounds;
};

static const struct wl_param params[] = {
	{ "rounds", WL_U64, offsetof(struct params, rounds), "1", 1, 1000,
	  "times that the pages are moved there and back" },
};

struct toucher {
	struct wl *w;
	char *area;
	unsigned cpu;
	atomic_bool ready, stop;
	uint64_t word[PAGES];
	const char *state;
	uint64_t accesses, lost, waits, waited, longest, worst, bin[BINS];
};

static uint64_t faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_THREAD, &u);
	return (uint64_t)u.ru_minflt;
}

/* Counts an access; of one that took long enough for a fault, whether it was one. */
static bool count(struct toucher *t, uint64_t took, uint64_t *seen)
{
	unsigned bin = 0;

	for (uint64_t edge = FIRST_EDGE_NS; bin < BINS - 1 && took >= edge; edge *= 10)
		bin++;
	t->bin[bin]++;
	t->accesses++;
	t->worst = took > t->worst ? took : t->worst;
	if (!bin)
		return false;
	wl_mark(t->w, t->state);
	uint64_t now = faults();
	if (now != *seen) {
		t->waits++;
		t->waited += took;
		t->longest = took > t->longest ? took : t->longest;
	}
	*seen = now;
	return true;
}

/*
 * Writes a word of each page; each must be what the last write left. From the last page to the first, against the
 * order they are moved in: the first page met that is unmapped is then the last to be copied.
 */
static void pass(struct toucher *t, uint64_t *seen)
{
	uint64_t before = wl_now();

	wl_mark(t->w, "short");
	for (unsigned i = PAGES; i-- > 0;) {
		volatile uint64_t *word = (volatile uint64_t *)(t->area + (size_t)i * PAGE);

		t->lost += *word != t->word[i];
		*word = ++t->word[i];
		uint64_t now = wl_now();
		before = count(t, now - before, seen) ? wl_now() : now;
		wl_mark(t->w, "short");
	}
}

static void *touch(void *arg)
{
	struct toucher *t = arg;
	uint64_t seen = 0;

	wl_pin_cpu(t->w, t->cpu);
	pass(t, &seen); /* what it does for the first time faults as well */
	t->accesses = t->waits = t->waited = t->longest = t->worst = 0;
	memset(t->bin, 0, sizeof(t->bin));
	seen = faults();
	atomic_store(&t->ready, true);
	do
		pass(t, &seen);
	while (!atomic_load(&t->stop));
	return NULL;
}

struct act {
	struct wl *w;
	const struct params *p;
	int near, far;
	struct toucher t;
};

/* To far and back, so that it ends where it was. */
static void move(struct act *a, enum state state, char *area, size_t pages)
{
	static int status[PAGES];
	int64_t failed = 0;
	uint64_t start = wl_now();

	if (wl_sabotaged(a->w, "scribble"))
		*(volatile uint64_t *)area = 1ull << 63; /* no count gets there */
	for (uint64_t i = 0; i < 2 * a->p->rounds; i++)
		if (state == IDLE || wl_sabotaged(a->w, "no-move"))
			wl_sleep_ms(IDLE_MS);
		else
			failed += moves_to(area, pages, i % 2 ? a->near : a->far, status) != 0;
	wl_value(a->w, WL_NAMED(state_name[state], "call"), -1,
		 (int64_t)((wl_now() - start) / (2 * a->p->rounds)));
	wl_value(a->w, WL_NAMED(state_name[state], "failed"), -1, failed);
}

static void report(struct act *a, enum state state)
{
	const struct toucher *t = &a->t;
	const char *name = state_name[state];

	wl_value(a->w, WL_NAMED(name, "accesses"), -1, (int64_t)t->accesses);
	wl_value(a->w, WL_NAMED(name, "lost"), -1, (int64_t)t->lost);
	wl_value(a->w, WL_NAMED(name, "waits"), -1, (int64_t)t->waits);
	wl_value(a->w, WL_NAMED(name, "mean_wait"), -1, (int64_t)(t->waits ? t->waited / t->waits : 0));
	wl_value(a->w, WL_NAMED(name, "longest_wait"), -1, (int64_t)t->longest);
	wl_value(a->w, WL_NAMED(name, "worst"), -1, (int64_t)t->worst);
	wl_value(a->w, WL_NAMED(name, "worst_instructions"), -1, (int64_t)t->worst);
	for (unsigned i = 0; i < BINS; i++)
		wl_value(a->w, WL_NAMED(name, bin_name[i]), -1, (int64_t)t->bin[i]);
}

static void go(struct act *a, enum state state, char *touched, char *moved, size_t pages)
{
	pthread_t thread;
	int r;

	a->t = (struct toucher){ .w = a->w, .area = touched, .cpu = a->t.cpu, .state = held_name[state] };
	for (unsigned i = 0; i < PAGES; i++)
		a->t.word[i] = ~(uint64_t)i; /* moves_fill() */
	r = pthread_create(&thread, NULL, touch, &a->t);
	if (r)
		wl_broken(a->w, "pthread_create: %s", strerror(r));
	while (!atomic_load(&a->t.ready))
		wl_sleep_ms(1);
	move(a, state, moved, pages);
	atomic_store(&a->t.stop, true);
	pthread_join(thread, NULL);
	wl_place(a->w, WL_NAMED(state_name[state], "pages"), moved, PAGES * PAGE);
	report(a, state);
	moves_fill(touched, PAGES);
	wl_phase(a->w, state_name[state]);
}

/* A CPU of another node than the toucher's, else another CPU of it. */
static unsigned other_cpu(struct wl *w, unsigned not )
{
	unsigned here = 0;

	idset_foreach (nid, &w->cpu_nodes) {
		if (!idset_has(&w->cpus[nid], not ) && !wl_sabotaged(w, "same-node"))
			return wl_cpu_of(w, (int)nid);
		here = idset_has(&w->cpus[nid], not ) ? nid : here;
	}
	idset_foreach (cpu, &w->cpus[here]) {
		if (cpu != not )
			return cpu;
	}
	wl_skip(w, "there is one CPU only");
}

static void run(struct wl *w)
{
	static struct act a;
	char *small, *others, *huge;

	a.w = w;
	a.p = w->params;
	a.near = wl_nth(&w->mem_nodes, 0);
	a.far = wl_nth(&w->mem_nodes, 1);
	a.t.cpu = wl_cpu_of(w, wl_nth(&w->cpu_nodes, 0));
	wl_pin_cpu(w, other_cpu(w, a.t.cpu));
	small = moves_area(w, a.near, PAGES);
	others = moves_area(w, a.near, PAGES);
	huge = moves_huge(w, a.near);
	wl_value(w, "near", -1, a.near);
	wl_value(w, "toucher", -1, wl_nth(&w->cpu_nodes, 0));
	wl_phase(w, "begin");
	go(&a, IDLE, small, small, PAGES);
	go(&a, OTHERS, small, wl_sabotaged(a.w, "move-always") ? small : others, PAGES);
	go(&a, SMALL, small, small, PAGES);
	go(&a, WHOLE, huge, huge, 1);
	wl_unmap(small, PAGES * PAGE);
	wl_unmap(others, PAGES * PAGE);
	wl_unmap(huge, PAGES * PAGE);
}

/* clang-format off */
#define STATE(name, since, what)                                                                            \
	{ name "_accesses", "1", WL_REPORTED, .timing = true, .about = "while " what },                     \
	{ name "_lost", "1", WL_REPORTED, .about = "of them that did not find what the last one wrote" },   \
	{ name "_waits", "1", WL_REPORTED, .timing = true, .about = "of them that faulted" },               \
	{ name "_mean_wait", "ns", WL_REPORTED, .timing = true, .about = "mean of those" },                 \
	{ name "_longest_wait", "ns", WL_REPORTED, .timing = true, .about = "the longest of those" },       \
	{ name "_worst", "ns", WL_REPORTED, .timing = true, .about = "the longest of all accesses" },       \
	{ name "_worst_instructions", "instructions", WL_CLOCKED, .timing = true, .about = "of all CPUs, in that time" }, \
	{ name "_to_10us", "1", WL_REPORTED, .timing = true, .about = "accesses shorter than 10 us" },      \
	{ name "_to_100us", "1", WL_REPORTED, .timing = true, .about = "... up to 100 us" },                \
	{ name "_to_1ms", "1", WL_REPORTED, .timing = true, .about = "... up to 1 ms" },                    \
	{ name "_to_10ms", "1", WL_REPORTED, .timing = true, .about = "... up to 10 ms" },                  \
	{ name "_longer", "1", WL_REPORTED, .timing = true, .about = "... longer" },                        \
	{ name "_call", "ns", WL_REPORTED, .timing = true, .about = "a call of move_pages(2), mean" }, \
	{ name "_failed", "1", WL_REPORTED, .about = "calls that did not move all pages" },                 \
	{ name "_pages", "pages", WL_REPORTED, .about = "of what was moved, at the end" },                  \
	{ name "_moved", "pages", WL_VMSTAT, "pgmigrate_success", since, name, .about = "pgmigrate_success" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "where all memory is before and after" },
	{ "toucher", "nid", WL_REPORTED, .about = "where the thread runs that touches them; the one that moves them does elsewhere" },
	STATE("idle", "begin", "nothing is moved"),
	STATE("others", "idle", "other pages are moved"),
	STATE("small", "others", "these pages are moved"),
	STATE("huge", "small", "these are moved as a huge page"),
};
/* clang-format on */
static int64_t calls_of(const struct wl_view *v)
{
	return 2 * (int64_t)((const struct params *)v->params)->rounds;
}

/* It can sleep through more than one call for the huge page: that is moved again before its turn. */
static void moved_waits(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "small_waits", -1, calls_of(v));
	wl_want_least(v, out, "huge_waits", -1, 1);
}

/* What a page's share of a call of move_pages(2) is, times n. */
static int64_t share(const struct wl_view *v, struct wl_verdict *out, int64_t n)
{
	return wl_get(v, out, "small_call", -1) * n / PAGES;
}

/* The longest wait as a part of the call, which takes longer for the same reasons where there are more CPUs. */
static void batch_waits(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "small_longest_wait", -1, 1);
	if (wl_since(v, out, 6, 3))
		wl_want_least(v, out, "small_longest_wait", -1, share(v, out, BATCH_PAGES));
	else
		wl_want_most(v, out, "small_longest_wait", -1, share(v, out, BATCH_PAGES));
}

/* Nothing else runs while nothing is moved: the worst access then is one that a tick of the clock fell into. */
static void worst_rises(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t usual = wl_get(v, out, "idle_worst", -1);

	wl_want_least(v, out, "huge_worst", -1, RISES * usual);
	if (wl_since(v, out, 6, 3))
		wl_want_least(v, out, "small_worst", -1, RISES * usual);
}

static void none_lost(const struct wl_view *v, struct wl_verdict *out)
{
	for (enum state s = 0; s < STATES; s++)
		wl_want(v, out, WL_NAMED(state_name[s], "lost"), -1, 0);
}

static void all_moved(const struct wl_view *v, struct wl_verdict *out)
{
	for (enum state s = 0; s < STATES; s++) {
		wl_want(v, out, WL_NAMED(state_name[s], "failed"), -1, 0);
		wl_want(v, out, WL_NAMED(state_name[s], "moved"), -1, s == IDLE ? 0 : calls_of(v) * PAGES);
		wl_want_only_on(v, out, WL_NAMED(state_name[s], "pages"), (int)wl_get(v, out, "near", -1),
				PAGES);
	}
}

/* clang-format off */
#define HELD(name, what) \
	{ name "_executed", "instructions", WL_TRACE_CPU_NODE, "instructions", .until = name "_held", .timing = true, \
	  .about = "in accesses of 10 us and more while " what }

static const struct wl_metric trace_metrics[] = {
	HELD("idle", "nothing is moved"), HELD("others", "other pages are moved"),
	HELD("small", "these pages are moved"), HELD("huge", "these are moved as a huge page"),
};
/* clang-format on */

/* It sleeps: what it waits for is done on the other CPU. */
static void others_work(const struct wl_view *v, struct wl_verdict *out)
{
	int nid = (int)wl_get(v, out, "toucher", -1);

	wl_want_most(v, out, "huge_executed", nid, wl_sum(v, out, "huge_executed") / 4);
	if (wl_since(v, out, 6, 3))
		wl_want_most(v, out, "small_executed", nid, wl_sum(v, out, "small_executed") / 4);
}

static const struct wl_expect trace_expects[] = {
	{ "others-work", "C9",
	  "of what is executed while an access waits, a quarter at most is on the CPU that waits: a batch since 6.3, a huge page",
	  others_work },
};

static const struct wl_expect expects[] = {
	{ "moved-waits", "C9", "accesses to pages that are being moved fault and wait, at least one a call",
	  moved_waits },
	{ "others-free", "C9", "none faults while nothing or other pages are moved",
	  .wants = WL_WANTS({ "idle_accesses", ">= 512" }, { "others_accesses", ">= 512" },
			    { "idle_waits", "0" }, { "others_waits", "0" }) },
	{ "batch-waits", "C9",
	  "the longest wait is for a batch of pages since 6.3, and was for one page before", batch_waits },
	{ "huge-waits", "C9", "it is for the copying of all 512 when a huge page is moved",
	  .wants = WL_WANTS({ "huge_longest_wait", ">= huge_call / 4" }) },
	{ "worst-rises", "C9",
	  "the worst access takes several times as long as with none moving: for a huge page, and since 6.3 for a batch",
	  worst_rises },
	{ "none-lost", "C9", "every write is found by the next access to its page, moved or not", none_lost },
	{ "all-moved", "C9", "pgmigrate_success is the number of pages moved, to and fro", all_moved },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-move",
	  .breaks = "Nothing is moved, ever.",
	  .fails = "moved-waits batch-waits huge-waits worst-rises all-moved" },
	{ .name = "move-always",
	  .breaks = "What is touched moves when other pages should.",
	  .fails = "others-free" },
	{ .name = "scribble", .breaks = "Who moves a page writes to it.", .fails = "none-lost" },
	{ .name = "same-node",
	  .breaks = "Who moves them runs on the same node.",
	  .fails = "others-work",
	  .options = "--trace" },
};

WORKLOAD(migrate_latency) = {
	.about = "an access to a page that is being moved waits until it has been",
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
