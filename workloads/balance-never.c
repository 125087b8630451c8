/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What automatic NUMA balancing never touches, beside what it does move: a process has small areas of many kinds on
 * one node, goes to a CPU of another and uses them all while it is scanned.
 *
 * task_numa_work() skips mappings whose policy is not for balancing (vma_policy_mof: any that was set without
 * MPOL_F_NUMA_BALANCING, even MPOL_LOCAL), hugetlb, and files mapped without write permission. In the rest
 * change_pte_range() skips KSM pages, dirty page cache and what is shared copy on write. A policy with
 * MPOL_F_NUMA_BALANCING is balanced within its nodes (mpol_misplaced). What is used from one thread moves at its
 * first fault, early in the thread's life (should_numa_migrate_memory): no schedule keeps it back, only the deadline.
 * Shared memory: "mm: mempolicy: fix automatic numa balancing for shmem" is in 6.12.109 and not in 6.1.192.
 */
#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/kinds.h"

#define FORKED KINDS /* private and anonymous, and the parent has it, too */

struct params {
	uint64_t scans, deadline_ms;
};

static const struct wl_param params[] = {
	{ "scans", WL_U64, offsetof(struct params, scans), "8", 1, 1000,
	  "passes of the scanner after the plain area has moved" },
	{ "deadline_ms", WL_U64, offsetof(struct params, deadline_ms), "10000", 1, 600000, "for both" },
};

struct family {
	int near, far;
	char *area[KINDS + 1];
};

static bool moves(enum kind k)
{
	return k < KIND_DIRTY || k == KIND_WITHIN || k == KIND_SHARED;
}

static enum kind kind_of(const struct wl *w, enum kind k)
{
	return k == FORKED || (wl_sabotaged(w, "ordinary") && !moves(k)) ? KIND_PLAIN : k;
}

static void use_all(const struct wl *w, const struct family *f)
{
	for (enum kind k = 0; k < KINDS; k++)
		kinds_use(kind_of(w, k), f->area[k]);
	for (size_t i = 0; i < KIND_PAGES; i++) /* a write would make copies */
		(void)*(volatile char *)(f->area[FORKED] + i * 4096);
}

/* Uses all memory until the scanner has passed over it so often; the passes there were. */
static int64_t pass(struct wl *w, const struct family *f, int64_t passes, uint64_t until)
{
	int64_t first = balance_sched(w, "mm->numa_scan_seq"), seq = first;

	while (seq - first < passes && wl_now() < until) {
		use_all(w, f);
		balance_spin(32);
		seq = balance_sched(w, "mm->numa_scan_seq");
	}
	return seq - first;
}

static void scanned(struct wl *w, const void *arg)
{
	const struct params *p = w->params;
	struct family f = *(const struct family *)arg;
	uint64_t until = wl_now() + p->deadline_ms * 1000000, count[WL_NODES] = { 0 };

	for (enum kind k = 0; k <= FORKED; k++)
		if (!f.area[k])
			f.area[k] = kinds_map(w, kind_of(w, k), f.near, f.far);
	use_all(w, &f);
	/* empties the CPUs' lists of pages on their way to the LRU, from which nothing can be moved */
	wl_gather(w, f.near);
	if (!wl_sabotaged(w, "stay"))
		wl_pin_node(w, f.far);
	do {
		pass(w, &f, 1, until);
		wl_count_mapping(w, f.area[KIND_PLAIN], count);
	} while (count[f.far] < KIND_PAGES && wl_now() < until);
	wl_value(w, "scans", -1, pass(w, &f, (int64_t)p->scans, until));
	for (enum kind k = 0; k < KINDS; k++)
		balance_place(w, kinds_name(k), f.area[k]);
	balance_place(w, "forked", f.area[FORKED]);
}

static void run(struct wl *w)
{
	struct family f = { 0 };

	wl_two_nodes(w, &f.near, &f.far);
	wl_value(w, "near", -1, f.near);
	wl_value(w, "far", -1, f.far);
	wl_pin_node(w, f.near);
	f.area[KIND_SHARED] = kinds_map(w, KIND_SHARED, f.near, f.far);
	if (!wl_sabotaged(w, "ordinary")) {
		f.area[KIND_TEXT] = kinds_map(w, KIND_TEXT, f.near, f.far);
		f.area[FORKED] = kinds_map(w, KIND_PLAIN, f.near, f.far);
	}
	wl_apart(w, scanned, &f);
	if (!wl_sabotaged(w, "ordinary"))
		kinds_end(w, f.near);
}

/* clang-format off */
#define AREA(name, what) { name, "pages", WL_REPORTED, .about = what }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: where all pages are at first" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it: where they are used from" },
	{ "scans", "1", WL_REPORTED, .about = "passes of the scanner after the plain area had moved" },
	AREA("plain", "anonymous memory"), AREA("locked", "locked by mlock(2)"),
	AREA("copied", "private copies of a file's pages"), AREA("clean", "page cache, writable and clean"),
	AREA("dirty", "page cache, written"), AREA("text", "page cache, executable, mapped by two processes"),
	AREA("shared", "shared anonymous memory of two processes"), AREA("bound", "MPOL_BIND to `near`"),
	AREA("preferred", "MPOL_PREFERRED `near`"), AREA("local", "MPOL_LOCAL, set by mbind(2)"),
	AREA("within", "MPOL_BIND to both nodes, with MPOL_F_NUMA_BALANCING"),
	AREA("outside", "the same to `near` only"), AREA("merged", "one page of KSM's, mapped so often"),
	AREA("hugetlb", "a huge page"), AREA("forked", "shared with the parent, copy on write"),
};
/* clang-format on */

static void want(const struct wl_view *v, struct wl_verdict *out, enum kind kind, const char *node)
{
	const char *name = kind == FORKED ? "forked" : kinds_name(kind);
	int64_t pages = kind == FORKED ? KIND_PAGES : kinds_pages(kind);

	wl_want_only_on(v, out, name, (int)wl_get(v, out, node, -1), pages);
}

static void moved(const struct wl_view *v, struct wl_verdict *out, const enum kind *kinds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		want(v, out, kinds[i], "far");
}

/* Which says something only where it could have moved: the plain area has, and the scanner went on. */
static void stayed(const struct wl_view *v, struct wl_verdict *out, const enum kind *kinds, size_t n)
{
	const struct params *p = v->params;

	want(v, out, KIND_PLAIN, "far");
	wl_want_least(v, out, "scans", -1, (int64_t)p->scans);
	for (size_t i = 0; i < n; i++)
		want(v, out, kinds[i], "near");
}

#define JUDGE(name, how, ...)                                             \
	static void name(const struct wl_view *v, struct wl_verdict *out) \
	{                                                                 \
		static const enum kind kinds[] = { __VA_ARGS__ };         \
		how(v, out, kinds, sizeof(kinds) / sizeof(kinds[0]));     \
	}

JUDGE(plain_moves, moved, KIND_PLAIN)
JUDGE(locked_moves, moved, KIND_LOCKED)
JUDGE(file_moves, moved, KIND_COPIED, KIND_CLEAN)
JUDGE(moves_within, moved, KIND_WITHIN)
JUDGE(bound_stays, stayed, KIND_BOUND, KIND_PREFERRED, KIND_OUTSIDE)
JUDGE(local_stays, stayed, KIND_LOCAL)
JUDGE(merged_stays, stayed, KIND_MERGED)
JUDGE(text_stays, stayed, KIND_TEXT)
JUDGE(hugetlb_stays, stayed, KIND_HUGETLB)
JUDGE(dirty_stays, stayed, KIND_DIRTY)
JUDGE(forked_stays, stayed, FORKED)
JUDGE(shared_moved, moved, KIND_SHARED)
JUDGE(shared_stayed, stayed, KIND_SHARED)

/* vma_policy_mof() took a mapping whose file can have a policy, and has none, for one with a policy, see above. */
static void shared_moves(const struct wl_view *v, struct wl_verdict *out)
{
	struct wl_verdict near = { 0 }, far = { 0 };

	shared_stayed(v, &near);
	shared_moved(v, &far);
	if (wl_since_fix(v, out, 6, 12, 109) || far.outcome == OUTCOME_BROKEN)
		*out = far;
	else
		wl_documented(out, near.outcome == OUTCOME_PASS, far.outcome == OUTCOME_PASS,
			      "shared memory without a policy is never scanned: it stays, fixed in 6.12.109");
}

static const struct wl_expect expects[] = {
	{ "plain-moves", "B6",
	  "memory of the same process that nothing keeps back moves to its user, all of it", plain_moves },
	{ "bound-stays", "B6",
	  "memory with a policy stays, bound, preferred, or balanced within a mask without the user's node",
	  bound_stays },
	{ "local-stays", "B6", "so does memory with MPOL_LOCAL set, which is otherwise what the default does",
	  local_stays },
	{ "merged-stays", "B6", "a page of KSM's stays", merged_stays },
	{ "text-stays", "B6", "text that two processes map stays", text_stays },
	{ "hugetlb-stays", "B6", "a page of hugetlb stays", hugetlb_stays },
	{ "dirty-stays", "B6", "page cache that has been written stays, mapped for writing or not",
	  dirty_stays },
	{ "forked-stays", "B6", "memory shared with the parent, copy on write, stays", forked_stays },
	{ "locked-moves", "B6", "mlock(2) is no protection: locked pages move", locked_moves },
	{ "file-moves", "B6", "clean page cache mapped for writing moves, and so do private copies of it",
	  file_moves },
	{ "moves-within", "B2",
	  "MPOL_BIND | MPOL_F_NUMA_BALANCING: memory moves to its user's node, which is in the mask",
	  moves_within },
	{ "shared-moves", "B6", "shared anonymous memory moves like private", shared_moves },
};

/*
 * Scans come by run time: the first after 20 ms, each of all memory. A mask without the user's node has faults that
 * neither are local nor move anything, which doubles the period each time, to its maximum.
 */
static const struct wl_sabotage sabotage[] = {
	{ .name = "ordinary",
	  .breaks = "What should stay is plain memory.",
	  .fails = "bound-stays local-stays merged-stays text-stays hugetlb-stays dirty-stays forked-stays" },
	{ .name = "stay",
	  .breaks = "The process stays where its memory is.",
	  .fails = "plain-moves locked-moves file-moves moves-within shared-moves",
	  .params = "deadline_ms=2000" },
};

WORKLOAD(balance_never) = {
	.about = "what automatic NUMA balancing never touches, beside what it moves",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 16 },
	.knobs = "balancing.mode=1 balancing.scan_delay_ms=20 balancing.scan_period_min_ms=20 "
		 "balancing.scan_period_max_ms=40 balancing.scan_size_mb=16 thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
