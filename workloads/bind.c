/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MPOL_BIND, by the area and by the task, with the CPU as far away as the machine allows. */
#include <numaif.h>
#include <unistd.h>

#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"

#define MOVING 64u

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "128", 1, 16384,
	  "4 KiB pages bound to each node" },
};

/* Touches an area from afar, bound by the area's policy or the task's, and reports where its pages went. */
static void bound_run(struct wl *w, int nid, bool by_task, const char *there, const char *elsewhere)
{
	const struct params *p = w->params;
	struct idset one = wl_one(wl_sabotaged(w, "other-node") ? wl_third_node(w, nid, nid, nid) : nid);
	int mode = wl_sabotaged(w, "preferred") ? MPOL_PREFERRED : MPOL_BIND;
	uint64_t count[WL_NODES], sum = 0;
	size_t bytes = p->pages * PAGE;
	char *area = wl_map(w, bytes);

	if (by_task)
		wl_mempolicy(w, mode, &one);
	else
		wl_mbind(w, area, bytes, mode, &one, 0);
	wl_touch(area, bytes, 1);
	wl_mempolicy(w, MPOL_DEFAULT, NULL);
	wl_count_pages(w, area, bytes, count);
	idset_foreach (other, &w->mem_nodes) {
		sum += (int)other == nid ? 0 : count[other];
	}
	wl_value(w, there, nid, (int64_t)count[nid]);
	wl_value(w, elsewhere, nid, (int64_t)sum);
	wl_unmap(area, bytes);
}

/* For ever, by a process that this one does not wait for. */
static __attribute__((noreturn)) void keep_moving(struct wl *w, pid_t owner, char *area)
{
	for (unsigned n = 0;; n++) {
		void *at = area + n % MOVING * PAGE;
		int nid = wl_nth(&w->mem_nodes, n / MOVING % idset_count(&w->mem_nodes)), status;

		move_pages(owner, 1, &at, &nid, &status, MPOL_MF_MOVE_ALL);
	}
}

static void run(struct wl *w)
{
	idset_foreach (nid, &w->mem_nodes) {
		wl_pin_node(w, wl_sabotaged(w, "own-cpu") ? (int)nid : wl_cpu_node_far_from(w, (int)nid));
		bound_run(w, (int)nid, false, "area", "area_elsewhere");
		bound_run(w, (int)nid, true, "task", "task_elsewhere");
	}
	if (wl_sabotaged(w, "moves")) {
		pid_t self = getpid();
		char *area = wl_map(w, MOVING * PAGE);

		wl_touch(area, MOVING * PAGE, 1);
		wl_unpin(w);
		if (!fork())
			keep_moving(w, self, area);
	}
}

static const struct wl_metric metrics[] = {
	{ "area", "pages", WL_REPORTED, .about = "on the node the area is bound to" },
	{ "area_elsewhere", "pages", WL_REPORTED, .about = "of an area bound to this node, on any other" },
	{ "task", "pages", WL_REPORTED, .about = "on the node the task is bound to" },
	{ "task_elsewhere", "pages", WL_REPORTED, .about = "of a task bound to this node, on any other" },
	{ "other_node", "pages", WL_NUMASTAT, "other_node", "start", "end",
	  .about = "given by this node to CPUs of another" },
	{ "miss", "pages", WL_NUMASTAT, "numa_miss", "start", "end",
	  .about = "given though another was wanted" },
};

/* Both areas of each node came from CPUs of another, and more may have: the workload's own pages. */
static void counted_remote(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;
	bool any = false;

	idset_foreach (nid, &v->mem_nodes) {
		if (idset_count(&v->cpu_nodes) == 1 && idset_has(&v->cpu_nodes, nid))
			continue;
		any = true;
		wl_want_least(v, out, "other_node", (int)nid, 2 * (int64_t)p->pages);
	}
	if (!any)
		wl_worse(out, OUTCOME_SKIP, "no node is remote");
}

static const struct wl_expect expects[] = {
	{ "area-bound", "N3",
	  "mbind(MPOL_BIND), first touched from the farthest CPUs: every page is on the node bound to, none elsewhere",
	  .wants = WL_WANTS({ "area", "pages", "each node" }, { "area_elsewhere", "0", "each node" }) },
	{ "task-bound", "N3",
	  "set_mempolicy(MPOL_BIND), first touched from the farthest CPUs: every page is on the node bound to, none elsewhere",
	  .wants = WL_WANTS({ "task", "pages", "each node" }, { "task_elsewhere", "0", "each node" }) },
	{ "counted-remote", "N3",
	  "numastat's other_node of each node with remote CPUs rises by the pages that those have touched at least",
	  counted_remote },
	{ "no-miss", "N3",
	  "numastat's numa_miss stays where it was while each node has room for what is bound to it",
	  .wants = WL_WANTS({ "miss", "0", "each node" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "other-node", "The memory is bound to another node than the checks look at.",
	  "area-bound task-bound" },
	{ "own-cpu", "Each node's memory is touched from its own CPUs.", "counted-remote" },
	{ "moves", "Pages move while the kernel is asked where they are.", "pages-agree" },
	{ "preferred", "The node is preferred only, and too small.", "no-miss", "-s hugepages.2048kB.1=127",
	  "pages=8192", "2node" },
};

WORKLOAD(bind) = {
	.about = "memory bound to a node lies there, whoever touches it first",
	.needs = { .mem_nodes = 1, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
