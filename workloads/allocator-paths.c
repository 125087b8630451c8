/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a page costs in instructions, by the allocator's path: from a CPU's own list or, when that is empty, with its
 * refill (fast path); with the node between its watermarks, where each allocation fails the fast path once and wakes
 * kswapd (slow path); and where it has to reclaim for itself.
 *
 * The clock counts every CPU's instructions, so kswapd must not work meanwhile: this process is of real-time priority on
 * the one CPU that kswapd may use (workloads/lib/starve.h). With that priority it may go below min, to half of it.
 */
#include <numaif.h>
#include <stdint.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/pressure.h"
#include "workloads/lib/starve.h"
#include "workloads/lib/vmstat.h"

#define ABOVE 260 /* pages above low, more than a list's refill */
#define STEPS 2	  /* down to the reserve's end */

struct params {
	uint64_t faults;
};

static const struct wl_param params[] = {
	{ "faults", WL_U64, offsetof(struct params, faults), "256", 128, 384,
	  "page faults to measure in each state of the node" },
};

struct paths {
	struct wl *w;
	const struct params *p;
	struct pressure room, tight; /* the node, or another one, with room; the node under pressure */
};

struct cost { /* in virtual ns */
	int64_t faults, sum, least, most;
};

/* Some faults more, one by one. The first page of each 2 MiB is there already, for its page table. */
static void measure(struct pressure *from, uint64_t faults, struct cost *c, const char *path)
{
	int more = wl_sabotaged(from->w, "more") ? 1000 : 0; /* not asked in what is timed */

	while (faults--) {
		if (from->next % HUGE_PAGES == 0)
			pressure_touch(from, 1);
		uint64_t at = wl_now();
		wl_mark(from->w, "aside");
		pressure_touch(from, 1);
		wl_mark(from->w, path);
		for (volatile int n = more; n; n--)
			;
		int64_t took = (int64_t)(wl_now() - at);

		c->least = !c->faults || took < c->least ? took : c->least;
		c->most = took > c->most ? took : c->most;
		c->sum += took;
		c->faults++;
	}
}

static void report(struct wl *w, const struct cost *c, const char *state)
{
	wl_value(w, WL_NAMED(state, "mean"), -1, c->sum / c->faults);
	wl_value(w, state, -1, c->least);
	wl_value(w, WL_NAMED(state, "most"), -1, c->most);
}

/* An area like that of pressure_start(), while the node has room. */
static void make_room(struct paths *s, int nid)
{
	struct idset one = wl_one(nid);

	s->room = (struct pressure){ .w = s->w, .nid = nid, .pages = 2048 };
	s->room.area = wl_map(s->w, s->room.pages * PAGE);
	wl_mbind(s->w, s->room.area, s->room.pages * PAGE, MPOL_BIND, &one, 0);
	for (size_t at = 0; at < s->room.pages; at += HUGE_PAGES)
		wl_touch(s->room.area + at * PAGE, PAGE, 1);
}

static void tighten(struct paths *s)
{
	struct pressure *t = wl_sabotaged(s->w, "no-pressure") ? &s->room : &s->tight;
	int64_t first = vmstat_sum(s->w, "allocstall_"), min = s->tight.marks.min, over, stalls;
	struct cost between = { 0 }, below = { 0 };

	pressure_down(&s->tight, s->tight.marks.low - 16);
	measure(t, s->p->faults, &between, wl_sabotaged(s->w, "swapped") ? "fast" : "slow");
	report(s->w, &between, "between");
	stalls = vmstat_sum(s->w, "allocstall_");
	wl_value(s->w, "between_stalls", -1, stalls - first);
	/*
	 * Down to a list's refill above the end of a real-time process's reserve. In steps, since the CPU's list may give some
	 * of the pages, and may have taken back as many from the zone meanwhile.
	 */
	for (int steps = 0; steps < STEPS && (over = pressure_free(&s->tight) - min / 2 - ABOVE) > 0; steps++)
		pressure_touch(&s->tight, (size_t)over);
	wl_value(s->w, "reserve", -1, min - pressure_free(&s->tight));
	first = vmstat_sum(s->w, "allocstall_");
	wl_value(s->w, "reserve_stalls", -1, first - stalls);
	do
		measure(t, 32, &below, "reclaiming");
	while ((stalls = vmstat_sum(s->w, "allocstall_")) == first && below.faults < 1024);
	report(s->w, &below, "below");
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

	wl_pin_cpu(w, cpu); /* what the kernel takes for itself comes from that CPU's node */
	idset_foreach (id, &w->cpu_nodes) {
		idset_foreach (c, &w->cpus[id]) {
			other = c == cpu ? other : c;
		}
	}
	kthread_find(w, "kswapd", kswapd);
	make_room(s, wl_sabotaged(s->w, "no-pressure") ? wl_nth(&w->mem_nodes, 0) : nid);
	measure(&s->room, s->p->faults, &room, wl_sabotaged(w, "swapped") ? "slow" : "fast");
	report(w, &room, "room");
	pressure_start(w, &s->tight, nid, 4, ABOVE, 16);
	kthread_settle(w, kswapd[nid]);
	if (wl_sabotaged(s->w, "ordinary"))
		starve_start(w, &starve, kswapd[nid], other);
	else
		starve_by_self(w, &starve, kswapd[nid], cpu);
	tighten(s);
	pressure_drop(&s->tight);
	starve_end(w, &starve);
	wl_value(w, "node", -1, nid);
}

/* clang-format off */
#define COSTS(state, what, varies) \
	{ state, "instructions", WL_CLOCKED, .better = WL_LOWER, .timing = varies, .about = "of the cheapest fault " what }, \
	{ state "_mean", "instructions", WL_CLOCKED, .better = WL_LOWER, .timing = true, \
	  .about = "of the mean fault, with list refills and ticks, " what }, \
	{ state "_most", "instructions", WL_CLOCKED, .timing = true, .about = "of the dearest fault " what }

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "the node that all pages come from" },
	COSTS("room", "while the node has room", false),
	COSTS("between", "while the node's free memory is between low and min", false),
	{ "between_stalls", "1", WL_REPORTED, .about = "allocstall: direct reclaims while free memory is between low and min" },
	{ "reserve", "pages", WL_REPORTED, .timing = true,
	  .about = "by which free memory is below min, with half of min nearly used up" },
	{ "reserve_stalls", "1", WL_REPORTED, .about = "allocstall: direct reclaims from between low and min down to the reserve's end" },
	COSTS("below", "from the reserve's end to the first direct reclaim", true),
	{ "below_stalls", "1", WL_REPORTED, .timing = true, .about = "allocstall: direct reclaims from the reserve's end on" },
};

#define EXECUTED(path, what) \
	{ path "_user", "instructions", WL_TRACE, "instructions user", .until = path, \
	  .about = "of the program in all faults " what }, \
	{ path "_kernel", "instructions", WL_TRACE, "instructions kernel", .until = path, .timing = true, .better = WL_LOWER, \
	  .about = "of the kernel in all faults " what }, \
	{ path "_stores", "stores", WL_TRACE_NODE, "stores kernel", .until = path, .timing = true, \
	  .about = "of the kernel in all faults " what }

static const struct wl_metric trace_metrics[] = {
	EXECUTED("fast", "while the node has room"), EXECUTED("slow", "while free memory is between low and min"),
	EXECUTED("reclaiming", "from the reserve's end to the first direct reclaim"),
};

/* A mean by the clock, within what reading the clock takes, 200 instructions a fault, of what the trace has counted. */
#define CLOCKED(mean, path)                                                  \
	{ mean, ">= (" path "_user + " path "_kernel) / faults - 200" },     \
	{ mean, "<= (" path "_user + " path "_kernel) / faults + 200" }

/* The kernel's instructions are those of all CPUs: other CPUs' ticks are among them, as many as the machine has. */
static const struct wl_expect trace_expects[] = {
	{ "faults-alike", "N7",
	  "fast and slow path: the program executes equally many instructions, each page's zeroes are stored on its node",
	  .wants = WL_WANTS({ "slow_user", "fast_user" }, { "fast_stores", ">= faults * (PAGE / 8)", "on node" },
			    { "slow_stores", ">= faults * (PAGE / 8)", "on node" }) },
	{ "slow-costs", "N7",
	  "by the slow path the kernel executes more instructions than by the fast path",
	  .wants = WL_WANTS({ "slow_kernel", "> fast_kernel" }) },
	{ "clock-agrees", "N7",
	  "a fault's mean cost by the virtual clock is within 200 instructions of what the access trace counts as executed",
	  .wants = WL_WANTS(CLOCKED("room_mean", "fast"), CLOCKED("between_mean", "slow")) },
};

/*
 * The cheapest fault of each state, since not every fault meets a tick or a refill. The slow path adds a walk over the zones and a
 * wake-up. What direct reclaim adds depends on what it finds on the node: no factor is certain, but its dearest fault is dearer than
 * the dearest without it, which met a tick.
 */
static const struct wl_expect expects[] = {
	{ "slow-path", "N7",
	  "free memory between low and min: a fault costs 200 instructions more than with room, at most 1.5 times as many; no direct reclaim",
	  .wants = WL_WANTS({ "between_stalls", "0" }, { "between", "<= room * 3 / 2" }, { "between", ">= room + 200" }) },
	{ "reclaims", "N7",
	  "reserve used up: a fault reclaims directly, and the dearest costs more than the dearest without reclaim; the cheapest at most two with room",
	  .wants = WL_WANTS({ "below_stalls", ">= 1" }, { "below_most", "> between_most" }, { "below", "<= 2 * room" }) },
	{ "real-time-reserve", "N7",
	  "a process of real-time priority allocates at least 256 pages below min without a direct reclaim",
	  .wants = WL_WANTS({ "reserve_stalls", "0" }, { "reserve", ">= 256" }) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "no-pressure", "All faults are measured with room.", "slow-path reclaims" },
	{ "ordinary", "The process is of ordinary priority.", "real-time-reserve" },
	{ "no-pressure", "All faults are measured with room.", "faults-alike", "--trace" },
	{ "swapped", "What is counted as the slow path is the fast one.", "slow-costs", "--trace" },
	{ "more", "A loop is timed with each fault.", "clock-agrees", "--trace" },
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
