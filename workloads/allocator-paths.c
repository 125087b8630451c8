/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a page costs in instructions, by the allocator's path: from a CPU's own list or, when that is empty, with its
 * refill (fast path); with the node between its watermarks, where each allocation fails the fast path once and
 * wakes kswapd (slow path); and where it has to reclaim for itself.
 *
 * The clock counts every CPU's instructions, so kswapd must not work meanwhile: this process is of real-time priority on
 * the one CPU that kswapd may use (workloads/lib/starve.h). As such it may go below min, to half of it.
 */
#include <numaif.h>
#include <stdint.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/pressure.h"
#include "workloads/lib/starve.h"
#include "workloads/lib/vmstat.h"

#define CLOCK_ODD 200 /* instructions a fault: the reading of the clock */
#define ABOVE 260     /* pages above low, more than a list's refill */
#define STEPS 2	      /* down to the reserve's end */

struct params {
	uint64_t faults;
};

static const struct wl_param params[] = {
	{ "faults", WL_U64, offsetof(struct params, faults), "256", 128, 384,
	  "page faults to measure each time" },
};

struct paths {
	struct wl *w;
	const struct params *p;
	struct pressure room, tight;
};

struct cost { /* in virtual ns */
	int64_t faults, sum, cheapest, dearest;
};

/* Some faults more, one by one. The first page of each 2 MiB is there already, for its page table. */
static void measure(struct pressure *from, uint64_t faults, struct cost *c, const char *path)
{
	while (faults--) {
		if (from->next % 512 == 0)
			pressure_touch(from, 1);
		uint64_t at = wl_now();
		wl_mark(from->w, "aside");
		pressure_touch(from, 1);
		wl_mark(from->w, path);
		for (volatile int more = wl_sabotaged(from->w, "more") ? 1000 : 0; more; more--)
			;
		int64_t took = (int64_t)(wl_now() - at);

		c->cheapest = !c->faults || took < c->cheapest ? took : c->cheapest;
		c->dearest = took > c->dearest ? took : c->dearest;
		c->sum += took;
		c->faults++;
	}
}

static void report(struct paths *s, const struct cost *c, const char *mean, const char *least,
		   const char *most)
{
	wl_value(s->w, mean, -1, c->sum / c->faults);
	wl_value(s->w, least, -1, c->cheapest);
	wl_value(s->w, most, -1, c->dearest);
}

/* An area of the node's, as of one that is under pressure, but with room. */
static void make_room(struct paths *s, int nid)
{
	struct idset one = wl_one(nid);

	s->room = (struct pressure){ .w = s->w, .nid = nid, .pages = 2048 };
	s->room.area = wl_map(s->w, s->room.pages * PAGE);
	wl_mbind(s->w, s->room.area, s->room.pages * PAGE, MPOL_BIND, &one, 0);
	for (size_t at = 0; at < s->room.pages; at += 512)
		wl_touch(s->room.area + at * PAGE, PAGE, 1);
}

static void tighten(struct paths *s)
{
	struct pressure *t = wl_sabotaged(s->w, "no-pressure") ? &s->room : &s->tight;
	int64_t first = vmstat_sum(s->w, "allocstall_"), min = s->tight.marks.min, over, stalls;
	struct cost between = { 0 }, below = { 0 };

	pressure_down(&s->tight, s->tight.marks.low - 16);
	measure(t, s->p->faults, &between, "slow");
	report(s, &between, "between_mean", "between", "between_most");
	stalls = vmstat_sum(s->w, "allocstall_");
	wl_value(s->w, "between_stalls", -1, stalls - first);
	/*
	 * To where the reserve ends for a real-time process, a list's refill before. In steps: the CPU's list may give some of
	 * the pages, and may have taken back as many from the zone meanwhile.
	 */
	for (int steps = 0; steps < STEPS && (over = pressure_free(&s->tight) - min / 2 - ABOVE) > 0; steps++)
		pressure_touch(&s->tight, (size_t)over);
	wl_value(s->w, "reserve", -1, min - pressure_free(&s->tight));
	first = vmstat_sum(s->w, "allocstall_");
	wl_value(s->w, "reserve_stalls", -1, first - stalls);
	do
		measure(t, 32, &below, "reclaiming");
	while ((stalls = vmstat_sum(s->w, "allocstall_")) == first && below.faults < 1024);
	report(s, &below, "below_mean", "below", "below_most");
	wl_value(s->w, "below_stalls", -1, stalls - first);
}

static void run(struct wl *w)
{
	struct paths *s = &(struct paths){ .w = w, .p = w->params };
	int nid = pressure_node(w);
	unsigned cpu = wl_cpu_of(w, wl_cpu_node_far_from(w, nid)), other = cpu;
	pid_t kswapd[WL_NODES];
	struct starve starve;
	struct cost room = { 0 };

	wl_pin_cpu(w, cpu); /* what the kernel takes for itself comes from there */
	idset_foreach (id, &w->cpu_nodes) {
		idset_foreach (c, &w->cpus[id]) {
			other = c == cpu ? other : c;
		}
	}
	kthread_find(w, "kswapd", kswapd);
	make_room(s, wl_sabotaged(s->w, "no-pressure") ? wl_nth(&w->mem_nodes, 0) : nid);
	measure(&s->room, s->p->faults, &room, "fast");
	report(s, &room, "room_mean", "room", "room_most");
	pressure_start(w, &s->tight, nid, 4, ABOVE, 16);
	kthread_settle(w, kswapd[nid]);
	if (wl_sabotaged(s->w, "ordinary"))
		starve_start(w, &starve, kswapd[nid], other);
	else
		starve_by_self(w, &starve, kswapd[nid], cpu);
	tighten(s);
	pressure_drop(&s->tight);
	starve_end(w, &starve);
	pressure_end(&s->tight);
	wl_value(w, "node", -1, nid);
}

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "where all pages come from" },
	{ "room", "instructions", WL_CLOCKED, .better = WL_LOWER,
	  .about = "the cheapest fault with room: a page of the CPU's own list" },
	{ "room_mean", "instructions", WL_CLOCKED, .better = WL_LOWER, .timing = true,
	  .about = "the mean: with refills, ticks" },
	{ "room_most", "instructions", WL_CLOCKED, .timing = true, .about = "the dearest" },
	{ "between", "instructions", WL_CLOCKED, .better = WL_LOWER,
	  .about = "the cheapest fault between low and min: the slow path" },
	{ "between_mean", "instructions", WL_CLOCKED, .better = WL_LOWER, .timing = true,
	  .about = "the mean" },
	{ "between_most", "instructions", WL_CLOCKED, .timing = true, .about = "the dearest" },
	{ "between_stalls", "1", WL_REPORTED, .about = "direct reclaims meanwhile" },
	{ "reserve", "pages", WL_REPORTED, .timing = true,
	  .about = "below min, with half of it nearly used up" },
	{ "reserve_stalls", "1", WL_REPORTED, .about = "direct reclaims until then" },
	{ "below", "instructions", WL_CLOCKED, .better = WL_LOWER, .timing = true,
	  .about = "the cheapest fault from there on, until one reclaims" },
	{ "below_mean", "instructions", WL_CLOCKED, .better = WL_LOWER, .timing = true, .about = "the mean" },
	{ "below_most", "instructions", WL_CLOCKED, .timing = true,
	  .about = "the dearest: the one that does" },
	{ "below_stalls", "1", WL_REPORTED, .timing = true, .about = "direct reclaims meanwhile" },
};

/* The cheapest of each, since no tick and no refill meets all of them. It is a walk over the zones and a wake-up more. */
static void slow_path(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "between_stalls", -1, 0);
	if (!wl_clocked(v, out))
		return;
	int64_t room = wl_get(v, out, "room", -1);
	wl_want_most(v, out, "between", -1, room * 3 / 2);
	wl_want_least(v, out, "between", -1, room + 200);
}

static void reclaims(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "below_stalls", -1, 1);
	if (!wl_clocked(v, out))
		return;
	wl_want_least(v, out, "below_most", -1, 10 * wl_get(v, out, "room", -1));
	/* all others found a page as between the marks */
	wl_want_most(v, out, "below", -1, 2 * wl_get(v, out, "room", -1));
}

static void reserve(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "reserve_stalls", -1, 0);
	wl_want_least(v, out, "reserve", -1, 256);
}

/* clang-format off */
#define EXECUTED(path, what) \
	{ path "_user", "instructions", WL_TRACE, "instructions user", .until = path, .about = "of the program, in all faults " what }, \
	{ path "_kernel", "instructions", WL_TRACE, "instructions kernel", .until = path, .timing = true, .better = WL_LOWER, \
	  .about = "of the kernel, in all faults " what }, \
	{ path "_stores", "stores", WL_TRACE_NODE, "stores kernel", .until = path, .timing = true, .about = "of the kernel meanwhile" }

static const struct wl_metric trace_metrics[] = {
	EXECUTED("fast", "with room"), EXECUTED("slow", "between low and min"), EXECUTED("reclaiming", "from there on"),
};
/* clang-format on */

/* The same faults, to the instruction, as far as the program goes; and each page is filled with zeroes where it lies. */
static void faults_alike(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t faults = (int64_t)((const struct params *)v->params)->faults;
	int nid = (int)wl_get(v, out, "node", -1);

	wl_want(v, out, "slow_user", -1, wl_get(v, out, "fast_user", -1));
	wl_want_least(v, out, "fast_stores", nid, faults * (PAGE / 8));
	wl_want_least(v, out, "slow_stores", nid, faults * (PAGE / 8));
}

static void slow_costs(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t faults = (int64_t)((const struct params *)v->params)->faults;
	int64_t fast = wl_get(v, out, "fast_kernel", -1);

	wl_want_least(v, out, "slow_kernel", -1, fast + 200 * faults);
	wl_want_most(v, out, "slow_kernel", -1, fast * 3 / 2);
}

/* The mean by the clock, with what reading the clock takes, against what was seen executed. */
static void clock_agrees(const struct wl_view *v, struct wl_verdict *out)
{
	static const char *const path[] = { "fast", "slow" }, *const mean[] = { "room_mean", "between_mean" };
	int64_t faults = (int64_t)((const struct params *)v->params)->faults;

	if (!wl_clocked(v, out))
		return;
	for (unsigned i = 0; i < 2; i++) {
		int64_t seen = (wl_get(v, out, WL_NAMED(path[i], "user"), -1) +
				wl_get(v, out, WL_NAMED(path[i], "kernel"), -1)) /
			       faults;

		wl_want_least(v, out, mean[i], -1, seen - CLOCK_ODD);
		wl_want_most(v, out, mean[i], -1, seen + CLOCK_ODD);
	}
}

static const struct wl_expect trace_expects[] = {
	{ "faults-alike", "N7",
	  "the program executes the same whichever path the allocator takes; each page's zeroes are written on its node",
	  faults_alike },
	{ "slow-costs", "N7",
	  "the kernel executes 200 instructions more a fault by the slow path, and at most half as many again",
	  slow_costs },
	{ "clock-agrees", "N7", "the instructions of the virtual clock are those that were seen executed",
	  clock_agrees },
};

static const struct wl_expect expects[] = {
	{ "slow-path", "N7", "between low and min each page costs the slow path, too, but no reclaim",
	  slow_path },
	{ "reclaims", "N7",
	  "where there is nothing left to take, one fault pays for a reclaim: ten others and more",
	  reclaims },
	{ "real-time-reserve", "N7", "a process of real-time priority goes on below min, to half of it",
	  reserve },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-pressure",
	  .breaks = "What is measured has room all the time.",
	  .fails = "slow-path reclaims" },
	{ .name = "ordinary",
	  .breaks = "The process is of ordinary priority.",
	  .fails = "real-time-reserve" },
	{ .name = "no-pressure",
	  .breaks = "What is measured has room all the time.",
	  .fails = "faults-alike slow-costs",
	  .options = "--trace" },
	{ .name = "more",
	  .breaks = "More than the faults is timed.",
	  .fails = "clock-agrees",
	  .options = "--trace" },
};

WORKLOAD(allocator_paths) = {
	.about = "a page costs more the less is free: from a CPU's list, by the slow path, by direct reclaim",
	.needs = { .mem_nodes = 2, .cpus = 2, .fs = "ext4", .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never watermark_boost_factor=0",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.trace_metrics = WL_LIST(trace_metrics),
	.trace_expects = WL_LIST(trace_expects),
	.timeout_s = 60,
	.run = run,
};
