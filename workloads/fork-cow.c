/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy on write after fork: which process gets the copy, and where the copy is.
 *
 * The copy is allocated like any page of the area, by the process that writes: under the area's policy, else the writing
 * task's, else from the writer's own node (mm/memory.c, wp_page_copy). The last owner's write takes the page over
 * (do_wp_page; from 6.7 wp_can_reuse_anon_folio) if nothing else holds a reference, as a CPU's list of pages on their way
 * to the LRU would: the parent stays on one CPU, whose list its own write or munmap drains. A huge page is not copied
 * whole since 3917c80280c9 (5.8): the writer's mapping is split, and one small page copied.
 */
#include <numaif.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/moves.h"
#include "workloads/lib/named.h"
#include "workloads/lib/pair.h"

enum form { DEFAULT, AREA, TASK, LAST, WHOLE };

static const char *const form_name[] = { "default", "area", "task", "last", "huge" };

struct params {
	uint64_t pages;
	int parent, child;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "64", 1, HUGE_PAGES,
	  "4 KiB pages that parent and child share" },
	{ "parent", WL_NODE, offsetof(struct params, parent), "-1", 0, 0,
	  "node whose CPUs run the parent; -1: the first with CPUs and memory" },
	{ "child", WL_NODE, offsetof(struct params, child), "-1", 0, 0,
	  "node whose CPUs run the child; -1: the farthest from the parent's" },
};

struct family {
	struct wl *w;
	const struct params *p;
	int parent, child; /* nids */
	int third, given;  /* the node that policies are to name, the one that they do */
	struct pair pair;
	uint64_t before[HUGE_PAGES], after[HUGE_PAGES]; /* PFNs the parent has */
	struct from_child {				/* in memory that both share */
		uint64_t pfn[HUGE_PAGES];
		int64_t written;
	} * from_child;
	struct counts { /* pages, over all areas so far */
		int64_t copied, written, kept, intact;
	} counts;
};

static int64_t count_words(const char *area, size_t pages, uint64_t word)
{
	int64_t n = 0;

	for (size_t i = 0; i < pages; i++)
		n += *(const volatile uint64_t *)(area + i * PAGE) == word;
	return n;
}

static __attribute__((noreturn)) void child(struct family *f, enum form form, char *area, size_t pages)
{
	struct idset given = wl_one(f->given);
	const char *copying = WL_NAMED("copying", form_name[form]);
	size_t writes = form == WHOLE ? 1 : pages;

	wl_pin_node(f->w, wl_sabotaged(f->w, "wrong-cpu") ? f->parent : f->child);
	if (form == TASK)
		wl_mempolicy(f->w, MPOL_BIND, &given);
	wl_region(f->w, "shared", area, pages * PAGE);
	wl_mark(f->w, "small");
	wl_touch(area, writes * PAGE, 20);
	wl_mark(f->w, copying);
	wl_mempolicy(f->w, MPOL_DEFAULT, NULL);
	f->from_child->written = count_words(area, writes, 20);
	wl_page_pfns(f->w, area, pages, f->from_child->pfn);
	wl_place(f->w, form_name[form], area, pages * PAGE);
	pair_turn(f->w, &f->pair);
	_exit(0);
}

/* Pages the child has written, the parent has not, and both are there. */
static void compare(struct family *f, enum form form, const char *area, size_t pages)
{
	int64_t same = moves_kept(f->before, f->from_child->pfn, pages);

	if (form == LAST) {
		wl_value(f->w, "taken", -1, same);
		return;
	}
	wl_page_pfns(f->w, area, pages, f->after);
	f->counts.copied += (int64_t)pages - same;
	f->counts.kept += moves_kept(f->before, f->after, pages);
	f->counts.intact += count_words(area, pages, 10);
	f->counts.written += f->from_child->written;
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
	pair_end(f->w, &f->pair);
	if (form == DEFAULT) {
		wl_touch(area, bytes, 30);
		wl_page_pfns(f->w, area, pages, f->after);
		wl_value(f->w, "reused", -1, moves_kept(f->before, f->after, pages));
	}
	wl_unmap(area, bytes);
}

/* Chooses the nodes; the third node is one with memory that is neither the parent's nor the child's, or else the parent's. */
static void choose(struct family *f)
{
	struct wl *w = f->w;

	f->parent = f->p->parent;
	for (unsigned nid = 0; f->parent < 0 && nid < WL_NODES; nid++)
		if (idset_has(&w->cpu_nodes, nid) && idset_has(&w->mem_nodes, nid))
			f->parent = (int)nid;
	f->child = f->p->child < 0 ? wl_cpu_node_far_from(w, f->parent) : f->p->child;
	f->given = f->third = wl_third_node(w, f->parent, f->child, f->parent);
	if (wl_sabotaged(f->w, "wrong-policy"))
		f->given = wl_nth(&w->mem_nodes, wl_nth(&w->mem_nodes, 0) == f->third);
}

static void run(struct wl *w)
{
	struct family *f = &(struct family){ .w = w, .p = w->params };

	f->from_child = wl_map_shared(w, sizeof(*f->from_child));
	choose(f);
	wl_pin_cpu(w, wl_cpu_of(w, f->parent));
	for (enum form form = DEFAULT; form < WHOLE; form++)
		share(f, form);
	wl_phase(w, "small");
	wl_value(w, "copied", -1, f->counts.copied);
	wl_value(w, "kept", -1, f->counts.kept);
	wl_value(w, "intact", -1, f->counts.intact);
	wl_value(w, "written", -1, f->counts.written);
	f->counts = (struct counts){ 0 };
	share(f, WHOLE);
	wl_phase(w, "huge");
	wl_value(w, "huge_copied", -1, f->counts.copied);
	wl_value(w, "huge_kept", -1, f->counts.kept);
	wl_value(w, "parent", -1, f->parent);
	wl_value(w, "child", -1, f->child);
	wl_value(w, "third", -1, f->third);
}

/* clang-format off */
#define PAGES(name, what) { name, "pages", WL_REPORTED, .about = what }
static const struct wl_metric metrics[] = {
	{ "parent", "nid", WL_REPORTED, .about = "the node on whose CPUs the parent runs" },
	{ "child", "nid", WL_REPORTED, .about = "the node on whose CPUs the child runs" },
	{ "third", "nid", WL_REPORTED, .about = "the node that the policies are for" },
	PAGES("copied", "with another PFN for the child once it has written them; sum of three areas"),
	PAGES("written", "in which the child reads what it has written; sum of three areas"),
	PAGES("kept", "with an unchanged PFN for the parent once the child has written; sum of three areas"),
	PAGES("intact", "in which the parent reads what it has written; sum of three areas"),
	PAGES("default", "of the child's copies without a policy"),
	PAGES("area", "of the child's copies in an area that was bound after the parent's touch"),
	PAGES("task", "of the child's copies under its own MPOL_BIND task policy"),
	PAGES("reused", "with an unchanged PFN once the parent, then the last owner, has written them"),
	PAGES("taken", "with an unchanged PFN once the child, then the last owner, has written them"),
	PAGES("last", "of the child that has written as the last owner"),
	PAGES("huge", "of the child's 2 MiB huge page after one small page of it was written"),
	PAGES("huge_copied", "of the huge page, with another PFN for the child"),
	PAGES("huge_kept", "of the huge page, with an unchanged PFN for the parent"),
	{ "huge_faults", "1", WL_VMSTAT, "thp_fault_alloc", "small", "huge", .about = "thp_fault_alloc: huge pages given" },
};
#define COPYING(form, what) \
	{ form "_stores", "stores", WL_TRACE_NODE, "stores user", .until = "copying_" form, .process = "shared", \
	  .about = "of the child to the shared area, by the node they arrive on (" what ")" }, \
	{ form "_read", "loads", WL_TRACE_NODE, "loads kernel", .until = "copying_" form, .timing = true, \
	  .about = "of the kernel while the child writes (" what ")" }, \
	{ form "_written", "stores", WL_TRACE_NODE, "stores kernel", .until = "copying_" form, .timing = true, \
	  .about = "of the kernel while the child writes (" what ")" }

static const struct wl_metric trace_metrics[] = {
	COPYING("default", "no policy"), COPYING("area", "area bound"), COPYING("task", "task bound"),
	COPYING("last", "child is the last owner"),
};
/* clang-format on */

/* The node that serves the child's CPUs: its own, or the nearest when that has no memory. */
static int childs_node(const struct wl_view *v, struct wl_verdict *out)
{
	return wl_fallback(v, wl_nid(v, out, "child", -1), 0);
}

static void on_writers_node(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "default", childs_node(v, out),
			(int64_t)((const struct params *)v->params)->pages);
}

static void huge_page(const struct wl_view *v, struct wl_verdict *out)
{
	int copy = childs_node(v, out), rest = wl_nid(v, out, "parent", -1);

	wl_want(v, out, "huge_faults", -1, 1);
	wl_want(v, out, "huge_copied", -1, 1);
	wl_want(v, out, "huge_kept", -1, HUGE_PAGES);
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "huge", (int)nid, ((int)nid == copy) + ((int)nid == rest) * (HUGE_PAGES - 1));
	}
}

/*
 * One store a page, and it arrives in the copy. A page is copied by words of 8 bytes: as many loads where it was, stores
 * where the copy is. What the kernel writes besides is on the nodes of its stack and tables, hence no upper bound.
 */
static void stores_arrive(const struct wl_view *v, struct wl_verdict *out)
{
	int parent = wl_nid(v, out, "parent", -1), third = wl_nid(v, out, "third", -1);
	int64_t pages = (int64_t)((const struct params *)v->params)->pages,
		words = pages * (int64_t)(PAGE / 8);

	for (enum form form = DEFAULT; form < LAST; form++) {
		const char *name = form_name[form];
		int to = form == DEFAULT ? childs_node(v, out) : third;

		wl_want_only_on(v, out, WL_NAMED(name, "stores"), to, pages);
		wl_want_least(v, out, WL_NAMED(name, "read"), parent, words);
		wl_want_least(v, out, WL_NAMED(name, "written"), to, words);
	}
}

/* clang-format off */
static const struct wl_expect trace_expects[] = {
	{ "stores-arrive", "W2",
	  "copy on write: the faulting store arrives on the node of the writer or policy, to which the kernel copies the page",
	  stores_arrive },
	{ "stores-stay", "W3",
	  "the last owner's stores arrive on the page's old node, and the kernel stores less than half a copy on the writer's",
	  .wants = WL_WANTS({ "last_stores", "pages", "only on parent" },
			    { "last_written", "<= pages * (PAGE / 8) / 2", "on child" }) },
};

static const struct wl_expect expects[] = {
	{ "writer-copies", "W1", "after fork each page that the child writes gets another PFN at an unchanged address",
	  .wants = WL_WANTS({ "written", "3 * pages" }, { "copied", "3 * pages" }) },
	{ "other-keeps", "W1", "after the child's writes to pages shared by fork the parent keeps its PFNs and its values",
	  .wants = WL_WANTS({ "intact", "3 * pages" }, { "kept", "3 * pages" }) },
	{ "on-writers-node", "W2",
	  "without a policy all copy-on-write pages are on the writer's node, or on the nearest when that has no memory",
	  on_writers_node },
	{ "by-area-policy", "W2", "mbind(MPOL_BIND) of shared pages: all copy-on-write pages are on the node bound to",
	  .wants = WL_WANTS({ "area", "pages", "only on third" }) },
	{ "by-task-policy", "W2", "set_mempolicy(MPOL_BIND) of the writer: all its copy-on-write pages are on the node bound to",
	  .wants = WL_WANTS({ "task", "pages", "only on third" }) },
	{ "last-owner", "W3",
	  "the last owner of pages shared by fork writes without a copy: PFNs and node stay, also for a writer on another node",
	  .wants = WL_WANTS({ "reused", "pages" }, { "taken", "pages" }, { "last", "pages", "only on parent" }) },
	{ "huge-page", "W1 W2",
	  "of a shared 2 MiB huge page only the 4 KiB page that is written is copied, to the writer's node", huge_page },
};

static const struct wl_sabotage sabotage[] = {
	{ "shared", "The area is mapped MAP_SHARED.", "writer-copies other-keeps huge-page" },
	{ "not-last", "The parent still maps the pages when the child writes.", "last-owner" },
	{ "wrong-policy", "Policies name another node.", "by-area-policy by-task-policy" },
	{ "wrong-cpu", "The child runs on the parent's node.", "on-writers-node" },
	{ "wrong-policy", "Policies name another node.", "stores-arrive", "--trace" },
	{ "not-last", "The parent still maps the pages when the child writes.", "stores-stay", "--trace" },
};
/* clang-format on */

WORKLOAD(fork_cow) = {
	.about =
		"copy on write after fork: the copy is on the writer's node or the policy's; the last owner gets none",
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
