/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Automatic NUMA balancing with the classic program: the main thread writes an area, other threads spin,
 * later one more thread writes the area from another node. Three times, each in a process of its own, as
 * balancing has a memory of what it saw: with balancing off, with all threads bound to one node, and free.
 */
#include <stdio.h>

#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/team.h"

struct params {
	uint64_t bytes, spinners, off_ms, bound_ms, deadline_ms;
};

#define SMALLER 4
#define AFTER_MS 100 /* it is written on when it has followed: for the access trace */

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "bytes", WL_SIZE, AT(bytes), "64M", (HUGE * SMALLER), 1u << 30,
	  "what the main thread writes; a quarter of it where nothing is to move" },
	{ "spinners", WL_U64, AT(spinners), "26", 0, 256,
	  "threads that only spin; 4 KiB pages follow a third as fast as with CPUs - 2 of them" },
	{ "off_ms", WL_U64, AT(off_ms), "500", 1, 60000, "how long to write with balancing off" },
	{ "bound_ms", WL_U64, AT(bound_ms), "1500", 1, 60000, "how long to write on one node" },
	{ "deadline_ms", WL_U64, AT(deadline_ms), "240000", 1, 600000,
	  "until when the area must have followed" },
};

struct act {
	const char *name, *took; /* metrics */
	uint64_t ms;
	bool spinners;
	int writer; /* -1: with all others */
};

static void classic(struct wl *w, const void *arg)
{
	static struct team t;
	const struct params *p = w->params;
	const struct act *a = arg;
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
	char mode[24];
	int near, far;

	wl_two_nodes(w, &near, &far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	snprintf(mode, sizeof(mode), "%lld", (long long)wl_read_number(w, BALANCE_SWITCH));
	wl_write(w, BALANCE_SWITCH, wl_sabotaged(w, "not-off") ? "1" : "0");
	/*
	 * This process, too, is one that balancing scans. Nowhere else, nothing of it can move; and moved there and
	 * back, nothing of it is still marked by a scan before the switch.
	 */
	wl_pin_node(w, near);
	wl_gather(w, far);
	wl_gather(w, near);
	wl_apart(w, classic, &(struct act){ "off", NULL, p->off_ms, false, far });
	wl_phase(w, "off");
	wl_write(w, BALANCE_SWITCH, mode);
	wl_apart(w, classic,
		 &(struct act){ "bound", NULL, p->bound_ms, true, wl_sabotaged(w, "not-bound") ? far : -1 });
	wl_phase(w, "bound");
	wl_apart(w, classic, &(struct act){ "follow", "follow_ns", p->deadline_ms, true, far });
	wl_phase(w, "follow");
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: the area's" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it: the writer's" },
	{ "off", "pages", WL_REPORTED, .about = "the area, written from afar with balancing off" },
	{ "bound", "pages", WL_REPORTED, .about = "the area, all threads on its node" },
	{ "first", "pages", WL_REPORTED, .about = "the area, when the writer that follows starts" },
	{ "follow", "pages", WL_REPORTED, .about = "the area, written from afar" },
	{ "follow_ns", "ns", WL_REPORTED, .better = WL_LOWER, .timing = true, .about = "until all had followed" },
	BALANCE_METRICS("off"), BALANCE_METRICS("bound"), BALANCE_METRICS("follow"),
};
/* clang-format on */

static int64_t pages(const struct wl_view *v, unsigned smaller)
{
	const struct params *p = v->params;

	return (int64_t)(p->bytes / smaller / HUGE * HUGE_PAGES);
}

static void off_means_off(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "off_updates", -1, 0);
	wl_want(v, out, "off_faults", -1, 0);
	wl_want(v, out, "off_migrated", -1, 0);
	wl_want_only_on(v, out, "off", (int)wl_get(v, out, "near", -1), pages(v, SMALLER));
}

static void bound_stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "bound_migrated", -1, 0);
	wl_want_only_on(v, out, "bound", (int)wl_get(v, out, "near", -1), pages(v, SMALLER));
}

/* Nothing moved although the balancer looked: every fault was a local one. */
static void bound_scanned(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "bound_updates", -1, 1);
	wl_want_least(v, out, "bound_faults", -1, 1);
	wl_want(v, out, "bound_remote", -1, 0);
}

static void follows(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;

	wl_want_only_on(v, out, "first", (int)wl_get(v, out, "near", -1), pages(v, 1));
	wl_want_most(v, out, "follow_ns", -1, (int64_t)p->deadline_ms * 1000000);
	wl_want_only_on(v, out, "follow", (int)wl_get(v, out, "far", -1), pages(v, 1));
}

static void balancer_moved(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "follow_migrated", -1, pages(v, 1));
}

/* clang-format off */
#define WRITTEN(when, interval, what) \
	{ when "_written_local", "stores", WL_TRACE, "stores user local", .until = interval, .process = "area", .timing = true, \
	  .about = "to the area, " what ", on the writer's node" }, \
	{ when "_written_remote", "stores", WL_TRACE, "stores user remote", .until = interval, .process = "area", .timing = true, \
	  .better = WL_LOWER, .about = "... on another" }

static const struct wl_metric trace_metrics[] = {
	WRITTEN("off", "off", "with balancing off"), WRITTEN("bound", "bound", "all threads on its node"),
	/* none may be remote: a hint fault moves the page before the store that took it is done */
	WRITTEN("following", "following", "until it has followed"), WRITTEN("followed", "followed", "once it has"),
	{ "following_kernel", "instructions", WL_TRACE, "instructions kernel", .until = "following", .timing = true,
	  .better = WL_LOWER, .about = "of the kernel meanwhile, copying included" },
};
/* clang-format on */

static void written(const struct wl_view *v, struct wl_verdict *out, const char *when, bool local,
		    bool remote)
{
	if (local)
		wl_want_least(v, out, WL_NAMED(when, "written_local"), -1, 1);
	else
		wl_want(v, out, WL_NAMED(when, "written_local"), -1, 0);
	if (remote)
		wl_want_least(v, out, WL_NAMED(when, "written_remote"), -1, 1);
	else
		wl_want(v, out, WL_NAMED(when, "written_remote"), -1, 0);
}

static void off_remote(const struct wl_view *v, struct wl_verdict *out)
{
	written(v, out, "off", false, true);
}

static void bound_local(const struct wl_view *v, struct wl_verdict *out)
{
	written(v, out, "bound", true, false);
}

static void local_after(const struct wl_view *v, struct wl_verdict *out)
{
	written(v, out, "followed", true, false);
}

static const struct wl_expect trace_expects[] = {
	{ "all-remote-off", "B1", "switched off, every store of a writer from afar is remote, and stays so",
	  off_remote },
	{ "all-local-bound", "B2", "all threads on one node: every store is local", bound_local },
	{ "all-local-after", "B1", "once it has followed, no store is remote any more", local_after },
};

static const struct wl_expect expects[] = {
	{ "off-means-off", "B7", "switched off, nothing is scanned, faulted or moved, however far the writer",
	  off_means_off },
	{ "bound-stays", "B2", "all threads on one node: nothing moves", bound_stays },
	{ "bound-scanned", "B2", "not for want of looking: scans took mappings away, every fault was local",
	  bound_scanned },
	{ "follows", "B1", "all of the area goes from its first writer's node to its second's, in time",
	  follows },
	{ "balancer-moved", "B1", "it was the balancer that moved it", balancer_moved },
};

/* A thread's first scan comes after 100 ms of its own run time, not 1000 as by default. */
static const struct wl_sabotage sabotage[] = {
	{ .name = "not-off", .breaks = "Balancing is on where it should be off.", .fails = "off-means-off" },
	{ .name = "not-bound",
	  .breaks = "The threads of bound are not bound.",
	  .fails = "bound-stays bound-scanned" },
	{ .breaks = "Balancing is off all the time.",
	  .fails = "follows balancer-moved",
	  .options = "-s balancing.mode=0",
	  .params = "deadline_ms=5000" },
	{ .name = "not-off",
	  .breaks = "Balancing is on where it should be off.",
	  .fails = "all-remote-off",
	  .options = "--trace" },
	{ .name = "not-bound",
	  .breaks = "The threads of bound are not bound.",
	  .fails = "all-local-bound",
	  .options = "--trace -s balancing.mode=0" },
	{ .breaks = "Balancing is off all the time.",
	  .fails = "all-local-after",
	  .options = "--trace -s balancing.mode=0",
	  .params = "deadline_ms=1000" },
};

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
