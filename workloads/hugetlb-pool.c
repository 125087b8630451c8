/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pools of 2 MiB huge pages: from which node's pool a mapping gets its pages, and what happens where that pool is empty.
 *
 * mmap(2) reserves the pages (hugetlb_acct_memory()) out of what is free in the pools that the task's policy allows, and
 * fails with ENOMEM where that is too little. The policy that mbind(2) gives the area comes after that. It is looked at
 * when a page is touched, where an empty pool can only be reported by SIGBUS.
 */
#include <errno.h>
#include <numaif.h>
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
	{ "pages", WL_U64, offsetof(struct params, pages), "10", 2, 64, "huge pages reserved at run time" },
};

static int64_t free_pages(struct wl *w)
{
	return hugetlb_get(w, -1, HUGETLB_2M, "free_hugepages");
}

/* A huge page is mapped, touched and unmapped, first with an empty pool of the machine, then with `pages` in it. */
static void classic(struct wl *w, int near)
{
	const struct params *p = w->params;
	char *page;

	hugepool_set(w, -1, wl_sabotaged(w, "not-empty"));
	wl_value(w, "empty", -1, hugetlb_map(1, 0) ? 0 : errno);
	hugepool_set(w, -1, 0);
	hugepool_set(w, wl_sabotaged(w, "one-node") ? near : -1, (int64_t)p->pages);
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
	hugepool_set(w, -1, 0);
}

/*
 * A process maps a huge page and touches it, with MPOL_BIND to one node as the task's policy or as the area's. Returns its
 * exit code, which is the errno of mmap(2), or minus the signal that killed it.
 */
static int64_t map_bound(struct wl *w, int nid, bool by_task)
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

/* Huge pages are only in the pool of the node `has`, and are asked for on the node `has_not`. */
static void by_policy(struct wl *w, int has, int has_not)
{
	struct idset one = wl_one(has);
	char *page;

	hugepool_set(w, has, 2);
	if (wl_sabotaged(w, "both-pools"))
		hugepool_set(w, has_not, 2);
	wl_value(w, "task_bound", -1, map_bound(w, has_not, true));
	wl_value(w, "area_bound", -1, map_bound(w, has_not, false));
	hugepool_set(w, -1, 0);

	if (!wl_sabotaged(w, "no-policy"))
		wl_mempolicy(w, MPOL_BIND, &one);
	wl_write(w, BY_POLICY, "4");
	wl_mempolicy(w, MPOL_DEFAULT, NULL);
	hugetlb_report(w, "by_mempolicy", HUGETLB_2M, "nr_hugepages");
	hugepool_set(w, -1, 0);

	/* MAP_NORESERVE: nothing is taken at mmap(2), and the area's policy decides when the page is touched */
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

/* move_pages(2) of a huge page from the node `from` to the node `to`, whose pool has a free one. */
static void migrate(struct wl *w, int from, int to)
{
	int status = -1;

	hugepool_set(w, from, 2);
	hugepool_set(w, to, 1);
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
	{ "near", "nid", WL_REPORTED, .about = "the node whose CPU runs the workload" },
	{ "far", "nid", WL_REPORTED, .about = "the node farthest from it by the SLIT" },
	{ "empty", "errno", WL_REPORTED, .about = "of mmap(2) with MAP_HUGETLB while the pool is empty; 0: it succeeded" },
	{ "spread", "pages", WL_REPORTED, .about = "huge pages in each node's pool after the machine's nr_hugepages was set" },
	{ "free_mapped", "pages", WL_REPORTED, .about = "HugePages_Free of the machine after a huge page was mapped" },
	{ "reserved", "pages", WL_REPORTED, .about = "HugePages_Rsvd of the machine after a huge page was mapped" },
	{ "free_touched", "pages", WL_REPORTED, .about = "HugePages_Free of the machine after the mapped page was touched" },
	{ "touched", "pages", WL_REPORTED, .about = "small pages of the touched huge page, by node" },
	{ "pageout", "errno", WL_REPORTED, .about = "of madvise(2) with MADV_PAGEOUT of the touched huge page" },
	{ "free_unmapped", "pages", WL_REPORTED, .about = "HugePages_Free of the machine after the page was unmapped" },
	{ "task_bound", "1", WL_REPORTED,
	  .about = "errno of mmap(2), or minus the signal, of a task bound to a node with an empty pool" },
	{ "area_bound", "1", WL_REPORTED,
	  .about = "errno of mmap(2), or minus the signal, of a task whose area is bound to a node with an empty pool" },
	{ "by_mempolicy", "pages", WL_REPORTED,
	  .about = "huge pages reserved by nr_hugepages_mempolicy, whose writer is bound to `far`" },
	{ "surplus", "pages", WL_REPORTED, .about = "surplus huge pages while a page of an area bound to `far` is overcommitted" },
	{ "surplus_after", "pages", WL_REPORTED, .about = "surplus huge pages after the overcommitted page was unmapped" },
	{ "moved", "pages", WL_REPORTED, .about = "small pages of the huge page that move_pages(2) moved from `near` to `far`" },
	{ "content", "1", WL_REPORTED, .about = "the number read from the moved huge page; 77 was written" },
	{ "moved_pool", "pages", WL_REPORTED,
	  .about = "huge pages in each node's pool after the move; 2 on `near` and 1 on `far` before" },
	{ "moved_free", "pages", WL_REPORTED, .about = "free huge pages in each node's pool after the move" },
};

static const struct wl_expect expects[] = {
	{ "empty-pool", "C4", "mmap(2) with MAP_HUGETLB fails with ENOMEM while the pool of huge pages is empty",
	  .wants = WL_WANTS({ "empty", "ENOMEM" }) },
	{ "ten-to-nine", "C4",
	  "of `pages` huge pages mmap(2) reserves one, the first touch takes one from HugePages_Free, munmap(2) gives it back",
	  .wants = WL_WANTS({ "free_mapped", "pages" }, { "reserved", "1" }, { "touched", "HUGE_PAGES", "only on near" },
			    { "free_unmapped", "pages" }, { "free_touched", "pages - 1" }) },
	{ "spread", "C4",
	  "huge pages reserved by the machine's nr_hugepages are spread over the nodes: two nodes differ by at most one page",
	  .wants = WL_WANTS({ "spread", "pages / mem_nodes..(pages + mem_nodes - 1) / mem_nodes", "each node" },
			    { "spread", "pages", "in all" }) },
	{ "not-paged-out", "C4", "madvise(2) with MADV_PAGEOUT of a hugetlb page fails with EINVAL",
	  .wants = WL_WANTS({ "pageout", "EINVAL" }) },
	{ "task-bound-enomem", "C4",
	  "mmap(2) with MAP_HUGETLB fails with ENOMEM for a task with MPOL_BIND to a node whose pool is empty",
	  .wants = WL_WANTS({ "task_bound", "ENOMEM" }) },
	{ "area-bound-sigbus", "C4",
	  "a hugetlb area that mbind(2) has bound to a node whose pool is empty: the first touch kills the process by SIGBUS",
	  .wants = WL_WANTS({ "area_bound", "-7" }) }, /* SIGBUS */
	{ "by-mempolicy", "C4", "nr_hugepages_mempolicy reserves huge pages only on the node of the writer's MPOL_BIND",
	  .wants = WL_WANTS({ "by_mempolicy", "4", "only on far" }) },
	{ "surplus", "C4",
	  "an overcommitted huge page is a surplus page of the node that its area is bound to, until it is unmapped",
	  .wants = WL_WANTS({ "surplus_after", "0", "each node" }, { "surplus", "1", "only on far" }) },
	{ "pools-kept", "C4",
	  "move_pages(2) of a huge page to a node with a free one: each node's pool keeps its size, and the content is intact",
	  .wants = WL_WANTS({ "moved_pool", "2", "on near" }, { "moved_pool", "1", "on far" },
			    { "moved_pool", "0", "not on near, far" }, { "moved_free", "2", "only on near" },
			    { "content", "77" }, { "moved", "HUGE_PAGES", "only on far" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "not-empty", "The pool has a huge page when it should be empty.", "empty-pool" },
	{ "both-pools", "Both nodes have huge pages in their pools.", "task-bound-enomem area-bound-sigbus" },
	{ "no-policy", "No policy is set when huge pages are reserved or overcommitted.", "by-mempolicy surplus" },
	{ "no-move", "The huge page is not moved.", "pools-kept" },
	{ "one-node", "The machine's huge pages are all reserved on one node.", "spread" },
	{ "ordinary", "The area that is mapped has small pages.", "ten-to-nine not-paged-out" },
};

WORKLOAD(hugetlb_pool) = {
	.about = "huge pages come from the nodes' pools by policy; an empty pool is ENOMEM at mmap(2) or SIGBUS at the touch",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64 },
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
/* clang-format on */
