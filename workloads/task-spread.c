/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where tasks start. fork(2) and execve(2) look for the idlest CPU, scheduling group by group (kernel/sched/fair.c,
 * select_task_rq_fair with SD_BALANCE_FORK and SD_BALANCE_EXEC; find_idlest_group in 6.1, sched_balance_find_dst_group in
 * 6.12), so that a task does not stay on a node that is busy while others idle. They do not look beyond
 * node_reclaim_distance, 30 (32 on AMD's): sd_init in kernel/sched/topology.c clears both flags there.
 *
 * The node where a task is seen first may be another than the one it was put on: with one instruction clock for all CPUs an
 * idle CPU may pull the task before it has run (after execve(2) it is seen when all of the call is done). So the numbers of
 * tasks are bounded, not exact.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
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
	  "node on whose CPUs the tasks are started; -1: the first node with CPUs" },
};

struct spread {
	struct wl *w;
	int home; /* where the tasks are started */
	struct busy busy;
	atomic_int *cpu; /* shared with the children: the CPU of a task's first instructions; -1: not yet */
};

static int node_of_cpu(struct wl *w, int cpu)
{
	idset_foreach (nid, &w->cpu_nodes) {
		if (cpu >= 0 && idset_has(&w->cpus[nid], (unsigned)cpu))
			return (int)nid;
	}
	wl_broken(w, "CPU %d is on no node", cpu);
}

/* Gives the calling task all CPUs. The kernel leaves it on the one where it is. */
static void leave_home(struct spread *s)
{
	if (wl_sabotaged(s->w, "pinned"))
		wl_pin_node(s->w, s->home);
	else if (wl_sabotaged(s->w, "farthest"))
		wl_pin_node(s->w, wl_cpu_node_far_from(s->w, s->home));
	else
		wl_unpin(s->w);
}

/* A busy task on each CPU of the home node but the first, on which the tasks are started. */
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

/* Forks a child; returns the node of its first instructions. */
static int fork_one(struct spread *s)
{
	unsigned cpu = wl_cpu_of(s->w, s->home);

	atomic_store(s->cpu, -1);
	leave_home(s); /* the child inherits the CPU mask */
	if (!busy_start(&s->busy)) {
		atomic_store(s->cpu, sched_getcpu());
		busy_spin();
	}
	wl_pin_cpu(s->w, cpu);
	while (atomic_load(s->cpu) < 0)
		wl_sleep_ms(WAIT_MS);
	return node_of_cpu(s->w, atomic_load(s->cpu));
}

/* Forks a child on the first CPU that calls execve(2); returns the node where the program runs. */
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
	if (read(fd[0], &c, 1)) /* returns when execve(2) has closed the child's end */
		wl_broken(s->w, "the child writes");
	close(fd[0]);
	return node_of_cpu(s->w, (int)busy_cpu(&s->busy, s->busy.n - 1));
}

/* Starts tasks one by one, each when the one before has ended, and reports how many started on which node. */
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

/* Waits until each task has a CPU of its own, or the time is up; returns the number of CPUs that the tasks run on. */
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
	s.cpu = wl_map_shared(w, sizeof(*s.cpu));
	wl_value(w, "home", -1, s.home);
	wl_value(w, "home_cpus", -1, idset_count(&w->cpus[s.home]));
	spread_all(&s);
	keep_home_busy(&s);
	try_out(&s, fork_one, "fork_busy");
	wl_pin_cpu(w, wl_cpu_of(w, s.home));
	try_out(&s, exec_one, "exec_busy");
	busy_end(&s.busy, 0);
}

static const struct wl_metric metrics[] = {
	{ "home", "nid", WL_REPORTED, .about = "the node where the tasks are started" },
	{ "home_cpus", "1", WL_REPORTED, .about = "CPUs of the node where the tasks are started" },
	{ "tasks", "1", WL_REPORTED, .about = "busy tasks started one by one by fork(2)" },
	{ "forked", "tasks", WL_REPORTED, .timing = true,
	  .about = "busy tasks by the node of their first instructions" },
	{ "own_cpus", "1", WL_REPORTED,
	  .about = "CPUs that the busy tasks run on when each has its own, or after 2 s" },
	{ "fork_busy", "tasks", WL_REPORTED, .timing = true,
	  .about =
		  "tasks of 8 forked while all home CPUs are busy, by the node of their first instructions" },
	{ "exec_busy", "tasks", WL_REPORTED, .timing = true,
	  .about =
		  "tasks of 8 that call execve(2) while all other home CPUs are busy, by their node after it" },
};

static unsigned distance(const struct wl_view *v, int from, unsigned to)
{
	return v->distance[(unsigned)from * v->distance_stride + to];
}

/*
 * Whether all nodes with CPUs see the same distances, and the same there and back. Otherwise scheduling groups overlap in
 * ways of their own, and 6.1 and 6.12 keep some busy tasks at home.
 */
static bool alike(const struct wl_view *v)
{
	int first = wl_nth(&v->cpu_nodes, 0);

	idset_foreach (from, &v->cpu_nodes) {
		int seen[256] = { 0 };

		idset_foreach (to, &v->cpu_nodes) {
			seen[distance(v, (int)from, to)]++;
			seen[distance(v, first, to)]--;
			if (distance(v, (int)from, to) != distance(v, (int)to, from))
				return false;
		}
		for (unsigned d = 0; d < 256; d++)
			if (seen[d])
				return false;
	}
	return true;
}

static void exec_leaves(const struct wl_view *v, struct wl_verdict *out)
{
	if (wl_get(v, out, "home_cpus", -1) < 2)
		wl_worse(out, OUTCOME_SKIP, "the home node has one CPU: it idles while a task execs");
	else if (!alike(v))
		wl_worse(out, OUTCOME_SKIP, "the nodes' distances are not alike");
	else
		wl_want_most(v, out, "exec_busy", wl_nid(v, out, "home", -1), TRIES / 2);
}

static void within_reach(const struct wl_view *v, struct wl_verdict *out)
{
	int home = wl_nid(v, out, "home", -1);
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

static const struct wl_expect expects[] = {
	{ "own-cpu", "N8",
	  "busy tasks forked one by one on one node end up on a CPU each, and at least one starts on another node",
	  .wants = WL_WANTS({ "own_cpus", "tasks" }, { "forked", "<= tasks - 1", "on home" }) },
	{ "fork-leaves", "N8",
	  "fork(2) on a node whose CPUs are all busy, other nodes idle: at most 4 of 8 tasks start on that node",
	  .wants = WL_WANTS({ "fork_busy", "<= 4", "on home" }) },
	{ "exec-leaves", "N8",
	  "execve(2) on a node whose other CPUs are all busy, other nodes idle: at most 4 of 8 tasks stay on that node",
	  exec_leaves },
	/* An idle CPU there may pull one. */
	{ "within-reach", "N8",
	  "fork(2) and execve(2) place no task beyond RECLAIM_DISTANCE (30, AMD 32): at most 2 of 8 are seen on a node "
	  "farther than 32",
	  within_reach },
};

static const struct wl_sabotage sabotage[] = {
	{ "pinned", "The tasks may only use the node where they are started.",
	  "own-cpu fork-leaves exec-leaves" },
	{ "farthest", "The tasks may only use the node farthest from where they are started.", "within-reach",
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
