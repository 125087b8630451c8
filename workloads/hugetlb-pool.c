/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pools of 2 MiB huge pages: who gets one from which node's pool, and who gets none.
 *
 * A mapping reserves its pages when it is made (hugetlb_acct_memory), out of what the pools of the task's policy
 * have free; the policy of the area comes later, and is asked when a page is touched: too late for ENOMEM.
 */
#include <errno.h>
#include <numaif.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"

#define BY_POLICY "/proc/sys/vm/nr_hugepages_mempolicy"
#define OVERCOMMIT "/proc/sys/vm/nr_overcommit_hugepages"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "10", 2, 64, "reserved at run time" },
};

static int64_t pool(struct wl *w, int nid, int64_t pages)
{
	return hugetlb_set(w, nid, HUGETLB_2M, pages);
}

static int64_t free_pages(struct wl *w)
{
	return hugetlb_get(w, -1, HUGETLB_2M, "free_hugepages");
}

/* One huge page from the machine's pool, from the empty pool on. */
static void classic(struct wl *w, int near)
{
	const struct params *p = w->params;
	char *page;

	pool(w, -1, wl_sabotaged(w, "not-empty"));
	wl_value(w, "empty", -1, hugetlb_map(1, 0) ? 0 : errno);
	pool(w, -1, 0);
	pool(w, wl_sabotaged(w, "one-node") ? near : -1, (int64_t)p->pages);
	hugetlb_report(w, "spread", HUGETLB_2M, "nr_hugepages");
	page = wl_sabotaged(w, "ordinary") ? wl_map(w, HUGE) : hugetlb_map(1, 0);
	if (!page)
		wl_broken(w, "mmap of a huge page: %s", strerror(errno));
	wl_value(w, "free_mapped", -1, free_pages(w));
	wl_value(w, "reserved", -1, hugetlb_get(w, -1, HUGETLB_2M, "resv_hugepages"));
	wl_touch(page, HUGE, 1);
	wl_value(w, "free_touched", -1, free_pages(w));
	wl_place(w, "touched", page, HUGE);
	wl_value(w, "pageout", -1, madvise(page, HUGE, MADV_PAGEOUT) ? errno : 0);
	munmap(page, HUGE);
	wl_value(w, "free_unmapped", -1, free_pages(w));
	pool(w, -1, 0);
}

/* A process that maps a page, one node given by its policy or the area's, and touches it: what became of it. */
static int64_t end_of(struct wl *w, int nid, bool by_task)
{
	struct idset one = wl_one(nid);
	pid_t pid = fork();
	int sig, code;

	if (pid < 0)
		wl_broken(w, "fork: %s", strerror(errno));
	if (!pid) {
		if (by_task)
			wl_mempolicy(w, MPOL_BIND, &one);
		char *page = hugetlb_map(1, 0);
		if (!page)
			_exit(errno);
		if (!by_task)
			wl_mbind(w, page, HUGE, MPOL_BIND, &one, 0);
		*(volatile char *)page = 1;
		_exit(0);
	}
	code = wl_wait(w, pid, &sig);
	return sig ? -sig : code;
}

/* Pages on node `has` only; asked for on node `has_not`. */
static void by_policy(struct wl *w, int has, int has_not)
{
	struct idset one = wl_one(has);
	char *page;

	pool(w, has, 2);
	if (wl_sabotaged(w, "both-pools"))
		pool(w, has_not, 2);
	wl_value(w, "task_bound", -1, end_of(w, has_not, true));
	wl_value(w, "area_bound", -1, end_of(w, has_not, false));
	pool(w, -1, 0);

	if (!wl_sabotaged(w, "no-policy"))
		wl_mempolicy(w, MPOL_BIND, &one);
	wl_write(w, BY_POLICY, "4");
	wl_mempolicy(w, MPOL_DEFAULT, NULL);
	hugetlb_report(w, "by_mempolicy", HUGETLB_2M, "nr_hugepages");
	pool(w, -1, 0);

	/* unreserved: taken when touched, by the area's policy */
	wl_write(w, OVERCOMMIT, "2");
	page = hugetlb_map(1, MAP_NORESERVE);
	if (!page)
		wl_broken(w, "mmap of an unreserved huge page: %s", strerror(errno));
	if (!wl_sabotaged(w, "no-policy"))
		wl_mbind(w, page, HUGE, MPOL_BIND, &one, 0);
	*(volatile char *)page = 1;
	hugetlb_report(w, "surplus", HUGETLB_2M, "surplus_hugepages");
	munmap(page, HUGE);
	hugetlb_report(w, "surplus_after", HUGETLB_2M, "surplus_hugepages");
	wl_write(w, OVERCOMMIT, "0");
}

/* A page of node `from`, migrated to node `to`, which has one free, and then back, where the page was freed. */
static void migrate(struct wl *w, int from, int to)
{
	int status = -1;

	pool(w, from, 2);
	pool(w, to, 1);
	wl_pin_node(w, from);
	char *page = hugetlb_map(1, 0);
	if (!page)
		wl_broken(w, "mmap of a huge page: %s", strerror(errno));
	*(volatile uint64_t *)page = 77;
	if (!wl_sabotaged(w, "no-move") && move_pages(0, 1, (void **)&page, &to, &status, MPOL_MF_MOVE))
		wl_broken(w, "move_pages: %s", strerror(errno));
	wl_place(w, "moved", page, HUGE);
	wl_value(w, "content", -1, *(volatile int64_t *)page);
	hugetlb_report(w, "moved_pool", HUGETLB_2M, "nr_hugepages");
	hugetlb_report(w, "moved_free", HUGETLB_2M, "free_hugepages");
	munmap(page, HUGE);
	pool(w, -1, 0);
}

static void run(struct wl *w)
{
	int near, far;

	wl_two_nodes(w, &near, &far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	wl_pin_node(w, near);
	classic(w, near);
	wl_phase(w, "classic");
	by_policy(w, far, near);
	wl_phase(w, "by-policy");
	migrate(w, near, far);
	wl_phase(w, "migrated");
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "where the workload runs" },
	{ "far", "nid", WL_REPORTED, .about = "the node farthest from it" },
	{ "empty", "errno", WL_REPORTED, .about = "of mmap with MAP_HUGETLB, the pool empty" },
	{ "spread", "pages", WL_REPORTED, .about = "huge, of those reserved for the machine" },
	{ "free_mapped", "pages", WL_REPORTED, .about = "HugePages_Free once one is mapped" },
	{ "reserved", "pages", WL_REPORTED, .about = "HugePages_Rsvd then" },
	{ "free_touched", "pages", WL_REPORTED, .about = "HugePages_Free once it is touched" },
	{ "touched", "pages", WL_REPORTED, .about = "small, of the one touched" },
	{ "pageout", "errno", WL_REPORTED, .about = "of MADV_PAGEOUT for it" },
	{ "free_unmapped", "pages", WL_REPORTED, .about = "HugePages_Free once it is unmapped" },
	{ "task_bound", "1", WL_REPORTED, .about = "of a task bound to a node without pool: errno of mmap, or -signal" },
	{ "area_bound", "1", WL_REPORTED, .about = "of an area bound there: errno of mmap, or -signal" },
	{ "by_mempolicy", "pages", WL_REPORTED, .about = "huge, reserved by nr_hugepages_mempolicy, bound to `far`" },
	{ "surplus", "pages", WL_REPORTED, .about = "huge, overcommitted for an area bound to `far`" },
	{ "surplus_after", "pages", WL_REPORTED, .about = "huge, overcommitted, once that is unmapped" },
	{ "moved", "pages", WL_REPORTED, .about = "small, of a huge page migrated from `near` to `far`" },
	{ "content", "1", WL_REPORTED, .about = "of it: 77" },
	{ "moved_pool", "pages", WL_REPORTED, .about = "huge, of each pool then: it was 2 on `near`, 1 on `far`" },
	{ "moved_free", "pages", WL_REPORTED, .about = "of them free" },
};
/* clang-format on */

static int64_t asked(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

static int nid_of(const struct wl_view *v, struct wl_verdict *out, const char *who)
{
	return (int)wl_get(v, out, who, -1);
}

static void empty_pool(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "empty", -1, ENOMEM);
}

static void ten_to_nine(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "free_mapped", -1, asked(v));
	wl_want(v, out, "reserved", -1, 1);
	wl_want_only_on(v, out, "touched", nid_of(v, out, "near"), 512);
	wl_want(v, out, "free_unmapped", -1, asked(v));
	wl_want(v, out, "free_touched", -1, asked(v) - 1);
}

static void spread(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t nodes = idset_count(&v->mem_nodes);

	idset_foreach (nid, &v->mem_nodes) {
		wl_want_least(v, out, "spread", (int)nid, asked(v) / nodes);
		wl_want_most(v, out, "spread", (int)nid, (asked(v) + nodes - 1) / nodes);
	}
	if (wl_sum(v, out, "spread") != asked(v))
		wl_worse(out, OUTCOME_FAIL, "the pools do not add up to what was asked for");
}

static void not_out(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "pageout", -1, EINVAL);
}

static void enomem(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "task_bound", -1, ENOMEM);
}

static void sigbus(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "area_bound", -1, -SIGBUS);
}

static void by_mempolicy(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "by_mempolicy", nid_of(v, out, "far"), 4);
}

static void surplus(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "surplus_after", (int)nid, 0);
	}
	wl_want_only_on(v, out, "surplus", nid_of(v, out, "far"), 1);
}

static void pools_kept(const struct wl_view *v, struct wl_verdict *out)
{
	int near = nid_of(v, out, "near"), far = nid_of(v, out, "far");

	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "moved_pool", (int)nid, (int)nid == near ? 2 : (int)nid == far);
	}
	wl_want_only_on(v, out, "moved_free", near, 2);
	wl_want(v, out, "content", -1, 77);
	wl_want_only_on(v, out, "moved", far, 512);
}

static const struct wl_expect expects[] = {
	{ "empty-pool", "C4", "MAP_HUGETLB with an empty pool: ENOMEM", empty_pool },
	{ "ten-to-nine", "C4",
	  "nr_hugepages=10: it works, and HugePages_Free goes from 10 to 9 when it is touched", ten_to_nine },
	{ "spread", "C4", "pages reserved for the machine are spread over the nodes", spread },
	{ "not-paged-out", "C4", "a huge page can't be paged out: MADV_PAGEOUT says EINVAL", not_out },
	{ "task-bound-enomem", "C4", "a task bound to a node without pool learns it from mmap: ENOMEM",
	  enomem },
	{ "area-bound-sigbus", "C4", "an area bound to such a node is killed when it is touched: SIGBUS",
	  sigbus },
	{ "by-mempolicy", "C4", "nr_hugepages_mempolicy reserves on the nodes of the writer's policy only",
	  by_mempolicy },
	{ "surplus", "C4", "an overcommitted page comes from the area's node, and goes when it is unmapped",
	  surplus },
	{ "pools-kept", "C4", "migrating a huge page keeps each node's pool as large as it was", pools_kept },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "not-empty", .breaks = "The pool is not empty at first.", .fails = "empty-pool" },
	{ .name = "both-pools",
	  .breaks = "Both nodes have a pool.",
	  .fails = "task-bound-enomem area-bound-sigbus" },
	{ .name = "no-policy",
	  .breaks = "No policy when pages are reserved or overcommitted.",
	  .fails = "by-mempolicy surplus" },
	{ .name = "no-move", .breaks = "No page is migrated.", .fails = "pools-kept" },
	{ .name = "one-node", .breaks = "The machine's pages are reserved on one node.", .fails = "spread" },
	{ .name = "ordinary",
	  .breaks = "The page mapped is no huge one.",
	  .fails = "ten-to-nine not-paged-out" },
};

WORKLOAD(hugetlb_pool) = {
	.about =
		"huge pages come from pools, a node's own each, by policy; an empty one is an error, early or late",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64 },
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
