/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread and its memory on two nodes: balancing brings the thread to the memory when it may run there, and the memory to
 * the thread when it may not.
 *
 * Which of the two comes first depends on the earlier users of the memory. A page on which no thread has had a remote hint
 * fault moves at its first one, and the thread's preferred node stays with it. So here another thread has used the memory
 * before: then a page takes two remote faults in a row to move (should_numa_migrate_memory), the first of them counts for
 * the page's node, and with the next pass of the scanner that node is the preferred one (task_numa_placement), where an
 * idle CPU waits (task_numa_migrate). One or two pages move before the thread does: they were in the batch for the LRU lists
 * of the CPU that the thread has left, and stay out of reach until that batch is full. FEW bounds them. Memory is only
 * read, because a write fault after a move makes the page forget its last user (see balance-fault). Memory that must not
 * move draws the thread as well, when its policy has MPOL_F_NUMA_BALANCING.
 *
 * Nothing else runs, except now and then the agent. The threads may run on the CPUs of the two nodes only: otherwise an
 * idle CPU of a third node may take a thread while the agent has its CPU, and the memory would follow there.
 */
#include <errno.h>
#include <numaif.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>

#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"

#define FEW(pages) ((pages) / 16) /* also in the checks */

struct params {
	uint64_t pages, settled, deadline_ms;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "pages", WL_U64, AT(pages), "256", 16, 16384, "4 KiB pages of each area" },
	{ "settled", WL_U64, AT(settled), "3", 1, 100,
	  "passes of the scanner for which thread and memory must stay on one node" },
	{ "deadline_ms", WL_U64, AT(deadline_ms), "10000", 1, 600000,
	  "virtual ms after which each of the three cases gives up" },
};

struct setting {
	const char *name;
	int near, far;
	bool pinned;
	bool bound; /* the memory is, to `far` */
};

struct team {
	struct wl *w;
	const struct setting *setting;
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

/* The thread reads the memory, first from `near`, until both have been on one node for some passes of the scanner. */
static void *work(void *arg)
{
	struct team *t = arg;
	struct wl *w = t->w;
	const struct params *p = w->params;
	const struct setting *a = t->setting;
	struct idset both = wl_either(&w->cpus[a->near], &w->cpus[a->far]);
	uint64_t from, together = 0;
	int64_t since = 0;

	sem_wait(&t->begin);
	wl_pin_node(w, a->near);
	wl_value(w, WL_NAMED(a->name, "from"), -1, node_here(w));
	if (!wl_sabotaged(w, "all-pinned") && (!a->pinned || wl_sabotaged(w, "none-pinned")))
		wl_pin_cpus(w, &both);
	struct balance before = balance_now(w);
	from = wl_now();
	while (wl_now() < t->until) {
		int64_t pass = balance_sched(w, "mm->numa_scan_seq");

		if (pages_on(t, node_here(w)) < p->pages - FEW(p->pages))
			together = 0;
		else if (!together) {
			together = wl_now();
			since = pass;
		}
		if (together && pass - since > (int64_t)p->settled)
			break;
		use(t);
	}
	wl_value(w, WL_NAMED(a->name, "to"), -1, node_here(w));
	wl_value(w, WL_NAMED(a->name, "moved"), -1, balance_since(w, &before).migrated);
	wl_value(w, WL_NAMED(a->name, "ns"), -1, (int64_t)(together ? together - from : UINT32_MAX));
	wl_value(w, WL_NAMED(a->name, "preferred"), -1, balance_sched(w, "numa_preferred_nid"));
	return NULL;
}

/* The thread that uses the memory before: on `far`, until all of the memory has come there. */
static void use_before(struct team *t)
{
	const struct setting *a = t->setting;

	wl_touch(t->area, t->bytes, 1);
	wl_gather(t->w, a->near);
	wl_pin_node(t->w, a->far);
	while (pages_on(t, a->far) < t->bytes / PAGE && wl_now() < t->until)
		use(t);
	/* drains the CPUs' batches of pages for the LRU lists, from which nothing can be moved */
	wl_gather(t->w, a->far);
}

static void try_setting(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	const struct setting *a = arg;
	struct idset far = wl_one(a->far);
	struct team t = {
		.w = w, .setting = a, .bytes = p->pages * PAGE, .until = wl_now() + p->deadline_ms * 1000000
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
	wl_apart(w, try_setting, &(struct setting){ "free", near, far, .pinned = false });
	wl_apart(w, try_setting, &(struct setting){ "pinned", near, far, .pinned = true });
	wl_apart(w, try_setting, &(struct setting){ "drawn", near, far, .bound = true });
}

/* `late`: the last page may still be under way when the case ends. */
/* clang-format off */
#define SETTING(name, late, what)                                                                              \
	{ name, "pages", WL_REPORTED, .timing = late, .about = "pages of the area by node, at the end: " what },      \
	{ name "_from", "nid", WL_REPORTED, .about = "node of the thread at first: " what },                         \
	{ name "_to", "nid", WL_REPORTED, .about = "node of the thread at the end: " what },                         \
	{ name "_moved", "pages", WL_REPORTED, .timing = true, .about = "pages that balancing moved: " what },       \
	{ name "_preferred", "nid", WL_REPORTED, .about = "numa_preferred_nid of the thread at the end: " what },    \
	{ name "_ns", "ns", WL_REPORTED, .better = WL_LOWER, .timing = true,                                         \
	  .about = "virtual time until thread and memory were on one node: " what }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory, where the thread starts" },
	{ "far", "nid", WL_REPORTED, .about = "the node with CPUs and memory farthest from `near`, where the memory is at first" },
	SETTING("free", true, "thread that may run on both nodes"),
	SETTING("pinned", false, "thread pinned to `near`"),
	SETTING("drawn", false, "thread that may run on both nodes, memory bound to `far`"),
};
/* The thread has started on `near`, is on the node at the end, and the scheduler's preferred node is that one. */
#define TOGETHER(name, node) { name "_from", "near" }, { name "_to", node }, { name "_preferred", node }

static const struct wl_expect expects[] = {
	{ "thread-follows", "B5",
	  "balancing brings a thread that may run on both nodes to its memory's node; at most 1/16 of the pages move, or are elsewhere "
	  "at the end",
	  .wants = WL_WANTS(TOGETHER("free", "far"), { "free_moved", "<= pages / 16" }, { "free", ">= pages - pages / 16", "on far" }) },
	{ "memory-follows", "B5", "balancing brings all pages to the node of a thread that is pinned there",
	  .wants = WL_WANTS(TOGETHER("pinned", "near"), { "pinned", "pages", "only on near" }) },
	{ "bound-draws", "B5",
	  "MPOL_BIND with MPOL_F_NUMA_BALANCING: balancing brings the thread to the node that the memory is bound to, and moves no page",
	  .wants = WL_WANTS(TOGETHER("drawn", "far"), { "drawn_moved", "0" }, { "drawn", "pages", "only on far" }) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "all-pinned", "All threads are pinned to `near`.", "thread-follows bound-draws",
	  .params = "deadline_ms=3000" },
	{ "none-pinned", "No thread is pinned.", "memory-follows" },
	{ "not-balanced", "Memory is bound without MPOL_F_NUMA_BALANCING.", "bound-draws",
	  .params = "deadline_ms=3000" },
};

WORKLOAD(balance_task) = {
	.about =
		"automatic NUMA balancing moves a thread to its memory, or the memory to a thread that is pinned",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = BALANCE_SOON "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
