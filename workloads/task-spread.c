/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where tasks start. fork(2) and execve(2) look for the idlest CPU, group of CPUs by group (kernel/sched/fair.c,
 * select_task_rq_fair with SD_BALANCE_FORK and SD_BALANCE_EXEC; find_idlest_group in 6.1,
 * sched_balance_find_dst_group in 6.12), so a task does not stay on a node that is busy while others idle. They do not
 * look beyond node_reclaim_distance, 30 (32 on AMD's): kernel/sched/topology.c, sd_init, takes both flags away there.
 *
 * Where a task is seen first need not be where it was put: with one instruction clock for all CPUs, an idle one may pull
 * it before it has run (exec's is seen behind all of execve(2)). So what is seen is bounded, not exact.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/busy.h"
#include "workloads/lib/judge.h"

#define TRIES 8
#define SPREAD 4 /* busy tasks to spread, no more than there are CPUs */
#define WAIT_MS 1
#define DEADLINE_MS 2000
#define FAR 32

struct params {
	int node;
};

static const struct wl_param params[] = {
	{ "node", WL_NODE, offsetof(struct params, node), "-1", 0, 0,
	  "where the tasks are started; -1: the first node with CPUs" },
};

struct spread {
	struct wl *w;
	int home; /* where the tasks are started */
	struct busy busy;
	atomic_int *cpu; /* in memory all share: of a task's first instructions; -1: not yet */
};

static int node_of_cpu(struct wl *w, int cpu)
{
	idset_foreach (nid, &w->cpu_nodes) {
		if (cpu >= 0 && idset_has(&w->cpus[nid], (unsigned)cpu))
			return (int)nid;
	}
	wl_broken(w, "CPU %d is on no node", cpu);
}

/* As if it had never been pinned; it stays where it is. */
static void leave_home(struct spread *s)
{
	if (wl_sabotaged(s->w, "pinned"))
		wl_pin_node(s->w, s->home);
	else if (wl_sabotaged(s->w, "farthest"))
		wl_pin_node(s->w, wl_cpu_node_far_from(s->w, s->home));
	else
		wl_unpin(s->w);
}

/* A busy task on each CPU of the home node but the first, from where the tasks are started. */
static void keep_home_busy(struct spread *s)
{
	unsigned first = wl_cpu_of(s->w, s->home);

	idset_foreach (cpu, &s->w->cpus[s->home]) {
		if (cpu != first && !busy_start(&s->busy)) {
			wl_pin_cpu(s->w, cpu);
			busy_spin();
		}
	}
	wl_sleep_ms(10);
}

/* A child by fork(2); the node where it comes to life. */
static int fork_one(struct spread *s)
{
	unsigned cpu = wl_cpu_of(s->w, s->home);

	atomic_store(s->cpu, -1);
	leave_home(s); /* the child has its parent's mask */
	if (!busy_start(&s->busy)) {
		atomic_store(s->cpu, sched_getcpu());
		busy_spin();
	}
	wl_pin_cpu(s->w, cpu);
	while (atomic_load(s->cpu) < 0)
		wl_sleep_ms(WAIT_MS);
	return node_of_cpu(s->w, atomic_load(s->cpu));
}

/* A child on the first CPU that becomes a program; the node where that goes on. */
static int exec_one(struct spread *s)
{
	int fd[2];
	char c;

	if (pipe2(fd, O_CLOEXEC))
		wl_broken(s->w, "pipe: %s", strerror(errno));
	if (!busy_start(&s->busy)) {
		leave_home(s);
		execl("/bin/busybox", "sh", "-c", "while :; do :; done", (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
	if (read(fd[0], &c, 1)) /* ends when execve(2) closes the child's */
		wl_broken(s->w, "the child writes");
	close(fd[0]);
	return node_of_cpu(s->w, (int)busy_cpu(&s->busy, s->busy.n - 1));
}

/* Where each of some tasks starts, those before it gone again. */
static void try_out(struct spread *s, int (*one)(struct spread *s), const char *metric)
{
	int64_t count[WL_NODES] = { 0 };
	unsigned up = s->busy.n;

	for (unsigned i = 0; i < TRIES; i++) {
		count[one(s)]++;
		busy_end(&s->busy, up);
	}
	idset_foreach (nid, &s->w->cpu_nodes) {
		wl_value(s->w, metric, (int)nid, count[nid]);
	}
}

/* CPUs that the tasks have together, when each has one of its own or the time is up. */
static int64_t settle(struct spread *s)
{
	uint64_t from = wl_now();
	struct idset cpus;

	do {
		wl_sleep_ms(WAIT_MS);
		cpus = (struct idset){ 0 };
		for (unsigned i = 0; i < s->busy.n; i++)
			idset_add(&cpus, busy_cpu(&s->busy, i));
	} while (idset_count(&cpus) < s->busy.n && wl_now() - from < DEADLINE_MS * 1000000ull);
	return idset_count(&cpus);
}

static void spread_all(struct spread *s)
{
	int64_t count[WL_NODES] = { 0 };
	unsigned cpus = 0;

	idset_foreach (nid, &s->w->cpu_nodes) {
		cpus += idset_count(&s->w->cpus[nid]);
	}
	while (s->busy.n < SPREAD && s->busy.n < cpus)
		count[fork_one(s)]++;
	wl_value(s->w, "tasks", -1, s->busy.n);
	wl_value(s->w, "own_cpus", -1, settle(s));
	busy_end(&s->busy, 0);
	idset_foreach (nid, &s->w->cpu_nodes) {
		wl_value(s->w, "forked", (int)nid, count[nid]);
	}
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	static struct spread s;

	s.w = s.busy.w = w;
	s.home = p->node < 0 ? wl_nth(&w->cpu_nodes, 0) : p->node;
	s.cpu = mmap(NULL, sizeof(*s.cpu), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	wl_value(w, "home", -1, s.home);
	wl_value(w, "home_cpus", -1, idset_count(&w->cpus[s.home]));
	spread_all(&s);
	keep_home_busy(&s);
	try_out(&s, fork_one, "fork_busy");
	wl_pin_cpu(w, wl_cpu_of(w, s.home));
	try_out(&s, exec_one, "exec_busy");
	busy_end(&s.busy, 0);
	wl_unpin(w);
}

static const struct wl_metric metrics[] = {
	{ "home", "nid", WL_REPORTED, .about = "where the tasks are started" },
	{ "home_cpus", "1", WL_REPORTED, .about = "its CPUs" },
	{ "tasks", "1", WL_REPORTED, .about = "busy ones, started one by one by fork(2)" },
	{ "forked", "tasks", WL_REPORTED, .timing = true,
	  .about = "of these, whose first instructions were on the node" },
	{ "own_cpus", "1", WL_REPORTED, .about = "that they had when each had one to itself, or never had" },
	{ "fork_busy", "tasks", WL_REPORTED, .timing = true,
	  .about = "of 8, whose first instructions were on the node, all home CPUs busy" },
	{ "exec_busy", "tasks", WL_REPORTED, .timing = true,
	  .about = "of 8, that went on there behind execve(2), all home CPUs busy but their own" },
};

static unsigned distance(const struct wl_view *v, int from, unsigned to)
{
	return v->distance[(unsigned)from * v->distance_stride + to];
}

static int home_of(const struct wl_view *v, struct wl_verdict *out)
{
	return wl_nid(v, out, "home", -1);
}

/* Nodes whose distances are not the same ones, or not the same there and back, make groups of CPUs that overlap in ways
 * of their own: 6.1 and 6.12 then keep some busy tasks at home. */
static bool alike(const struct wl_view *v)
{
	int first = wl_nth(&v->cpu_nodes, 0);

	for (unsigned d = 0; d < 256; d++) {
		unsigned n = 0, want = 0;

		idset_foreach (to, &v->cpu_nodes) {
			want += distance(v, first, to) == d;
		}
		idset_foreach (from, &v->cpu_nodes) {
			n = 0;
			idset_foreach (to, &v->cpu_nodes) {
				n += distance(v, (int)from, to) == d;
				if (distance(v, (int)from, to) != distance(v, (int)to, from))
					return false;
			}
			if (n != want)
				return false;
		}
	}
	return true;
}

static void fork_leaves(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_most(v, out, "fork_busy", home_of(v, out), TRIES / 2);
}

static void exec_leaves(const struct wl_view *v, struct wl_verdict *out)
{
	if (wl_get(v, out, "home_cpus", -1) < 2)
		wl_worse(out, OUTCOME_SKIP, "the home node has one CPU: it idles while a task execs");
	else if (!alike(v))
		wl_worse(out, OUTCOME_SKIP, "the nodes' distances are not alike");
	else
		wl_want_most(v, out, "exec_busy", home_of(v, out), TRIES / 2);
}

static void within_reach(const struct wl_view *v, struct wl_verdict *out)
{
	int home = home_of(v, out);
	bool any = false;

	idset_foreach (nid, &v->cpu_nodes) {
		if (distance(v, home, nid) <= FAR)
			continue;
		any = true;
		wl_want_most(v, out, "fork_busy", (int)nid, TRIES / 4);
		wl_want_most(v, out, "exec_busy", (int)nid, TRIES / 4);
	}
	if (!any)
		wl_worse(out, OUTCOME_SKIP, "no node is farther than %d", FAR);
}

static void own_cpu(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "own_cpus", -1, wl_get(v, out, "tasks", -1));
	wl_want_most(v, out, "forked", home_of(v, out), wl_get(v, out, "tasks", -1) - 1);
}

static const struct wl_expect expects[] = {
	{ "own-cpu", "N8",
	  "busy tasks forked on one node are spread until each has a CPU of its own, some from the start",
	  own_cpu },
	{ "fork-leaves", "N8", "forked on a busy node, tasks start on idle ones", fork_leaves },
	{ "exec-leaves", "N8", "execve(2) on a busy node takes tasks to idle ones", exec_leaves },
	{ "within-reach", "N8",
	  "neither takes a task to a node that is farther than 32, but that an idle CPU there may pull one",
	  within_reach },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "pinned",
	  .breaks = "The tasks may only use the node where they are started.",
	  .fails = "own-cpu fork-leaves exec-leaves" },
	{ .name = "farthest",
	  .breaks = "The tasks may only use the node farthest from where they are started.",
	  .fails = "within-reach",
	  .topology = "far" },
};

WORKLOAD(task_spread) = {
	.about = "tasks that start on a busy node are spread over the CPUs of other nodes",
	.needs = { .mem_nodes = 1, .cpu_nodes = 2 },
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
