/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thread and memory on two nodes: balancing brings the thread to the memory when it may run there, and the memory to
 * the thread when it may not.
 *
 * Which of the two comes first is decided by who used the memory before. A page that nobody has had a remote fault on
 * moves at the first one, and takes the thread's preferred node along. So here another thread has: from then on a
 * page takes two remote faults in a row to move (should_numa_migrate_memory), the first of them counts for the page's node,
 * and with the next pass of the scanner that is the preferred one (task_numa_placement), where an idle CPU waits
 * (task_numa_migrate). A page or two move before the thread does, which lie on the list of pages on their way to the
 * LRU of the CPU it has left, and do not come back before that is full: FEW bounds them. Memory is only read, as a
 * write fault behind a move has the page forget (balance-fault). Memory that must not move draws the thread, too, when
 * its policy has MPOL_F_NUMA_BALANCING.
 *
 * Nothing else runs but the agent, now and then. The CPUs that a thread may run on are those of the two nodes, or an
 * idle one of a third may take it while the agent has its CPU, and the memory would follow there.
 */
#include <errno.h>
#include <numaif.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"

#define FEW(pages) ((pages) / 16)

struct params {
	uint64_t pages, settled, deadline_ms;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "pages", WL_U64, AT(pages), "256", 16, 16384, "4 KiB pages of each area" },
	{ "settled", WL_U64, AT(settled), "3", 1, 100, "passes of the scanner that it must stay so" },
	{ "deadline_ms", WL_U64, AT(deadline_ms), "10000", 1, 600000, "for each act" },
};

struct act {
	const char *name;
	int near, far;
	bool pinned;
	bool bound; /* the memory, to `far` */
};

struct team {
	struct wl *w;
	const struct act *act;
	char *area;
	size_t bytes;
	sem_t begin;
	uint64_t until;
};

static int node_here(struct wl *w)
{
	unsigned cpu, nid;

	if (getcpu(&cpu, &nid))
		wl_broken(w, "getcpu: %s", strerror(errno));
	return (int)nid;
}

static void pin_both(struct wl *w, const struct act *a)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	idset_foreach (cpu, &w->cpus[a->near]) {
		CPU_SET(cpu, &set);
	}
	idset_foreach (cpu, &w->cpus[a->far]) {
		CPU_SET(cpu, &set);
	}
	if (sched_setaffinity(0, sizeof(set), &set))
		wl_broken(w, "sched_setaffinity: %s", strerror(errno));
}

static uint64_t pages_on(struct team *t, int nid)
{
	uint64_t count[WL_NODES];

	wl_count_mapping(t->w, t->area, count);
	return count[nid];
}

static void use(struct team *t)
{
	for (size_t i = 0; i < t->bytes; i += PAGE)
		(void)*(volatile char *)(t->area + i);
	balance_spin(32);
}

static void report(struct wl *w, const struct act *a, const char *what, int64_t value)
{
	char name[32];

	snprintf(name, sizeof(name), "%s_%s", a->name, what);
	wl_value(w, name, -1, value);
}

/* From `near`, until thread and memory are on one node and have been for some passes. */
static void *work(void *arg)
{
	struct team *t = arg;
	const struct params *p = t->w->params;
	const struct act *a = t->act;
	bool pinned = wl_sabotaged(t->w, "all-pinned") || (a->pinned && !wl_sabotaged(t->w, "none-pinned"));
	uint64_t from, together = 0;
	int64_t since = 0;

	sem_wait(&t->begin);
	wl_pin_node(t->w, a->near);
	report(t->w, a, "from", node_here(t->w));
	if (!pinned)
		pin_both(t->w, a);
	struct balance before = balance_now(t->w);
	from = wl_now();
	while (wl_now() < t->until) {
		int64_t pass = balance_sched(t->w, "mm->numa_scan_seq");

		if (pages_on(t, node_here(t->w)) < p->pages - FEW(p->pages))
			together = 0;
		else if (!together) {
			together = wl_now();
			since = pass;
		}
		if (together && pass - since > (int64_t)p->settled)
			break;
		use(t);
	}
	report(t->w, a, "to", node_here(t->w));
	report(t->w, a, "moved", balance_since(t->w, &before).migrated);
	report(t->w, a, "ns", (int64_t)(together ? together - from : UINT32_MAX));
	report(t->w, a, "preferred", balance_sched(t->w, "numa_preferred_nid"));
	return NULL;
}

/* On `far`, where all of the area comes. */
static void use_before(struct team *t)
{
	const struct act *a = t->act;

	wl_touch(t->area, t->bytes, 1);
	wl_gather(t->w, a->near);
	wl_pin_node(t->w, a->far);
	while (pages_on(t, a->far) < t->bytes / PAGE && wl_now() < t->until)
		use(t);
	/* empties the CPUs' lists of pages on their way to the LRU, from which nothing can be moved */
	wl_gather(t->w, a->far);
}

static void act(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	const struct act *a = arg;
	struct idset far = wl_one(a->far);
	struct team t = {
		.w = w, .act = a, .bytes = p->pages * PAGE, .until = wl_now() + p->deadline_ms * 1000000
	};
	pthread_attr_t attr;
	pthread_t id;

	sem_init(&t.begin, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	if (pthread_create(&id, &attr, work, &t))
		wl_broken(w, "a thread: %s", strerror(errno));
	balance_shield(w);
	t.area = wl_map(w, t.bytes);
	if (a->bound) {
		wl_mbind(w, t.area, t.bytes,
			 MPOL_BIND | (wl_sabotaged(w, "not-balanced") ? 0 : MPOL_F_NUMA_BALANCING), &far, 0);
		wl_touch(t.area, t.bytes, 1);
	} else {
		use_before(&t);
	}
	sem_post(&t.begin);
	pthread_join(id, NULL);
	balance_place(w, a->name, t.area);
}

static void run(struct wl *w)
{
	int near, far;

	wl_two_nodes(w, &near, &far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	wl_pin_node(w, near);
	wl_apart(w, act, &(struct act){ "free", near, far, .pinned = false });
	wl_apart(w, act, &(struct act){ "pinned", near, far, .pinned = true });
	wl_apart(w, act, &(struct act){ "drawn", near, far, .bound = true });
}

/* `late`: the last page may still be under way when it ends */
/* clang-format off */
#define ACT(name, late, what)                                                                                          \
	{ name, "pages", WL_REPORTED, .timing = late, .about = "the area, in the end (" what ")" },                              \
	{ name "_from", "nid", WL_REPORTED, .about = "the thread's node at first (" what ")" },                  \
	{ name "_to", "nid", WL_REPORTED, .about = "the thread's node in the end (" what ")" },                  \
	{ name "_moved", "pages", WL_REPORTED, .timing = true, .about = "that balancing moved (" what ")" }, \
	{ name "_preferred", "nid", WL_REPORTED, .about = "the node the scheduler has for it then (" what ")" }, \
	{ name "_ns", "ns", WL_REPORTED, .better = WL_LOWER, .timing = true, .about = "until the two were together (" what ")" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: the thread's" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it: the memory's" },
	ACT("free", true, "a thread that may run on both nodes"),
	ACT("pinned", false, "a thread pinned to `near`"),
	ACT("drawn", false, "a free thread, memory bound to `far`"),
};
/* clang-format on */

/* The thread has started on `near` and is on the node, its preferred one. */
static void together(const struct wl_view *v, struct wl_verdict *out, const char *act, const char *node)
{
	int64_t nid = wl_get(v, out, node, -1);
	const char *const what[] = { "to", "preferred" };
	char name[32];

	snprintf(name, sizeof(name), "%s_from", act);
	wl_want(v, out, name, -1, wl_get(v, out, "near", -1));
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "%s_%s", act, what[i]);
		wl_want(v, out, name, -1, nid);
	}
}

static void thread_follows(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;

	together(v, out, "free", "far");
	wl_want_most(v, out, "free_moved", -1, (int64_t)FEW(p->pages));
	wl_want_least(v, out, "free", (int)wl_get(v, out, "far", -1), (int64_t)(p->pages - FEW(p->pages)));
}

static void memory_follows(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;

	together(v, out, "pinned", "near");
	wl_want_only_on(v, out, "pinned", (int)wl_get(v, out, "near", -1), (int64_t)p->pages);
}

static void bound_draws(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;

	together(v, out, "drawn", "far");
	wl_want(v, out, "drawn_moved", -1, 0);
	wl_want_only_on(v, out, "drawn", (int)wl_get(v, out, "far", -1), (int64_t)p->pages);
}

static const struct wl_expect expects[] = {
	{ "thread-follows", "B5",
	  "a thread that may run there goes to the memory's node, and the memory stays", thread_follows },
	{ "memory-follows", "B5", "a thread that may not leave its node has the memory come there",
	  memory_follows },
	{ "bound-draws", "B5", "memory bound with MPOL_F_NUMA_BALANCING has the thread come to it",
	  bound_draws },
};

/* Scans come by run time: the first after 20 ms, each of all memory. */
static const struct wl_sabotage sabotage[] = {
	{ .name = "all-pinned",
	  .breaks = "All threads are pinned.",
	  .fails = "thread-follows bound-draws",
	  .params = "deadline_ms=3000" },
	{ .name = "none-pinned", .breaks = "No thread is pinned.", .fails = "memory-follows" },
	{ .name = "not-balanced",
	  .breaks = "Memory is bound without MPOL_F_NUMA_BALANCING.",
	  .fails = "bound-draws",
	  .params = "deadline_ms=3000" },
};

WORKLOAD(balance_task) = {
	.about = "balancing moves the thread to its memory, or the memory when the thread is pinned",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "balancing.mode=1 balancing.scan_delay_ms=20 balancing.scan_period_min_ms=20 "
		 "balancing.scan_period_max_ms=40 balancing.scan_size_mb=16 thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
