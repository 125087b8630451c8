/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom a policy holds for. A task's is its own: a copy goes to whom it makes (kernel/fork.c, copy_process:
 * mpol_dup), thread or process, and stays over execve(2); nothing goes back or across.
 *
 * All run on CPUs of node `near`, where memory would come from by itself, with policies for node `far`.
 */
#include <numaif.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/pair.h"

#define PAGES 12
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

/* What another task has just done, which must not matter here. */
static void if_shared(struct scope *s, const struct idset *nodes)
{
	if (wl_sabotaged(s->w, "shared-policy"))
		bind_task(s, nodes);
}

/* Touches new memory as this task is, and reports where it lies. */
static void look(struct scope *s, const char *metric)
{
	char *area = wl_map(s->w, BYTES);

	wl_touch(area, BYTES, 1);
	wl_place(s->w, metric, area, BYTES);
	wl_unmap(area, BYTES);
}

struct helper {
	struct scope *s;
	sem_t go;
	const char *metric;
	bool newer, own_policy; /* than the policy */
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

/* A child made under a policy that the parent gives up, and that sets one of its own later. */
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

/* A program that shows its own numa_maps: its mappings, how many of them have a policy, its anonymous pages by node. */
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
		for (char *at = line; !strstr(line, "file=") && (at = strstr(at, " N"));) {
			unsigned long nid = strtoul(at + 2, &at, 10);

			if (*at == '=' && nid < WL_NODES)
				count[nid] += strtoull(at + 1, &at, 10);
		}
	}
	if (pid < 0 || wl_wait(s->w, pid, &sig) || !mappings)
		wl_broken(s->w, "busybox does not show its numa_maps");
	wl_value(s->w, "program_mappings", -1, mappings);
	wl_value(s->w, "program_bound", -1, bound);
	idset_foreach (nid, &s->w->mem_nodes) {
		wl_value(s->w, "program", (int)nid, (int64_t)count[nid]);
	}
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

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "where all run" },
	{ "far", "nid", WL_REPORTED, .about = "where the first policy is for" },
	{ "older_thread", "pages", WL_REPORTED, .about = "of a thread from before the policy" },
	{ "newer_thread", "pages", WL_REPORTED, .about = "of a thread made under the policy" },
	{ "other_thread", "pages", WL_REPORTED, .about = "of one that then set its own, for the near node" },
	{ "main_thread", "pages", WL_REPORTED, .about = "of the one that set the policy, after them" },
	{ "child", "pages", WL_REPORTED, .about = "of a child made under the policy" },
	{ "child_own", "pages", WL_REPORTED,
	  .about = "of the child when it has set its own, for the near node" },
	{ "parent", "pages", WL_REPORTED, .about = "of its parent, after that" },
	{ "program", "pages", WL_REPORTED,
	  .about = "anonymous, of a program that the child becomes by execve(2)" },
	{ "program_mappings", "1", WL_REPORTED, .about = "of that program, by its numa_maps" },
	{ "program_bound", "1", WL_REPORTED, .about = "of these, that the policy holds for" },
};

static void want_on(const struct wl_view *v, struct wl_verdict *out, const char *metric, const char *node)
{
	wl_want_only_on(v, out, metric, (int)wl_get(v, out, node, -1), PAGES);
}

static void by_thread(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "newer_thread", "far");
	want_on(v, out, "main_thread", "far");
}

static void not_across(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "older_thread", "near");
	want_on(v, out, "other_thread", "near");
	want_on(v, out, "main_thread", "far");
}

static void by_fork(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "child", "far");
}

static void not_back(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "child_own", "near");
	want_on(v, out, "parent", "far");
}

static void by_exec(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "program_bound", -1, wl_get(v, out, "program_mappings", -1));
	wl_want_some_on(v, out, "program", (int)wl_get(v, out, "far", -1));
}

static const struct wl_expect expects[] = {
	{ "by-thread", "N4", "a thread starts with the policy of the thread that makes it", by_thread },
	{ "not-across", "N4",
	  "set_mempolicy(2) holds for the calling thread only: others of the process keep theirs",
	  not_across },
	{ "by-fork", "N4", "a child starts with its parent's policy", by_fork },
	{ "not-back", "N4", "what a child sets is its own: the parent keeps its policy", not_back },
	{ "by-exec", "N4", "a policy stays over execve(2): all of the new program's own pages come by it",
	  by_exec },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-policy", .breaks = "Tasks set no policy.", .fails = "by-thread by-fork by-exec" },
	{ .name = "shared-policy",
	  .breaks = "Where one sets a policy of its own, the others do so, too.",
	  .fails = "not-across not-back" },
};

WORKLOAD(policy_scope) = {
	.about = "a task's policy follows its threads, children and programs, and stops there",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
