/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What scanning costs. The scanner makes pages inaccessible (PROT_NONE) in steps, on a period that adapts, and every step is
 * paid for in hint faults, whether or not pages move. Here none do: all threads and pages are on one node.
 *
 * task_numa_work() marks up to scan_size_mb in one step, then waits for numa_scan_period of run time, which is
 * scan_period_min_ms divided by the steps that a pass over the process takes (task_nr_scan_windows). Each pass whose
 * faults are private or local makes the period 3/10 longer, up to scan_period_max_ms (update_task_scan_period); a thread
 * that leaves its preferred node starts with the shortest again (update_scan_period). The periods are lower bounds of what
 * a process with a CPU of its own sees: ticks and a step's own cost (32 times its run time must go by) add to them, so the
 * checks compare them with a wide margin.
 */
#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"

#define SCAN_SIZE "/sys/kernel/debug/sched/numa_balancing/scan_size_mb"
#define CLOCK_ODD 400 /* instructions between a mark and the reading of the clock beside it */
/* One in so many: Linux's clock is off by its error in the frequency of the TSC, 480 in a million here. */
#define CLOCK_WRONG 1000
#define GAPS 5 /* the last is the first times 1.3 ^ 4 = 2.9 */

struct params {
	uint64_t steps, pages, loops, deadline_ms;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "steps", WL_U64, AT(steps), "4", 2, 64,
	  "steps that the scanner takes for an area that nobody uses" },
	{ "pages", WL_U64, AT(pages), "256", 1, 4096, "4 KiB pages of the area that the work writes to" },
	{ "loops", WL_U64, AT(loops), "60", 1, 10000,
	  "times that the area is written with balancing off, and as often with it on" },
	{ "deadline_ms", WL_U64, AT(deadline_ms), "20000", 1, 600000,
	  "virtual ms after which each of the three parts gives up" },
};

/* Intervals of the access trace. Their names are of one length, so that sending them is the same work. */
static const char *const balanced[] = { "balancing0", "balancing1" };

struct nodes {
	int near, far;
};

/* Nothing is scanned until balancing is switched on again, and then only this area. */
static char *area_unscanned(struct wl *w, int near, size_t bytes, bool huge)
{
	wl_write(w, BALANCE_SWITCH, "0");
	return balance_area(w, near, bytes, huge);
}

/*
 * Polls the count of mappings made PROT_NONE. Nobody uses them, so they stay so. They are counted by huge pages, which only
 * this area has.
 */
static void steps(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	int64_t mib = wl_read_number(w, SCAN_SIZE), seen = 0, least = INT64_MAX, most = 0, n = 0;
	uint64_t until = wl_now() + p->deadline_ms * 1000000;
	int64_t all = (int64_t)p->steps * mib / 2;

	area_unscanned(w, ((const struct nodes *)arg)->near, (size_t)all * HUGE, true);
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
	wl_write_number(w, SCAN_SIZE, mib);
	wl_value(w, "scan_size", -1, mib);
	wl_value(w, "steps", -1, n);
	wl_value(w, "step_least", -1, 2 * (n ? least : 0));
	wl_value(w, "step_most", -1, 2 * most);
}

/*
 * The same work each time; returns its virtual ns. While other CPUs are idle these are instructions, of this process and of
 * the kernel.
 */
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
	const struct nodes *at = arg;
	char *area = area_unscanned(w, at->near, p->pages * PAGE, false);

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
	const struct nodes *at = arg;
	uint64_t last = wl_now(), until = last + p->deadline_ms * 1000000, took = 0;
	char *area = area_unscanned(w, at->near, HUGE, true);

	wl_write(w, BALANCE_SWITCH, "1");
	gap(w, area, &last, until);
	gap(w, area, &last, until); /* the thread's own count of passes starts in this one */
	for (int i = 0; i < GAPS; i++) {
		took = gap(w, area, &last, until);
		if (!i)
			wl_value(w, "gap_first", -1, (int64_t)took);
	}
	wl_value(w, "gap_last", -1, (int64_t)took);
	if (!wl_sabotaged(w, "steady"))
		wl_pin_node(w, at->far);
	gap(w, area, &last, until); /* its length was set before the thread left */
	wl_value(w, "gap_anew", -1, (int64_t)gap(w, area, &last, until));
}

static void run(struct wl *w)
{
	struct nodes at;

	wl_two_nodes(w, &at.near, &at.far);
	wl_value(w, "near", -1, at.near);
	wl_pin_node(w, at.near);
	wl_apart(w, steps, &at);
	wl_apart(w, cost, &at);
	wl_apart(w, adapt, &at);
}

/* clang-format off */
#define TIMED(name, unit, from, what) { name, unit, from, .better = WL_LOWER, .timing = true, .about = what }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: of all threads and pages" },
	{ "scan_size", "MiB", WL_REPORTED, .about = "knob balancing.scan_size_mb" },
	{ "steps", "1", WL_REPORTED, .about = "steps in which the scanner made all of an area PROT_NONE that nobody uses" },
	{ "step_least", "MiB", WL_REPORTED, .about = "size of the scanner's smallest step" },
	{ "step_most", "MiB", WL_REPORTED, .about = "size of the scanner's largest step" },
	BALANCE_METRICS("off"), BALANCE_METRICS("on"),
	TIMED("off_instructions", "instructions", WL_CLOCKED, "instructions of the work with balancing off"),
	TIMED("on_instructions", "instructions", WL_CLOCKED, "instructions of the work with balancing on"),
	TIMED("fault_instructions", "instructions", WL_CLOCKED, "instructions that balancing adds to the work, by hint fault"),
	{ "area", "pages", WL_REPORTED, .about = "pages of the area written to by the work, by node, after it" },
	TIMED("gap_first", "ns", WL_REPORTED, "virtual time between two passes over the process, at first"),
	TIMED("gap_last", "ns", WL_REPORTED, "virtual time between two passes over the process, four passes later"),
	TIMED("gap_anew", "ns", WL_REPORTED, "virtual time between two passes over the process after the thread has left its node"),
};
/* clang-format on */

/* clang-format off */
#define EXECUTED(state, interval) \
	{ state "_user", "instructions", WL_TRACE_CPU_NODE, "instructions user", .until = interval, \
	  .about = "instructions of programs by the CPU's node, during the work with balancing " state }, \
	{ state "_kernel", "instructions", WL_TRACE_CPU_NODE, "instructions kernel", .until = interval, .timing = true, \
	  .better = WL_LOWER, .about = "instructions of the kernel by the CPU's node, during the work with balancing " state }

static const struct wl_metric trace_metrics[] = {
	EXECUTED("off", "balancing0"), EXECUTED("on", "balancing1"),
};
/* clang-format on */

/* An instruction is a fixed number of virtual ns, whatever the CPU: both counts are of all instructions. */
static void clock_agrees(const struct wl_view *v, struct wl_verdict *out)
{
	static const char *const states[] = { "off", "on" };

	if (!wl_clocked(v, out))
		return;
	for (unsigned i = 0; i < 2; i++) {
		int64_t seen = wl_sum(v, out, WL_NAMED(states[i], "user")) +
			       wl_sum(v, out, WL_NAMED(states[i], "kernel"));
		int64_t odd = CLOCK_ODD + seen / CLOCK_WRONG;

		wl_want_least(v, out, WL_NAMED(states[i], "instructions"), -1, seen - odd);
		wl_want_most(v, out, WL_NAMED(states[i], "instructions"), -1, seen + odd);
	}
}

static const struct wl_expect trace_expects[] = {
	{ "kernel-pays", "B3",
	  "balancing on, all pages local: the program executes exactly as many instructions as with balancing off, the kernel at "
	  "least 1000 more a hint fault",
	  .wants = WL_WANTS({ "on_faults", ">= 1" }, { "on_user", "off_user", "on near" },
			    { "on_kernel", ">= off_kernel + 1000 * on_faults", "on near" }) },
	{ "clock-agrees", "B3",
	  "instructions by the virtual clock equal those that the access trace saw executed, within 400 plus 1 in 1000",
	  clock_agrees },
};

static const struct wl_expect expects[] = {
	{ "in-steps", "B3",
	  "the scanner makes pages inaccessible (PROT_NONE) in steps of exactly balancing.scan_size_mb (MiB)",
	  .wants = WL_WANTS({ "steps", "steps" }, { "step_least", "scan_size" },
			    { "step_most", "scan_size" }) },
	{ "nothing-moves", "B3",
	  "balancing on, thread and pages on one node: at least one hint fault a page, all of them local, and no page moves",
	  .timed = true,
	  .wants = WL_WANTS({ "on_updates", ">= pages" }, { "on_faults", ">= pages" }, { "on_remote", "0" },
			    { "on_migrated", "0" }, { "area", "pages", "only on near" }) },
	/* An exception and a walk of the page tables: some thousands of instructions, and 1000 on any kernel. */
	{ "costs", "B3",
	  "writing local pages takes at least 1000 instructions more a hint fault with balancing on than with balancing off",
	  .wants = WL_WANTS({ "off_updates", "0" }, { "fault_instructions", ">= 1000" },
			    { "on_instructions", ">= off_instructions + 1000 * on_faults" }) },
	{ "adapts", "B3",
	  "while all hint faults are local, the time between two passes of the scanner at least doubles over four passes",
	  .timed = true, .wants = WL_WANTS({ "gap_last", ">= 2 * gap_first" }) },
	{ "starts-anew", "B3",
	  "after the thread has left its preferred node, the time between two passes of the scanner is at most 2/3 of "
	  "the last",
	  .timed = true, .wants = WL_WANTS({ "gap_anew", "<= gap_last * 2 / 3" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "one-step", "A step is 1024 MiB, so that one step sees all memory.", "in-steps" },
	{ "away", "The thread runs on another node than its pages.", "nothing-moves" },
	{ "still-off", "Balancing is never switched on.", "nothing-moves costs" },
	{ "steady", "The thread stays on its node.", "starts-anew" },
	{ NULL, "The scan period has no room to grow.", "adapts", "-s balancing.scan_period_max_ms=40" },
	{ "still-off", "Balancing is never switched on.", "kernel-pays", "--trace" },
	{ "more", "More than the work is timed.", "clock-agrees", "--trace" },
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
