/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Automatic NUMA balancing with the classic program: the main thread writes an area, other threads only spin, and later one
 * more thread writes the area from another node. This is done three times, each time in a new process, because balancing
 * remembers earlier faults: with balancing off, with all threads bound to one node, and with free threads.
 */
#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/team.h"

struct params {
	uint64_t bytes, spinners, off_ms, bound_ms, deadline_ms;
};

#define SMALLER 4    /* also in the checks */
#define AFTER_MS 100 /* the area is written on after it has followed: for the access trace */

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "bytes", WL_SIZE, AT(bytes), "64M", (HUGE * SMALLER), 1u << 30,
	  "size of the area that follows its writer; the two areas that stay are a quarter of it" },
	{ "spinners", WL_U64, AT(spinners), "26", 0, 256,
	  "threads that only spin (with more than CPUs - 2 of them 4 KiB pages follow a third as fast)" },
	{ "off_ms", WL_U64, AT(off_ms), "500", 1, 60000, "virtual ms of writing with balancing off" },
	{ "bound_ms", WL_U64, AT(bound_ms), "1500", 1, 60000,
	  "virtual ms of writing with all threads on one node" },
	{ "deadline_ms", WL_U64, AT(deadline_ms), "240000", 1, 600000,
	  "virtual ms until which the area must have followed its writer" },
};

struct setting {
	const char *name, *took; /* metrics; took NULL: nothing is to follow */
	uint64_t ms;
	bool spinners;
	int writer; /* node of the second writer; -1: that of all other threads */
};

static void classic(struct wl *w, const void *arg)
{
	static struct team t;
	const struct params *p = w->params;
	const struct setting *a = arg;
	struct balance b = balance_now(w);

	team_start(&t, w, a->took ? p->bytes : p->bytes / SMALLER);
	wl_region(w, "area", t.area, t.bytes);
	wl_mark(w, "fill");
	if (a->took)
		balance_place(w, "first", t.area);
	if (a->writer >= 0)
		wl_unpin(w);
	team_spin(&t, a->spinners ? (unsigned)p->spinners : 0);
	team_write(&t, a->writer);
	uint64_t took = team_wait(&t, a->took ? a->writer : -1, a->ms);
	if (a->took) {
		wl_value(w, a->took, -1, (int64_t)took);
		wl_mark(w, "following");
		team_wait(&t, -1, AFTER_MS);
		wl_mark(w, "followed");
	}
	b = balance_since(w, &b);
	balance_report(w, a->name, &b);
	team_stop(&t, a->name);
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	int64_t mode = wl_read_number(w, BALANCE_SWITCH);
	int near, far;

	wl_two_nodes(w, &near, &far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	wl_write(w, BALANCE_SWITCH, wl_sabotaged(w, "not-off") ? "1" : "0");
	/*
	 * Balancing scans this process, too. Pinned to the node of its pages, it can have none moved; and pages that were
	 * moved to the other node and back are no longer marked by a scan from before the switch.
	 */
	wl_pin_node(w, near);
	wl_gather(w, far);
	wl_gather(w, near);
	wl_apart(w, classic, &(struct setting){ "off", NULL, p->off_ms, false, far });
	wl_phase(w, "off");
	wl_write_number(w, BALANCE_SWITCH, mode);
	wl_apart(w, classic,
		 &(struct setting){ "bound", NULL, p->bound_ms, true,
				    wl_sabotaged(w, "not-bound") ? far : -1 });
	wl_phase(w, "bound");
	wl_apart(w, classic, &(struct setting){ "follow", "follow_ns", p->deadline_ms, true, far });
	wl_phase(w, "follow");
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory, where the areas are at first" },
	{ "far", "nid", WL_REPORTED, .about = "the node with CPUs and memory farthest from `near`, of the second writer" },
	{ "off", "pages", WL_REPORTED, .about = "pages of the area written from `far` with balancing off, by node" },
	{ "bound", "pages", WL_REPORTED, .about = "pages of the area whose threads are all bound to `near`, by node" },
	{ "first", "pages", WL_REPORTED, .about = "pages of the area that is to follow, by node, when its second writer starts" },
	{ "follow", "pages", WL_REPORTED, .about = "pages of the area that is to follow, by node, at the end" },
	{ "follow_ns", "ns", WL_REPORTED, .better = WL_LOWER, .timing = true, .about = "virtual time until all pages had followed the second writer" },
	BALANCE_METRICS("off"), BALANCE_METRICS("bound"), BALANCE_METRICS("follow"),
};
/* clang-format on */

/* clang-format off */
#define WRITTEN(when, interval, what) \
	{ when "_written_local", "stores", WL_TRACE, "stores user local", .until = interval, .process = "area", .timing = true, \
	  .about = "stores to the area from a CPU of the page's node, " what }, \
	{ when "_written_remote", "stores", WL_TRACE, "stores user remote", .until = interval, .process = "area", .timing = true, \
	  .better = WL_LOWER, .about = "stores to the area from a CPU of another node, " what }

static const struct wl_metric trace_metrics[] = {
	WRITTEN("off", "off", "with balancing off"), WRITTEN("bound", "bound", "all threads on its node"),
	/* None may be remote: a hint fault moves the page before the store that took the fault is done. */
	WRITTEN("following", "following", "until it has followed"), WRITTEN("followed", "followed", "after it has followed"),
	{ "following_kernel", "instructions", WL_TRACE, "instructions kernel", .until = "following", .timing = true,
	  .better = WL_LOWER, .about = "instructions of the kernel until the area has followed, copying included" },
};

#define ALL "bytes / HUGE * HUGE_PAGES"
#define QUARTER "bytes / 4 / HUGE * HUGE_PAGES"

static const struct wl_expect trace_expects[] = {
	{ "all-remote-off", "B1", "balancing off: every store of a writer on another node than its memory is remote, none local",
	  .wants = WL_WANTS({ "off_written_local", "0" }, { "off_written_remote", ">= 1" }) },
	{ "all-local-bound", "B2", "balancing on, all threads bound to the memory's node: every store is local, none remote",
	  .wants = WL_WANTS({ "bound_written_local", ">= 1" }, { "bound_written_remote", "0" }) },
	{ "all-local-after", "B1", "after balancing has moved the area to its writer's node, every store is local, none remote",
	  .wants = WL_WANTS({ "followed_written_local", ">= 1" }, { "followed_written_remote", "0" }) },
};

static const struct wl_expect expects[] = {
	{ "off-means-off", "B7",
	  "balancing off, memory written from the farthest node: no PTE is made PROT_NONE, no hint fault occurs, no "
	  "page moves",
	  .wants = WL_WANTS({ "off_updates", "0" }, { "off_faults", "0" }, { "off_migrated", "0" }, { "off", QUARTER, "only on near" }) },
	{ "bound-stays", "B2", "balancing on, all threads bound to their memory's node: no page moves",
	  .wants = WL_WANTS({ "bound_migrated", "0" }, { "bound", QUARTER, "only on near" }) },
	{ "bound-scanned", "B2",
	  "balancing on, all threads bound to their memory's node: PTEs are made PROT_NONE, and every hint fault is local",
	  .wants = WL_WANTS({ "bound_updates", ">= 1" }, { "bound_faults", ">= 1" }, { "bound_remote", "0" }) },
	{ "follows", "B1",
	  "balancing on: all pages of an area move from its first writer's node to its second writer's, within deadline_ms",
	  .wants = WL_WANTS({ "first", ALL, "only on near" }, { "follow_ns", "<= deadline_ms * 1000000" },
			    { "follow", ALL, "only on far" }) },
	{ "balancer-moved", "B1",
	  "while an area follows its second writer, numa_pages_migrated rises by at least the area's pages",
	  .wants = WL_WANTS({ "follow_migrated", ">= " ALL }) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "not-off", "Balancing is on where it should be off.", "off-means-off" },
	{ "not-bound", "The second writer is not bound to the memory's node.", "bound-stays bound-scanned" },
	{ NULL, "Balancing is off all the time.", "follows balancer-moved", "-s balancing.mode=0",
	  "deadline_ms=5000" },
	{ "not-off", "Balancing is on where it should be off.", "all-remote-off", "--trace" },
	{ "not-bound", "The second writer is not bound to the memory's node.", "all-local-bound",
	  "--trace -s balancing.mode=0" },
	{ NULL, "Balancing is off all the time.", "all-local-after", "--trace -s balancing.mode=0",
	  "deadline_ms=1000" },
};

/* The knobs have a thread's first scan come after 100 ms of its run time, not after 1000 ms as by default. */
WORKLOAD(balance_classic) = {
	.about = "automatic NUMA balancing moves memory to the node of the thread that writes it",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 128 },
	.knobs =
		"balancing.mode=1 balancing.scan_delay_ms=100 balancing.scan_period_min_ms=100 thp.enabled=always",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.trace_metrics = WL_LIST(trace_metrics),
	.trace_expects = WL_LIST(trace_expects),
	.timeout_s = 360,
	.run = run,
};
