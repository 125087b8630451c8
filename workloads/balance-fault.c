/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a hint fault does: on the page's node it only restores the mapping, on another node it moves the page.
 *
 * A page remembers the CPU and process of its last hint fault from another node (mpol_misplaced leaves local faults out).
 * Without such a memory the first remote fault moves the page. With it a page takes two remote faults in a row from one
 * node, unless the thread is in its first four passes of the scanner (should_numa_migrate_memory). So the way there costs
 * one fault a page, and the way back two. But since 6a56ccbcf6c6 (6.2) a moved page is not writable until it is written,
 * and that write fault clears the memory (wp_page_reuse): memory that is written comes back at the first fault. A huge page
 * moves whole. Each case is a process of its own whose pages only one thread uses: the order of its faults does not
 * depend on the schedule.
 */
#include <errno.h>
#include <numaif.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"

/* Passes of the process: the thread counts them at its faults, and must have seen more than four. */
#define OLD 6

struct params {
	uint64_t pages, huge, deadline_ms;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "pages", WL_U64, AT(pages), "256", 1, 16384, "4 KiB pages of each area" },
	{ "huge", WL_U64, AT(huge), "4", 1, 64, "huge pages of the huge area" },
	{ "deadline_ms", WL_U64, AT(deadline_ms), "5000", 1, 600000,
	  "virtual ms after which each of the five cases gives up" },
};

struct setting {
	const char *name;
	int near, far;
	bool back, reads, huge;
};

static size_t size(const struct params *p, bool huge)
{
	return huge ? p->huge * HUGE : p->pages * PAGE;
}

static void use(const struct setting *a, char *area, size_t bytes)
{
	if (a->reads)
		for (size_t i = 0; i < bytes; i += PAGE)
			(void)*(volatile char *)(area + i);
	else
		wl_touch(area, bytes, 2);
	balance_spin(16);
}

/* Uses the area until the scanner has passed over it so often, and has the faults of the last pass. */
static void age(struct wl *w, const struct setting *a, char *area, size_t bytes, int64_t passes,
		uint64_t until)
{
	do
		use(a, area, bytes);
	while (balance_sched(w, "mm->numa_scan_seq") <= passes && wl_now() < until);
	use(a, area, bytes);
}

/* get_mempolicy(2) reads a page to find its node: an address not touched before then maps the zero page. */
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

/* Thread and pages are on one node. */
static void right(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	const struct setting *a = arg;
	size_t bytes = size(p, false);
	uint64_t *pfn = calloc(2 * p->pages, sizeof(*pfn)), same = 0;

	char *area = balance_area(w, a->near, bytes, false);
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

/* Goes to the node and uses the area until all of its pages are there. */
static struct balance go(struct wl *w, const struct setting *a, int nid, char *area, size_t bytes,
			 uint64_t until)
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

/* The thread goes to another node than its pages; `back`: when they have followed, it returns to the first node. */
static void wrong(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	const struct setting *a = arg;
	size_t bytes = size(p, a->huge);
	uint64_t until = wl_now() + p->deadline_ms * 1000000;
	char *area = balance_area(w, a->near, bytes, a->huge && !wl_sabotaged(w, "small"));
	bool back = wl_sabotaged(w, "swapped") ? !a->back : a->back;
	struct balance b = go(w, a, a->far, area, bytes, until);

	if (back) {
		age(w, a, area, bytes, OLD, until);
		if (!wl_sabotaged(
			    w, "home")) /* as in balance_area(): pages just moved are in such a batch again */
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
	wl_apart(w, right, &(struct setting){ "right", near, far, .back = false });
	wl_apart(w, wrong, &(struct setting){ "there", near, far, .back = false });
	wl_apart(w, wrong, &(struct setting){ "back", near, far, .back = true, .reads = true });
	wl_apart(w, wrong, &(struct setting){ "rewritten", near, far, .back = true });
	wl_apart(w, wrong, &(struct setting){ "huge", near, far, .huge = true });
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory, where the pages are at first" },
	{ "far", "nid", WL_REPORTED, .about = "the node with CPUs and memory farthest from `near`, where the thread goes" },
	BALANCE_METRICS("right"), BALANCE_METRICS("there"), BALANCE_METRICS("back"), BALANCE_METRICS("rewritten"), BALANCE_METRICS("huge"),
	{ "kept", "pages", WL_REPORTED, .about = "pages with an unchanged page frame after local hint faults" },
	{ "there", "pages", WL_REPORTED, .about = "pages by node when their thread has gone to `far`" },
	{ "back", "pages", WL_REPORTED, .about = "pages by node that are only read, when their thread has come back to `near`" },
	{ "rewritten", "pages", WL_REPORTED, .about = "pages by node that are written, when their thread has come back to `near`" },
	{ "huge", "pages", WL_REPORTED, .about = "pages by node of an area of huge pages whose thread has gone to `far`" },
	{ "present", "pages", WL_REPORTED, .about = "pages mapped at an address that has not been touched" },
	{ "present_then", "pages", WL_REPORTED, .about = "pages mapped at an untouched address after get_mempolicy(2) was asked for its node" },
};
/* clang-format on */

/*
 * A pass of the scanner between a move and the write fault after it leaves that page its memory: one page a pass, and there
 * are a few passes.
 */
static void written_forgets(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t pages = (int64_t)((const struct params *)v->params)->pages;
	bool forgets = wl_since(v, out, 6, 2);

	wl_want_least(v, out, "rewritten_remote", -1, (forgets ? 1 : 2) * pages);
	wl_want_most(v, out, "rewritten_remote", -1, forgets ? pages * 9 / 8 : 2 * pages);
}

static const struct wl_expect expects[] = {
	{ "right-restores", "B4",
	  "hint faults on CPUs of the page's own node are local, move no page and leave each page its page frame",
	  .wants = WL_WANTS({ "right_faults", ">= pages" }, { "right_remote", "0" },
			    { "right_migrated", "0" }, { "kept", "pages" }) },
	{ "wrong-migrates", "B4",
	  "hint faults on CPUs of another node move all pages to the thread's node, and back when the thread goes back",
	  .wants = WL_WANTS({ "there_migrated", "pages" }, { "there", "pages", "only on far" },
			    { "back", "pages", "only on near" }, { "rewritten", "pages", "only on near" }) },
	{ "one-fault", "B4",
	  "a page that has had no remote hint fault moves at the first one: exactly one remote hint fault a page",
	  .wants = WL_WANTS({ "there_remote", "pages" }) },
	{ "two-faults", "B4",
	  "a page that is only read moves back at the second remote hint fault in a row: exactly two remote hint "
	  "faults a page",
	  .wants = WL_WANTS({ "back_remote", "2 * pages" }) },
	{ "written-forgets", "B4",
	  "a page that is written moves back at the first remote hint fault since 6.2 (1 to 9/8 faults a page), at the "
	  "second before (2)",
	  written_forgets },
	{ "huge-whole", "B4", "one remote hint fault moves a huge page whole: 512 pages a fault",
	  .wants = WL_WANTS({ "huge_remote", "huge" }, { "huge_migrated", "huge * HUGE_PAGES" },
			    { "huge", "huge * HUGE_PAGES", "only on far" }) },
	{ "asking-faults", "B4",
	  "get_mempolicy(2) with MPOL_F_NODE | MPOL_F_ADDR faults in an untouched page: 0 pages mapped before, 1 after",
	  .wants = WL_WANTS({ "present", "0" }, { "present_then", "1" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "away", "The thread of the local faults runs on `far`.", "right-restores" },
	{ "home", "The threads of the remote faults stay on `near`.",
	  "wrong-migrates one-fault two-faults written-forgets huge-whole", .params = "deadline_ms=1500" },
	{ "swapped", "The threads that should return do not, and those that should not do.", "two-faults" },
	{ "small", "The area of huge pages has small pages.", "huge-whole" },
	{ "touched", "The page that get_mempolicy(2) is asked for has been touched before.",
	  "asking-faults" },
};

WORKLOAD(balance_fault) = {
	.about = "a hint fault on the page's node restores the mapping, on another it moves the page",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 32 },
	.knobs = BALANCE_SOON "thp.enabled=madvise",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
