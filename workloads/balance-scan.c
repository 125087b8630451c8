/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What looking costs: the scanner takes mappings away in steps, on a period that adapts, and every step is paid for in
 * faults, whether anything moves or not. Nothing does here: all threads and pages are on one node.
 *
 * task_numa_work() marks up to scan_size_mb in one go, then waits for numa_scan_period of run time, which is
 * scan_period_min_ms divided by the steps it takes to see all of the process (task_nr_scan_windows). Each pass over
 * the process with faults that are private or local makes it 3/10 longer, up to scan_period_max_ms
 * (update_task_scan_period); a thread that leaves its preferred node starts anew (update_scan_period). The periods are
 * lower bounds on what a process that has a CPU to itself sees: ticks and a scan's own cost (32 times its run time
 * must go by) add to them, so checks compare them with a wide margin.
 */
#include <stdio.h>
#include <sys/mman.h>

#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"

#define SCAN_SIZE "/sys/kernel/debug/sched/numa_balancing/scan_size_mb"
#define CLOCK_ODD 400	 /* instructions between a mark and the reading of the clock beside it */
#define CLOCK_WRONG 1000 /* Linux's clock is as right as it has measured the TSC: here by 480 in a million */
#define GAPS 5		 /* the last is the first times 1.3 ^ 4 = 2.9 */

struct params {
	uint64_t steps, pages, loops, deadline_ms;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "steps", WL_U64, AT(steps), "4", 2, 64, "how many scans it takes to see all of the first area" },
	{ "pages", WL_U64, AT(pages), "256", 1, 4096, "4 KiB pages of the area used" },
	{ "loops", WL_U64, AT(loops), "60", 1, 10000, "times it is used with balancing off, and on" },
	{ "deadline_ms", WL_U64, AT(deadline_ms), "20000", 1, 600000, "for each act" },
};

/* intervals of the access trace; of one length, so that naming them is the same work */
static const char *const balanced[] = { "balancing0", "balancing1" };

struct where {
	int near, far;
};

static void write_number(struct wl *w, const char *path, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	wl_write(w, path, text);
}

/* The only memory that is scanned, when balancing is on again. */
static char *area_of(struct wl *w, int near, size_t bytes, bool huge)
{
	wl_write(w, BALANCE_SWITCH, "0");
	balance_second_thread(w);
	balance_shield(w);
	char *area = wl_map(w, bytes);
	madvise(area, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	wl_touch(area, bytes, 1);
	/* empties the CPUs' lists of pages on their way to the LRU, which 6.1's scanner takes for pages in use by others */
	wl_gather(w, near);
	return area;
}

/* Sees mappings go that nobody uses, and so that stay away: counted by huge pages, of which only the area has any. */
static void steps(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	int64_t mib = wl_read_number(w, SCAN_SIZE), seen = 0, least = INT64_MAX, most = 0, n = 0;
	uint64_t until = wl_now() + p->deadline_ms * 1000000;
	int64_t all = (int64_t)p->steps * mib / 2;

	area_of(w, ((const struct where *)arg)->near, (size_t)all * HUGE, true);
	if (wl_sabotaged(w, "one-step"))
		wl_write(w, SCAN_SIZE, "1024");
	struct balance before = balance_now(w);
	wl_write(w, BALANCE_SWITCH, "1");
	while (seen < all && wl_now() < until) {
		struct balance b = balance_since(w, &before);
		int64_t step = b.huge - seen;

		seen = b.huge;
		if (!step)
			continue;
		least = step < least ? step : least;
		most = step > most ? step : most;
		n++;
	}
	write_number(w, SCAN_SIZE, mib);
	wl_value(w, "scan_size", -1, mib);
	wl_value(w, "steps", -1, n);
	wl_value(w, "step_least", -1, 2 * (n ? least : 0));
	wl_value(w, "step_most", -1, 2 * most);
}

/* The same work each time, in virtual ns; when other CPUs are idle that is instructions, this process's and the kernel's. */
static uint64_t work(struct wl *w, char *area, const char *name)
{
	const struct params *p = w->params;
	uint64_t from = wl_now();

	wl_mark(w, "cost");
	for (uint64_t i = 0; i < p->loops; i++) {
		wl_touch(area, p->pages * PAGE, 2);
		balance_spin(64);
	}
	wl_mark(w, name);
	if (wl_sabotaged(w, "more"))
		balance_spin(64);
	return wl_now() - from;
}

static void cost(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	const struct where *at = arg;
	char *area = area_of(w, at->near, p->pages * PAGE, false);

	if (wl_sabotaged(w, "away"))
		wl_pin_node(w, at->far);
	struct balance before = balance_now(w);
	uint64_t off = work(w, area, balanced[0]);
	struct balance b = balance_since(w, &before);
	balance_report(w, "off", &b);
	before = balance_now(w);
	wl_write(w, BALANCE_SWITCH, wl_sabotaged(w, "still-off") ? "0" : "1");
	uint64_t on = work(w, area, balanced[1]);
	b = balance_since(w, &before);
	balance_report(w, "on", &b);
	wl_value(w, "off_instructions", -1, (int64_t)off);
	wl_value(w, "on_instructions", -1, (int64_t)on);
	wl_value(w, "fault_instructions", -1, b.faults ? ((int64_t)on - (int64_t)off) / b.faults : 0);
	balance_place(w, "area", area);
}

/* Virtual ns from one pass over the process to the next. */
static uint64_t gap(struct wl *w, char *area, uint64_t *last, uint64_t until)
{
	int64_t seq = balance_sched(w, "mm->numa_scan_seq");
	uint64_t from = *last;

	while (balance_sched(w, "mm->numa_scan_seq") == seq && wl_now() < until) {
		*(volatile uint64_t *)area = 2;
		balance_spin(16);
	}
	*last = wl_now();
	return *last - from;
}

static void adapt(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	const struct where *at = arg;
	uint64_t last = wl_now(), until = last + p->deadline_ms * 1000000, took = 0;
	char *area = area_of(w, at->near, HUGE, true);

	wl_write(w, BALANCE_SWITCH, "1");
	gap(w, area, &last, until);
	gap(w, area, &last, until); /* in which the thread's own count of passes starts */
	for (int i = 0; i < GAPS; i++) {
		took = gap(w, area, &last, until);
		if (!i)
			wl_value(w, "gap_first", -1, (int64_t)took);
	}
	wl_value(w, "gap_last", -1, (int64_t)took);
	if (!wl_sabotaged(w, "steady"))
		wl_pin_node(w, at->far);
	gap(w, area, &last, until); /* what was agreed on before */
	wl_value(w, "gap_anew", -1, (int64_t)gap(w, area, &last, until));
}

static void run(struct wl *w)
{
	int64_t mode = wl_read_number(w, BALANCE_SWITCH);
	struct where at;

	wl_two_nodes(w, &at.near, &at.far);
	wl_value(w, "near", -1, at.near);
	wl_pin_node(w, at.near);
	wl_apart(w, steps, &at);
	wl_apart(w, cost, &at);
	wl_apart(w, adapt, &at);
	write_number(w, BALANCE_SWITCH, mode);
}

/* clang-format off */
#define TIMED(name, unit, from, what) { name, unit, from, .better = WL_LOWER, .timing = true, .about = what }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: where everything is" },
	{ "scan_size", "MiB", WL_REPORTED, .about = "balancing.scan_size_mb" },
	{ "steps", "1", WL_REPORTED, .about = "in which the first area's mappings went" },
	{ "step_least", "MiB", WL_REPORTED, .about = "the smallest of them" },
	{ "step_most", "MiB", WL_REPORTED, .about = "the largest of them" },
	BALANCE_METRICS("off"), BALANCE_METRICS("on"),
	TIMED("off_instructions", "instructions", WL_CLOCKED, "for the work with balancing off"),
	TIMED("on_instructions", "instructions", WL_CLOCKED, "for the same work with balancing on"),
	TIMED("fault_instructions", "instructions", WL_CLOCKED, "the difference by hint faults"),
	{ "area", "pages", WL_REPORTED, .about = "the area used, in the end" },
	TIMED("gap_first", "ns", WL_REPORTED, "from a pass over the process to the next, at first"),
	TIMED("gap_last", "ns", WL_REPORTED, "the same, four passes later"),
	TIMED("gap_anew", "ns", WL_REPORTED, "the same, when the thread has left its node"),
};
/* clang-format on */

static void in_steps(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;
	int64_t mib = wl_get(v, out, "scan_size", -1);

	wl_want(v, out, "steps", -1, (int64_t)p->steps);
	wl_want(v, out, "step_least", -1, mib);
	wl_want(v, out, "step_most", -1, mib);
}

static void nothing_moves(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;

	wl_want_least(v, out, "on_updates", -1, (int64_t)p->pages);
	wl_want_least(v, out, "on_faults", -1, (int64_t)p->pages);
	wl_want(v, out, "on_remote", -1, 0);
	wl_want(v, out, "on_migrated", -1, 0);
	wl_want_only_on(v, out, "area", (int)wl_get(v, out, "near", -1), (int64_t)p->pages);
}

/* An exception and the way through the page tables: some thousands, and 1000 on any kernel. */
static void costs(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "off_updates", -1, 0);
	if (!wl_clocked(v, out))
		return;
	wl_want_least(v, out, "fault_instructions", -1, 1000);
	wl_want_least(v, out, "on_instructions", -1,
		      wl_get(v, out, "off_instructions", -1) + 1000 * wl_get(v, out, "on_faults", -1));
}

static void adapts(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "gap_last", -1, 2 * wl_get(v, out, "gap_first", -1));
}

static void starts_anew(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_most(v, out, "gap_anew", -1, wl_get(v, out, "gap_last", -1) * 2 / 3);
}

/* clang-format off */
#define EXECUTED(act, interval) \
	{ act "_user", "instructions", WL_TRACE_CPU_NODE, "instructions user", .until = interval, \
	  .about = "of programs, for the work with balancing " act }, \
	{ act "_kernel", "instructions", WL_TRACE_CPU_NODE, "instructions kernel", .until = interval, .timing = true, \
	  .better = WL_LOWER, .about = "of the kernel, for the work with balancing " act }

static const struct wl_metric trace_metrics[] = {
	EXECUTED("off", "balancing0"), EXECUTED("on", "balancing1"),
};
/* clang-format on */

/* The work is the same to the instruction: all that balancing adds is the kernel's. */
static void kernel_pays(const struct wl_view *v, struct wl_verdict *out)
{
	int near = (int)wl_get(v, out, "near", -1);

	wl_want_least(v, out, "on_faults", -1, 1);
	wl_want(v, out, "on_user", near, wl_get(v, out, "off_user", near));
	wl_want_least(v, out, "on_kernel", near,
		      wl_get(v, out, "off_kernel", near) + 1000 * wl_get(v, out, "on_faults", -1));
}

/* The clock counts the instructions of all: what it says, and what was seen executed. */
static void clock_agrees(const struct wl_view *v, struct wl_verdict *out)
{
	static const char *const acts[] = { "off", "on" };

	if (!wl_clocked(v, out))
		return;
	for (unsigned i = 0; i < 2; i++) {
		int64_t seen = wl_sum(v, out, WL_NAMED(acts[i], "user")) +
			       wl_sum(v, out, WL_NAMED(acts[i], "kernel"));

		int64_t odd = CLOCK_ODD + seen / CLOCK_WRONG;

		wl_want_least(v, out, WL_NAMED(acts[i], "instructions"), -1, seen - odd);
		wl_want_most(v, out, WL_NAMED(acts[i], "instructions"), -1, seen + odd);
	}
}

static const struct wl_expect trace_expects[] = {
	{ "kernel-pays", "B3",
	  "balancing makes a program execute nothing more; the kernel executes 1000 more a hint fault, and above",
	  kernel_pays },
	{ "clock-agrees", "B3", "the instructions of the virtual clock are those that were seen executed",
	  clock_agrees },
};

static const struct wl_expect expects[] = {
	{ "in-steps", "B3", "scans take mappings away in steps of balancing.scan_size_mb", in_steps },
	{ "nothing-moves", "B3", "what scans take away costs faults, all local, and moves nothing",
	  nothing_moves },
	{ "costs", "B3",
	  "the same work takes more instructions with balancing on, 1000 a hint fault at least", costs },
	{ "adapts", "B3", "with all faults local passes come ever more seldom", adapts },
	{ "starts-anew", "B3", "when the thread leaves its node they come often again", starts_anew },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "one-step", .breaks = "One scan sees all.", .fails = "in-steps" },
	{ .name = "away", .breaks = "The thread is away from its pages.", .fails = "nothing-moves" },
	{ .name = "still-off", .breaks = "Balancing is never on.", .fails = "nothing-moves costs" },
	{ .name = "steady", .breaks = "The thread stays where its memory is.", .fails = "starts-anew" },
	{ .breaks = "The scan period has no room to grow.",
	  .fails = "adapts",
	  .options = "-s balancing.scan_period_max_ms=40" },
	{ .name = "still-off",
	  .breaks = "Balancing is never on.",
	  .fails = "kernel-pays",
	  .options = "--trace" },
	{ .name = "more",
	  .breaks = "More than the work is timed.",
	  .fails = "clock-agrees",
	  .options = "--trace" },
};

WORKLOAD(balance_scan) = {
	.about = "automatic NUMA balancing costs scans and faults even where nothing is to be moved",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64 },
	.knobs = "balancing.mode=1 balancing.scan_delay_ms=20 balancing.scan_period_min_ms=40 "
		 "balancing.scan_size_mb=4 thp.enabled=madvise",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.trace_metrics = WL_LIST(trace_metrics),
	.trace_expects = WL_LIST(trace_expects),
	.timeout_s = 90,
	.run = run,
};
