/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which memory automatic NUMA balancing never moves, beside memory that it does move: a process has small areas of many
 * kinds on one node, goes to a CPU of another node and uses them all while it is scanned.
 *
 * task_numa_work() skips mappings whose policy is not for balancing (vma_policy_mof: any policy that was set without
 * MPOL_F_NUMA_BALANCING, even MPOL_LOCAL), hugetlb, and files mapped without write permission. In the rest
 * change_pte_range() skips KSM pages, dirty page cache and pages shared copy on write. A policy with
 * MPOL_F_NUMA_BALANCING is balanced within its nodes (mpol_misplaced). A page that only one thread uses moves at its
 * first hint fault, early in the thread's life (should_numa_migrate_memory): the schedule delays it at most up to the
 * deadline. Shared memory: "mm: mempolicy: fix automatic numa balancing for shmem" is in 6.12.109 and not in 6.1.192.
 */
#include "workloads/lib/balance.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/kinds.h"

#define FORKED KINDS /* private and anonymous, mapped by the parent, too */

struct params {
	uint64_t scans, deadline_ms;
};

static const struct wl_param params[] = {
	{ "scans", WL_U64, offsetof(struct params, scans), "8", 1, 1000,
	  "passes of the scanner after the plain anonymous area has moved" },
	{ "deadline_ms", WL_U64, offsetof(struct params, deadline_ms), "10000", 1, 600000,
	  "virtual ms after which the plain area's move and the passes are given up" },
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
		(void)*(volatile char *)(f->area[FORKED] + i * PAGE);
}

/* Uses all areas until the scanner has passed over them so often; returns the number of passes. */
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
	/* drains the CPUs' batches of pages for the LRU lists, from which nothing can be moved */
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
}

/* clang-format off */
#define AREA(name, what) { name, "pages", WL_REPORTED, .about = what }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory, where all pages are at first" },
	{ "far", "nid", WL_REPORTED, .about = "the node with CPUs and memory farthest from `near`, from which the pages are used" },
	{ "scans", "1", WL_REPORTED, .about = "passes of the scanner after the plain anonymous area had moved" },
	AREA("plain", "pages of anonymous memory, by node"),
	AREA("locked", "pages of anonymous memory locked by mlock(2), by node"),
	AREA("copied", "private copies of a file's pages, by node"),
	AREA("clean", "pages of the page cache mapped writable and clean, by node"),
	AREA("dirty", "pages of the page cache that have been written, by node"),
	AREA("text", "pages of the page cache mapped executable by two processes, by node"),
	AREA("shared", "pages of shared anonymous memory of two processes, by node"),
	AREA("bound", "pages with MPOL_BIND to `near`, by node"),
	AREA("preferred", "pages with MPOL_PREFERRED `near`, by node"),
	AREA("local", "pages with MPOL_LOCAL set by mbind(2), by node"),
	AREA("within", "pages with MPOL_BIND | MPOL_F_NUMA_BALANCING to `near` and `far`, by node"),
	AREA("outside", "pages with MPOL_BIND | MPOL_F_NUMA_BALANCING to `near`, by node"),
	AREA("merged", "mappings of one KSM page, by node"),
	AREA("hugetlb", "hugetlb pages of 2 MiB, by node"),
	AREA("forked", "pages shared copy on write with the parent, by node"),
};
/* clang-format on */

/*
 * vma_policy_mof() took a mapping whose file can have a policy, and has none, for one with a policy, so that shared memory was
 * never scanned.
 */
static void shared_moves(const struct wl_view *v, struct wl_verdict *out)
{
	const struct params *p = v->params;
	struct wl_verdict stays = { 0 }, moves = { 0 };
	int near = wl_nid(v, out, "near", -1), far = wl_nid(v, out, "far", -1);

	wl_want_only_on(v, &stays, "plain", far, KIND_PAGES);
	wl_want_least(v, &stays, "scans", -1, (int64_t)p->scans);
	wl_want_only_on(v, &stays, "shared", near, KIND_PAGES);
	wl_want_only_on(v, &moves, "shared", far, KIND_PAGES);
	if (wl_since_fix(v, out, 6, 12, 109) || moves.outcome == OUTCOME_BROKEN)
		*out = moves;
	else
		wl_documented(out, stays.outcome == OUTCOME_PASS, moves.outcome == OUTCOME_PASS,
			      "shared memory without a policy is never scanned: it stays, fixed in 6.12.109");
}

/* clang-format off */
#define MOVED(kind) { kind, "16", "only on far" }
/* Staying says something only where the memory could have moved: the plain area has, and the scanner went on. */
#define STAYED(...) WL_WANTS({ "plain", "16", "only on far" }, { "scans", ">= scans" }, __VA_ARGS__)
#define AT_HOME(kind) { kind, "16", "only on near" }

static const struct wl_expect expects[] = {
	{ "plain-moves", "B6", "balancing moves anonymous memory without a policy to the node of the thread that uses it, all 16 pages",
	  .wants = WL_WANTS(MOVED("plain")) },
	{ "bound-stays", "B6",
	  "MPOL_BIND, MPOL_PREFERRED, or MPOL_BIND | MPOL_F_NUMA_BALANCING without the user's node: balancing moves "
	  "none of the pages",
	  .wants = STAYED(AT_HOME("bound"), AT_HOME("preferred"), AT_HOME("outside")) },
	{ "local-stays", "B6",
	  "MPOL_LOCAL set by mbind(2): balancing moves none of the pages, unlike pages with the default policy, which "
	  "places alike",
	  .wants = STAYED(AT_HOME("local")) },
	{ "merged-stays", "B6", "balancing leaves a KSM page (16 mappings) on its node, while it moves anonymous pages of the same process",
	  .wants = STAYED(AT_HOME("merged")) },
	{ "text-stays", "B6", "balancing leaves executable file pages that two processes map on their node, while it moves anonymous pages",
	  .wants = STAYED(AT_HOME("text")) },
	{ "hugetlb-stays", "B6", "balancing leaves a hugetlb page of 2 MiB on its node, while it moves anonymous pages of the same process",
	  .wants = STAYED({ "hugetlb", "1", "only on near" }) },
	{ "dirty-stays", "B6", "balancing leaves written page cache that is mapped writable on its node, while it moves anonymous pages",
	  .wants = STAYED(AT_HOME("dirty")) },
	{ "forked-stays", "B6", "balancing leaves pages shared copy on write with the parent on their node, while it moves other anonymous pages",
	  .wants = STAYED(AT_HOME("forked")) },
	{ "locked-moves", "B6", "balancing moves pages locked by mlock(2) to the node of the thread that uses them, all 16",
	  .wants = WL_WANTS(MOVED("locked")) },
	{ "file-moves", "B6",
	  "balancing moves clean page cache mapped writable, and private copies of file pages, to the thread that uses them",
	  .wants = WL_WANTS(MOVED("copied"), MOVED("clean")) },
	{ "moves-within", "B2",
	  "MPOL_BIND | MPOL_F_NUMA_BALANCING: balancing moves pages to their user's node, which is in the mask",
	  .wants = WL_WANTS(MOVED("within")) },
	{ "shared-moves", "B6",
	  "balancing moves shared anonymous memory to the node of the thread that uses it, like private memory (since 6.12.109)",
	  shared_moves },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "ordinary", "Each area that should stay is plain anonymous memory.",
	  "bound-stays local-stays merged-stays text-stays hugetlb-stays dirty-stays forked-stays" },
	{ "stay", "The process stays on the node of its memory.",
	  "plain-moves locked-moves file-moves moves-within shared-moves", .params = "deadline_ms=2000" },
};

/*
 * A mask without the user's node has hint faults
 * that are not local and move nothing, which doubles the period each time, up to its maximum.
 */
WORKLOAD(balance_never) = {
	.about = "which kinds of memory automatic NUMA balancing never moves, and which it does",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 16 },
	.knobs = BALANCE_SOON "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
