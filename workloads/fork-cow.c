/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy on write after fork: who writes gets the copy, and where it lies.
 *
 * The copy is allocated like any page of the area, by its writer: the area's policy, else the writing task's,
 * else the writer's own node (mm/memory.c, wp_page_copy). The last owner's write takes the page over
 * (do_wp_page; from 6.7 wp_can_reuse_anon_folio) if nobody else has a reference, as a CPU's list of pages on
 * their way to the LRU would: the parent stays on one CPU, whose list its own write or munmap drains. A huge
 * page is not copied whole since 3917c80280c9 (5.8): the writer's mapping is split, and one small page
 * copied.
 */
#include <numaif.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/pair.h"

enum form { DEFAULT, AREA, TASK, LAST, WHOLE };

struct params {
	uint64_t pages;
	int parent, child;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "64", 1, HUGE_PAGES, "4 KiB pages the two share" },
	{ "parent", WL_NODE, offsetof(struct params, parent), "-1", 0, 0,
	  "node of the parent; -1: the first" },
	{ "child", WL_NODE, offsetof(struct params, child), "-1", 0, 0,
	  "node of the child; -1: the farthest" },
};

struct family {
	struct wl *w;
	const struct params *p;
	int parent, child, third, given; /* nids; third: what policies are to name, given: what they do */
	struct pair pair;
	uint64_t before[HUGE_PAGES], after[HUGE_PAGES]; /* PFNs the parent has */
	struct told {					/* by the child, in memory both share */
		uint64_t pfn[HUGE_PAGES], written;
	} * told;
	uint64_t copied, kept, intact, written;
};

static uint64_t count_words(const char *area, size_t pages, uint64_t word)
{
	uint64_t n = 0;

	for (size_t i = 0; i < pages; i++)
		n += *(const volatile uint64_t *)(area + i * PAGE) == word;
	return n;
}

static uint64_t count_equal(const uint64_t *a, const uint64_t *b, size_t pages)
{
	uint64_t n = 0;

	for (size_t i = 0; i < pages; i++)
		n += a[i] == b[i];
	return n;
}

static __attribute__((noreturn)) void child(struct family *f, enum form form, char *area, size_t pages)
{
	static const char *const place[] = { "default", "area", "task", "last", "huge" };
	static const char *const copying[] = { "copying_default", "copying_area", "copying_task",
					       "copying_last", "copying_huge" };
	struct idset given = wl_one(f->given);
	size_t writes = form == WHOLE ? 1 : pages;

	wl_pin_node(f->w, wl_sabotaged(f->w, "wrong-cpu") ? f->parent : f->child);
	if (form == TASK)
		wl_mempolicy(f->w, MPOL_BIND, &given);
	wl_region(f->w, "shared", area, pages * PAGE);
	wl_mark(f->w, "small");
	if (!wl_sabotaged(f->w, "not-last") || form == LAST)
		wl_touch(area, writes * PAGE, 20);
	wl_mark(f->w, copying[form]);
	wl_mempolicy(f->w, MPOL_DEFAULT, NULL);
	f->told->written = count_words(area, writes, 20);
	wl_page_pfns(f->w, area, pages, f->told->pfn);
	wl_place(f->w, place[form], area, pages * PAGE);
	pair_turn(f->w, &f->pair);
	_exit(0);
}

/* Pages the child has written, the parent has not, and both are there. */
static void compare(struct family *f, enum form form, const char *area, size_t pages)
{
	uint64_t same = count_equal(f->before, f->told->pfn, pages);

	if (form == LAST) {
		wl_value(f->w, "taken", -1, (int64_t)same);
		return;
	}
	wl_page_pfns(f->w, area, pages, f->after);
	f->copied += pages - same;
	f->kept += count_equal(f->before, f->after, pages);
	f->intact += count_words(area, pages, 10);
	f->written += f->told->written;
}

static void share(struct family *f, enum form form)
{
	size_t pages = form == WHOLE ? HUGE_PAGES : f->p->pages, bytes = pages * PAGE;
	struct idset given = wl_one(f->given);
	char *area = wl_map(f->w, bytes);

	if (wl_sabotaged(f->w, "shared"))
		mmap(area, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	madvise(area, bytes, form == WHOLE ? MADV_HUGEPAGE : MADV_NORMAL);
	wl_touch(area, bytes, 10);
	if (form == AREA)
		wl_mbind(f->w, area, bytes, MPOL_BIND, &given, 0);
	wl_page_pfns(f->w, area, pages, f->before);
	if (pair_fork(f->w, &f->pair))
		child(f, form, area, pages);
	if (form == LAST && !wl_sabotaged(f->w, "not-last"))
		wl_unmap(area, bytes);
	pair_turn(f->w, &f->pair);
	compare(f, form, area, pages);
	if (!wl_sabotaged(f->w, "not-last"))
		pair_end(f->w, &f->pair);
	if (form == DEFAULT) {
		wl_touch(area, bytes, 30);
		wl_page_pfns(f->w, area, pages, f->after);
		wl_value(f->w, "reused", -1, (int64_t)count_equal(f->before, f->after, pages));
	}
	if (wl_sabotaged(f->w, "not-last"))
		pair_end(f->w, &f->pair);
	wl_unmap(area, bytes);
}

/* Who is where; the third node is one with memory that is neither's, or else the parent's. */
static void choose(struct family *f)
{
	struct wl *w = f->w;

	f->parent = f->p->parent;
	for (unsigned nid = 0; f->parent < 0 && nid < WL_NODES; nid++)
		if (idset_has(&w->cpu_nodes, nid) && idset_has(&w->mem_nodes, nid))
			f->parent = (int)nid;
	f->child = f->p->child < 0 ? wl_cpu_node_far_from(w, f->parent) : f->p->child;
	f->third = f->parent;
	idset_foreach (nid, &w->mem_nodes) {
		if ((int)nid != f->parent && (int)nid != f->child && f->third == f->parent)
			f->third = (int)nid;
	}
	f->given = f->third;
	if (wl_sabotaged(f->w, "wrong-policy"))
		f->given = wl_nth(&w->mem_nodes, wl_nth(&w->mem_nodes, 0) == f->third);
}

static void run(struct wl *w)
{
	struct family *f = &(struct family){ .w = w, .p = w->params };

	f->told = mmap(NULL, sizeof(*f->told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	choose(f);
	wl_pin_cpu(w, wl_cpu_of(w, f->parent));
	for (enum form form = DEFAULT; form < WHOLE; form++)
		share(f, form);
	wl_phase(w, "small");
	wl_value(w, "copied", -1, (int64_t)f->copied);
	wl_value(w, "kept", -1, (int64_t)f->kept);
	wl_value(w, "intact", -1, (int64_t)f->intact);
	wl_value(w, "written", -1, (int64_t)f->written);
	f->copied = f->kept = 0;
	share(f, WHOLE);
	wl_phase(w, "huge");
	wl_value(w, "huge_copied", -1, (int64_t)f->copied);
	wl_value(w, "huge_kept", -1, (int64_t)f->kept);
	wl_value(w, "parent", -1, f->parent);
	wl_value(w, "child", -1, f->child);
	wl_value(w, "third", -1, f->third);
}

static const struct wl_metric metrics[] = {
	{ "parent", "nid", WL_REPORTED, .about = "where the parent runs" },
	{ "child", "nid", WL_REPORTED, .about = "where the child runs" },
	{ "third", "nid", WL_REPORTED, .about = "what the policies name" },
	{ "copied", "pages", WL_REPORTED, .about = "with another PFN once the child wrote; three areas" },
	{ "written", "pages", WL_REPORTED, .about = "with the child's value, for the child; three areas" },
	{ "kept", "pages", WL_REPORTED, .about = "with the same PFN for the parent; three areas" },
	{ "intact", "pages", WL_REPORTED, .about = "with the parent's value, for the parent; three areas" },
	{ "default", "pages", WL_REPORTED, .about = "of the child, no policy" },
	{ "area", "pages", WL_REPORTED, .about = "of the child, area bound after the parent's touch" },
	{ "task", "pages", WL_REPORTED, .about = "of the child, which bound itself" },
	{ "reused", "pages", WL_REPORTED, .about = "with the same PFN once the parent, last owner, wrote" },
	{ "taken", "pages", WL_REPORTED, .about = "with the same PFN once the child, last owner, wrote" },
	{ "last", "pages", WL_REPORTED, .about = "of the child as last owner" },
	{ "huge", "pages", WL_REPORTED, .about = "of the child's huge page, one small page written" },
	{ "huge_copied", "pages", WL_REPORTED, .about = "of it, with another PFN for the child" },
	{ "huge_kept", "pages", WL_REPORTED, .about = "of it, with the same PFN for the parent" },
	{ "huge_faults", "1", WL_VMSTAT, "thp_fault_alloc", "small", "huge", .about = "huge pages given" },
};

static int64_t pages_of(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

static int nid_of(const struct wl_view *v, struct wl_verdict *out, const char *who)
{
	return (int)wl_get(v, out, who, -1);
}

/* Where the child's own node lets its pages go: itself, or the nearest when it has no memory. */
static int childs_node(const struct wl_view *v, struct wl_verdict *out)
{
	return wl_fallback(v, nid_of(v, out, "child"), 0);
}

static void writer_copies(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "written", -1, 3 * pages_of(v));
	wl_want(v, out, "copied", -1, 3 * pages_of(v));
}

static void other_keeps(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "intact", -1, 3 * pages_of(v));
	wl_want(v, out, "kept", -1, 3 * pages_of(v));
}

static void on_writers_node(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "default", childs_node(v, out), pages_of(v));
}

static void by_area(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "area", nid_of(v, out, "third"), pages_of(v));
}

static void by_task(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "task", nid_of(v, out, "third"), pages_of(v));
}

static void last_owner(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "reused", -1, pages_of(v));
	wl_want(v, out, "taken", -1, pages_of(v));
	wl_want_only_on(v, out, "last", nid_of(v, out, "parent"), pages_of(v));
}

static void huge_page(const struct wl_view *v, struct wl_verdict *out)
{
	int copy = childs_node(v, out), rest = nid_of(v, out, "parent");

	wl_want(v, out, "huge_faults", -1, 1);
	wl_want(v, out, "huge_copied", -1, 1);
	wl_want(v, out, "huge_kept", -1, HUGE_PAGES);
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "huge", (int)nid, ((int)nid == copy) + ((int)nid == rest) * (HUGE_PAGES - 1));
	}
}

/* clang-format off */
#define COPYING(form, what) \
	{ form "_stores", "stores", WL_TRACE_NODE, "stores user", .until = "copying_" form, .process = "shared", \
	  .about = "of the child to what it shares, " what ": where they arrive" }, \
	{ form "_read", "loads", WL_TRACE_NODE, "loads kernel", .until = "copying_" form, .timing = true, \
	  .about = "by the kernel meanwhile" }, \
	{ form "_written", "stores", WL_TRACE_NODE, "stores kernel", .until = "copying_" form, .timing = true, \
	  .about = "by the kernel meanwhile" }

static const struct wl_metric trace_metrics[] = {
	COPYING("default", "no policy"), COPYING("area", "the area bound"), COPYING("task", "itself bound"),
	COPYING("last", "as last owner"),
};
/* clang-format on */

/*
 * One store a page, and it arrives in the copy. A page is copied by words of 8 bytes: as many loads where it was, stores
 * where it comes to lie. What the kernel writes besides is on the nodes of its stack and tables, hence no upper bound.
 */
static void copied_to(const struct wl_view *v, struct wl_verdict *out, const char *form, int to)
{
	int64_t words = pages_of(v) * (PAGE / 8);

	wl_want_only_on(v, out, WL_NAMED(form, "stores"), to, pages_of(v));
	wl_want_least(v, out, WL_NAMED(form, "read"), nid_of(v, out, "parent"), words);
	wl_want_least(v, out, WL_NAMED(form, "written"), to, words);
}

static void copied_where(const struct wl_view *v, struct wl_verdict *out)
{
	copied_to(v, out, "default", childs_node(v, out));
	copied_to(v, out, "area", nid_of(v, out, "third"));
	copied_to(v, out, "task", nid_of(v, out, "third"));
}

static void not_copied(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "last_stores", nid_of(v, out, "parent"), pages_of(v));
	wl_want_most(v, out, "last_written", nid_of(v, out, "child"), pages_of(v) * (PAGE / 8) / 2);
}

static const struct wl_expect trace_expects[] = {
	{ "stores-arrive", "W2",
	  "the store that takes the fault arrives on the writer's or the policy's node, to which the kernel has copied the words",
	  copied_where },
	{ "stores-stay", "W3",
	  "the last owner's arrive where the page was, and nothing is copied to its node", not_copied },
};

static const struct wl_expect expects[] = {
	{ "writer-copies", "W1", "each page the child writes gets another PFN at the same address",
	  writer_copies },
	{ "other-keeps", "W1", "the parent keeps its PFNs and its values", other_keeps },
	{ "on-writers-node", "W2", "without a policy the copies lie on the writer's node", on_writers_node },
	{ "by-area-policy", "W2", "copies lie where the area is bound to, its first pages stay", by_area },
	{ "by-task-policy", "W2", "copies lie where the writing task is bound to", by_task },
	{ "last-owner", "W3", "who alone is left writes without a copy: same PFN, also from afar",
	  last_owner },
	{ "huge-page", "W1 W2", "of a huge page only the small page written is copied, to the writer's node",
	  huge_page },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "shared",
	  .breaks = "Memory is shared, not copied.",
	  .fails = "writer-copies other-keeps huge-page" },
	{ .name = "not-last", .breaks = "Nobody is the last owner.", .fails = "last-owner" },
	{ .name = "wrong-policy",
	  .breaks = "Policies name another node.",
	  .fails = "by-area-policy by-task-policy" },
	{ .name = "wrong-cpu", .breaks = "The child runs on the parent's node.", .fails = "on-writers-node" },
	{ .name = "wrong-policy",
	  .breaks = "Policies name another node.",
	  .fails = "stores-arrive",
	  .options = "--trace" },
	{ .name = "not-last",
	  .breaks = "Nobody is the last owner.",
	  .fails = "stores-stay",
	  .options = "--trace" },
};

WORKLOAD(fork_cow) = {
	.about =
		"after fork the writer of a shared page gets a copy on its own node or the policy's; the last owner none",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=madvise",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.trace_metrics = WL_LIST(trace_metrics),
	.trace_expects = WL_LIST(trace_expects),
	.timeout_s = 30,
	.run = run,
};
