/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a hint fault does: on the page's node it only puts the mapping back, on another it moves the page.
 *
 * A page remembers who last had a hint fault on it from another node (mpol_misplaced leaves a local fault out). Nobody
 * yet: the first such fault moves it. Else it takes two in a row from the same node, but for a thread in its first
 * four passes of the scanner (should_numa_migrate_memory). So the way there costs one fault a page, the way back two.
 * But since 6a56ccbcf6c6 (6.2) a moved page is not writable until it is written, and that fault has the page forget
 * (wp_page_reuse): memory that is written comes back at once. A huge page moves whole. Each act is a process of its own
 * whose pages only one thread uses: the order of its faults is its own, no schedule's.
 */
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"

#define OLD \
	6 /* passes of the process: the thread counts them at its faults, and has to have seen more than four */

struct params {
	uint64_t pages, huge, deadline_ms;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "pages", WL_U64, AT(pages), "256", 1, 16384, "4 KiB pages of each area" },
	{ "huge", WL_U64, AT(huge), "4", 1, 64, "huge pages of the huge area" },
	{ "deadline_ms", WL_U64, AT(deadline_ms), "5000", 1, 600000, "for each act" },
};

struct act {
	const char *name;
	int near, far;
	bool back, reads, huge;
};

static size_t size(const struct params *p, bool huge)
{
	return huge ? p->huge * HUGE : p->pages * PAGE;
}

/*
 * The only memory that is scanned, on this CPU's node, and on no CPU's list of pages on their way to the LRU, from where
 * nothing can be moved.
 */
static char *area_on(struct wl *w, int nid, size_t bytes, bool huge)
{
	balance_second_thread(w);
	balance_shield(w);
	char *area = wl_map(w, bytes);
	madvise(area, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	wl_touch(area, bytes, 1);
	wl_gather(w, nid);
	return area;
}

static void use(const struct act *a, char *area, size_t bytes)
{
	if (a->reads)
		for (size_t i = 0; i < bytes; i += PAGE)
			(void)*(volatile char *)(area + i);
	else
		wl_touch(area, bytes, 2);
	balance_spin(16);
}

/* Until `passes` of the scanner have been faulted on. */
static void age(struct wl *w, const struct act *a, char *area, size_t bytes, int64_t passes, uint64_t until)
{
	do
		use(a, area, bytes);
	while (balance_sched(w, "mm->numa_scan_seq") <= passes && wl_now() < until);
	use(a, area, bytes);
}

/* Asking get_mempolicy(2) for a page's node is a read: an untouched one then maps the zero page, and that one's node is told. */
static void ask(struct wl *w)
{
	char *page = wl_map(w, PAGE);
	uint64_t pfn;
	int nid;

	if (wl_sabotaged(w, "touched"))
		wl_touch(page, PAGE, 1);
	wl_page_pfns(w, page, 1, &pfn);
	wl_value(w, "present", -1, pfn != 0);
	if (get_mempolicy(&nid, NULL, 0, page, MPOL_F_NODE | MPOL_F_ADDR))
		wl_broken(w, "get_mempolicy: %s", strerror(errno));
	wl_page_pfns(w, page, 1, &pfn);
	wl_value(w, "present_then", -1, pfn != 0);
}

/* Thread and pages on one node. */
static void right(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	const struct act *a = arg;
	size_t bytes = size(p, false);
	uint64_t *pfn = calloc(2 * p->pages, sizeof(*pfn)), same = 0;

	char *area = area_on(w, a->near, bytes, false);
	wl_page_pfns(w, area, p->pages, pfn);
	if (wl_sabotaged(w, "away"))
		wl_pin_node(w, a->far);
	struct balance before = balance_now(w);
	age(w, a, area, bytes, 2, wl_now() + p->deadline_ms * 1000000);
	struct balance b = balance_since(w, &before);
	balance_report(w, a->name, &b);
	wl_page_pfns(w, area, p->pages, pfn + p->pages);
	for (size_t i = 0; i < p->pages; i++)
		same += pfn[i] && pfn[i] == pfn[p->pages + i];
	wl_value(w, "kept", -1, (int64_t)same);
	ask(w);
}

/* Goes to the node and uses the area until all of it has come after. */
static struct balance go(struct wl *w, const struct act *a, int nid, char *area, size_t bytes, uint64_t until)
{
	uint64_t count[WL_NODES];

	if (!wl_sabotaged(w, "home"))
		wl_pin_node(w, nid);
	struct balance before = balance_now(w);
	do {
		use(a, area, bytes);
		wl_count_mapping(w, area, count);
	} while (count[nid] < bytes / PAGE && wl_now() < until);
	return balance_since(w, &before);
}

/* The thread goes away from its pages; `back`: and, later, away from where they have come after it. */
static void wrong(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	const struct act *a = arg;
	size_t bytes = size(p, a->huge);
	uint64_t until = wl_now() + p->deadline_ms * 1000000;
	char *area = area_on(w, a->near, bytes, a->huge && !wl_sabotaged(w, "small"));
	bool back = wl_sabotaged(w, "swapped") ? !a->back : a->back;
	struct balance b = go(w, a, a->far, area, bytes, until);

	if (back) {
		age(w, a, area, bytes, OLD, until);
		if (!wl_sabotaged(w, "home")) /* as in area_on(): pages just moved are on such a list again */
			wl_gather(w, a->far);
		b = go(w, a, a->near, area, bytes, until);
	}
	balance_report(w, a->name, &b);
	balance_place(w, a->name, area);
}

static void run(struct wl *w)
{
	int near, far;

	wl_two_nodes(w, &near, &far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	wl_pin_node(w, near);
	wl_apart(w, right, &(struct act){ "right", near, far, .back = false });
	wl_apart(w, wrong, &(struct act){ "there", near, far, .back = false });
	wl_apart(w, wrong, &(struct act){ "back", near, far, .back = true, .reads = true });
	wl_apart(w, wrong, &(struct act){ "rewritten", near, far, .back = true });
	wl_apart(w, wrong, &(struct act){ "huge", near, far, .huge = true });
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: the pages'" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it: where a thread goes" },
	BALANCE_METRICS("right"), BALANCE_METRICS("there"), BALANCE_METRICS("back"), BALANCE_METRICS("rewritten"), BALANCE_METRICS("huge"),
	{ "kept", "pages", WL_REPORTED, .about = "that are the same page frames after all local faults" },
	{ "there", "pages", WL_REPORTED, .about = "an area whose thread has gone to `far`" },
	{ "back", "pages", WL_REPORTED, .about = "one that is only read, when the thread has come back" },
	{ "rewritten", "pages", WL_REPORTED, .about = "one that is written, when the thread has come back" },
	{ "huge", "pages", WL_REPORTED, .about = "an area of huge pages whose thread has gone to `far`" },
	{ "present", "pages", WL_REPORTED, .about = "of an area of one page that has not been touched" },
	{ "present_then", "pages", WL_REPORTED, .about = "when get_mempolicy(2) has been asked for its node" },
};
/* clang-format on */

static int64_t pages(const struct wl_view *v, bool huge)
{
	const struct params *p = v->params;

	return (int64_t)(size(p, huge) / PAGE);
}

static void right_restores(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "right_faults", -1, pages(v, false));
	wl_want(v, out, "right_remote", -1, 0);
	wl_want(v, out, "right_migrated", -1, 0);
	wl_want(v, out, "kept", -1, pages(v, false));
}

static void wrong_migrates(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "there_migrated", -1, pages(v, false));
	wl_want_only_on(v, out, "there", (int)wl_get(v, out, "far", -1), pages(v, false));
	wl_want_only_on(v, out, "back", (int)wl_get(v, out, "near", -1), pages(v, false));
	wl_want_only_on(v, out, "rewritten", (int)wl_get(v, out, "near", -1), pages(v, false));
}

static void one_fault(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "there_remote", -1, pages(v, false));
}

static void two_faults(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "back_remote", -1, 2 * pages(v, false));
}

/*
 * A scan that comes between a move and the write fault behind it has that page remember: one a pass, and there are a
 * few passes.
 */
static void written_forgets(const struct wl_view *v, struct wl_verdict *out)
{
	bool forgets = wl_since(v, out, 6, 2);

	wl_want_least(v, out, "rewritten_remote", -1, (forgets ? 1 : 2) * pages(v, false));
	wl_want_most(v, out, "rewritten_remote", -1, forgets ? pages(v, false) * 9 / 8 : 2 * pages(v, false));
}

static void huge_whole(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;

	wl_want(v, out, "huge_remote", -1, (int64_t)p->huge);
	wl_want(v, out, "huge_migrated", -1, pages(v, true));
	wl_want_only_on(v, out, "huge", (int)wl_get(v, out, "far", -1), pages(v, true));
}

static void asking_faults(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "present", -1, 0);
	wl_want(v, out, "present_then", -1, 1);
}

static const struct wl_expect expects[] = {
	{ "right-restores", "B4",
	  "a fault on the page's node is local, moves nothing and leaves the page what it was",
	  right_restores },
	{ "wrong-migrates", "B4", "faults on another node move all pages there", wrong_migrates },
	{ "one-fault", "B4", "on the way there each page's first remote fault moves it", one_fault },
	{ "two-faults", "B4",
	  "on the way back the second does: the page remembers the node of the last remote fault",
	  two_faults },
	{ "written-forgets", "B4", "written on the way, it takes one from Linux 6.2 on, and two before",
	  written_forgets },
	{ "huge-whole", "B4", "one fault moves a huge page whole, 512 pages", huge_whole },
	{ "asking-faults", "B4", "asking get_mempolicy(2) for a page's node faults it in", asking_faults },
};

/* Scans come by run time: the first after 20 ms, each of all memory. */
static const struct wl_sabotage sabotage[] = {
	{ .name = "away", .breaks = "The local thread is on `far`.", .fails = "right-restores" },
	{ .name = "home",
	  .breaks = "The others are on `near`.",
	  .fails = "wrong-migrates one-fault two-faults written-forgets huge-whole",
	  .params = "deadline_ms=1500" },
	{ .name = "swapped", .breaks = "The young one is old, the old one there.", .fails = "two-faults" },
	{ .name = "small", .breaks = "The huge area has small pages.", .fails = "huge-whole" },
	{ .name = "touched",
	  .breaks = "A page that is asked for has been touched before.",
	  .fails = "asking-faults" },
};

WORKLOAD(balance_fault) = {
	.about = "a hint fault on the page's node restores the mapping, on another it moves the page",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 32 },
	.knobs = "balancing.mode=1 balancing.scan_delay_ms=20 balancing.scan_period_min_ms=20 "
		 "balancing.scan_period_max_ms=40 balancing.scan_size_mb=16 thp.enabled=madvise",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
