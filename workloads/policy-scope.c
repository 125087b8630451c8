/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tasks that a policy holds for. A task's policy is its own: each thread or process that it makes starts with a copy
 * (kernel/fork.c, copy_process: mpol_dup), and execve(2) keeps it; a later change reaches no other task.
 *
 * All tasks run on CPUs of node `near`, where memory comes from without a policy; the first policy is for node `far`.
 */
#include <numaif.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/pair.h"

#define PAGES 12 /* as the rows below have it */
#define BYTES ((size_t)PAGES * PAGE)

struct scope {
	struct wl *w;
	struct idset near, far;
};

static void bind_task(struct scope *s, const struct idset *nodes)
{
	if (!wl_sabotaged(s->w, "no-policy"))
		wl_mempolicy(s->w, MPOL_BIND, nodes);
}

/* Repeats what another task has just done, which must not matter here. */
static void if_shared(struct scope *s, const struct idset *nodes)
{
	if (wl_sabotaged(s->w, "shared-policy"))
		bind_task(s, nodes);
}

/* Touches new memory under the policy of this task, and reports where the pages are. */
static void look(struct scope *s, const char *metric)
{
	char *area = wl_map(s->w, BYTES);

	wl_touch(area, BYTES, 1);
	wl_place(s->w, metric, area, BYTES);
}

struct helper {
	struct scope *s;
	sem_t go;
	const char *metric;
	bool newer; /* made after the policy was set */
	bool own_policy;
};

static void *help(void *arg)
{
	struct helper *h = arg;

	sem_wait(&h->go);
	if (h->own_policy)
		bind_task(h->s, &h->s->near);
	else if (!h->newer)
		if_shared(h->s, &h->s->far);
	look(h->s, h->metric);
	return NULL;
}

static void threads(struct scope *s)
{
	struct helper older = { s, .metric = "older_thread" },
		      newer = { s, .metric = "newer_thread", .newer = true },
		      other = { s, .metric = "other_thread", .newer = true, .own_policy = true };
	struct helper *all[] = { &older, &newer, &other };
	pthread_t id[3];

	for (unsigned i = 0; i < 3; i++) {
		sem_init(&all[i]->go, 0, 0);
		if (i == 1)
			bind_task(s, &s->far);
		if (pthread_create(&id[i], NULL, help, all[i]))
			wl_broken(s->w, "can't start a thread");
	}
	for (unsigned i = 0; i < 3; i++) {
		sem_post(&all[i]->go);
		pthread_join(id[i], NULL);
	}
	if_shared(s, &s->near);
	look(s, "main_thread");
}

/* A child made under its parent's policy, which later sets one of its own. */
static void forks(struct scope *s)
{
	struct pair pair;

	bind_task(s, &s->far);
	if (pair_fork(s->w, &pair)) {
		look(s, "child");
		bind_task(s, &s->near);
		look(s, "child_own");
		pair_turn(s->w, &pair);
		_exit(0);
	}
	if (wl_sabotaged(s->w, "shared-policy"))
		wl_mempolicy(s->w, MPOL_DEFAULT, NULL);
	pair_turn(s->w, &pair);
	look(s, "parent");
	pair_end(s->w, &pair);
}

/* Runs a program that prints its own numa_maps: reports its mappings, those with a policy, its anonymous pages by node. */
static void execs(struct scope *s)
{
	uint64_t count[WL_NODES] = { 0 };
	int64_t mappings = 0, bound = 0;
	char line[1024];
	int fd[2], sig;

	bind_task(s, &s->far);
	pid_t pid = pipe(fd) ? -1 : fork();
	if (!pid) {
		dup2(fd[1], 1);
		execl("/bin/busybox", "cat", "/proc/self/numa_maps", (char *)NULL);
		_exit(127);
	}
	wl_mempolicy(s->w, MPOL_DEFAULT, NULL);
	close(fd[1]);
	auto_fclose FILE *f = fdopen(fd[0], "r");
	while (f && fgets(line, sizeof(line), f)) {
		mappings++;
		bound += strstr(line, " bind:") != NULL;
		if (!strstr(line, "file="))
			wl_add_nodes(line, count);
	}
	if (pid < 0 || wl_wait(s->w, pid, &sig) || !mappings)
		wl_broken(s->w, "busybox does not show its numa_maps");
	wl_value(s->w, "program_mappings", -1, mappings);
	wl_value(s->w, "program_bound", -1, bound);
	wl_values(s->w, "program", count);
}

static void run(struct wl *w)
{
	struct scope s = { .w = w };
	int near, far;

	wl_two_nodes(w, &near, &far);
	s.near = wl_one(near);
	s.far = wl_one(far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	wl_pin_node(w, near);
	threads(&s);
	forks(&s);
	execs(&s);
}

/* clang-format off */
#define PAGES_OF(name, what) { name, "pages", WL_REPORTED, .about = what }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the node of the CPUs" },
	{ "far", "nid", WL_REPORTED, .about = "the node that the first policy is for" },
	PAGES_OF("older_thread", "of a thread made before the policy was set"),
	PAGES_OF("newer_thread", "of a thread made under the policy"),
	PAGES_OF("other_thread", "of a thread made under the policy, which then bound itself to the near node"),
	PAGES_OF("main_thread", "of the thread that set the policy, after the others ran"),
	PAGES_OF("child", "of a child process made under the policy"),
	PAGES_OF("child_own", "of the child process after it bound itself to the near node"),
	PAGES_OF("parent", "of the parent, after the child bound itself to the near node"),
	PAGES_OF("program", "(anonymous) of a program that a child under the policy becomes by execve(2)"),
	{ "program_mappings", "1", WL_REPORTED, .about = "mappings of the program, by its numa_maps" },
	{ "program_bound", "1", WL_REPORTED, .about = "mappings of the program that numa_maps shows as bound" },
};

#define ALL_ON(name, node) { name, "12", "only on " node }

static const struct wl_expect expects[] = {
	{ "by-thread", "N4", "a thread starts with the task policy of the thread that makes it: all its pages are on the node bound to",
	  .wants = WL_WANTS(ALL_ON("newer_thread", "far"), ALL_ON("main_thread", "far")) },
	{ "not-across", "N4",
	  "set_mempolicy(2) holds for the calling thread only: pages of other threads of the process come by their own policy",
	  .wants = WL_WANTS(ALL_ON("older_thread", "near"), ALL_ON("other_thread", "near"), ALL_ON("main_thread", "far")) },
	{ "by-fork", "N4", "a child process starts with its parent's task policy: all its pages are on the node bound to",
	  .wants = WL_WANTS(ALL_ON("child", "far")) },
	{ "not-back", "N4", "set_mempolicy(2) in a child process holds for the child only: its parent's pages come by the old policy",
	  .wants = WL_WANTS(ALL_ON("child_own", "near"), ALL_ON("parent", "far")) },
	{ "by-exec", "N4",
	  "execve(2) keeps the task policy: numa_maps shows it for all mappings, and all anonymous pages are on the node bound to",
	  .wants = WL_WANTS({ "program_bound", "program_mappings" }, { "program", ">= 1", "only on far" }) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "no-policy", "Tasks set no policy.", "by-thread by-fork by-exec" },
	{ "shared-policy", "Where a task sets a policy of its own, the others do so as well.",
	  "not-across not-back" },
};

WORKLOAD(policy_scope) = {
	.about =
		"a task's policy holds for the threads, children and programs that it makes, and for no other task",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
