/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pinned pages stay where they are. A pin is no flag but a reference that migration cannot account for, so
 * folio_migrate_mapping() (mm/migrate.c) gives up with -EAGAIN after ten tries: the page is isolated, unmapped, mapped
 * again and counted in pgmigrate_fail. Therefore move_pages(2) does not report EBUSY as its manual says. It returns the
 * number of pages that stayed and writes no status at all, not even of the pages that moved
 * (move_pages_and_store_status()). mbind(2) reports nothing unless MPOL_MF_STRICT is given. mlock(2) keeps a page in
 * memory, not in its place. A hugetlb page moves as a whole and takes its place in the pools along: the target's pool grows
 * by one and the source's shrinks by one (move_hugetlb_state()), unless the target's pool has a free page to take.
 */
#include <errno.h>
#include <numaif.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/moves.h"
#include "workloads/lib/named.h"
#include "workloads/lib/pin.h"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "32", 2, MOVES_MAX, "4 KiB pages of each area" },
};

struct moving {
	struct wl *w;
	size_t pages;
	int near, far;
	uint64_t before[HUGE_PAGES], after[HUGE_PAGES]; /* PFNs */
	int status[HUGE_PAGES];
};

static void pin(struct moving *m, struct pin *p, char *at, size_t bytes)
{
	if (!wl_sabotaged(m->w, "no-pin"))
		pin_start(m->w, p, at, bytes);
}

/* Where an area is now, how many of its pages have another page frame than before, and how many have their content. */
static void report(struct moving *m, const char *name, char *at, size_t pages)
{
	wl_page_pfns(m->w, at, pages, m->after);
	wl_place(m->w, name, at, pages * PAGE);
	wl_value(m->w, WL_NAMED(name, "changed"), -1,
		 (int64_t)pages - moves_kept(m->before, m->after, pages));
	wl_value(m->w, WL_NAMED(name, "intact"), -1, moves_intact(at, pages));
}

/* move_pages(2) of all of an area's pages to `far`. */
static void move(struct moving *m, const char *name, char *at)
{
	int64_t unwritten = 0;

	wl_page_pfns(m->w, at, m->pages, m->before);
	wl_value(m->w, WL_NAMED(name, "returned"), -1, moves_to(at, m->pages, m->far, m->status));
	for (size_t i = 0; i < m->pages; i++)
		unwritten += m->status[i] == MOVES_UNWRITTEN;
	wl_value(m->w, WL_NAMED(name, "untold"), -1, unwritten);
	report(m, name, at, m->pages);
}

static void rebind(struct moving *m, const char *name, char *at, unsigned flags)
{
	struct idset far = wl_one(m->far);

	wl_page_pfns(m->w, at, m->pages, m->before);
	long r = mbind(at, m->pages * PAGE, MPOL_BIND, (unsigned long *)far.bits, IDSET_MAX + 1,
		       MPOL_MF_MOVE | flags);
	wl_value(m->w, WL_NAMED(name, "returned"), -1, r ? -errno : 0);
	report(m, name, at, m->pages);
}

static void small(struct moving *m)
{
	size_t pages = m->pages, bytes = pages * PAGE;
	char *plain = moves_area(m->w, m->near, pages), *locked = moves_area(m->w, m->near, pages);
	char *pinned = moves_area(m->w, m->near, pages), *some = moves_area(m->w, m->near, pages);
	struct pin all, half, none;

	if (wl_sabotaged(m->w, "all-pinned")) {
		pin(m, &none, plain, bytes);
		pin(m, &none, locked, bytes);
	}
	if (mlock(locked, bytes))
		wl_broken(m->w, "mlock: %s", strerror(errno));
	pin(m, &all, pinned, bytes);
	pin(m, &half, some, bytes / 2 & -PAGE);
	wl_phase(m->w, "begin");
	move(m, "plain", plain);
	wl_phase(m->w, "plain");
	move(m, "locked", locked);
	wl_phase(m->w, "locked");
	move(m, "pinned", pinned);
	wl_phase(m->w, "pinned");
	move(m, "some", some);
	rebind(m, "bound", pinned, 0);
	rebind(m, "strict", pinned, MPOL_MF_STRICT);
	if (!wl_sabotaged(m->w, "no-pin") && !wl_sabotaged(m->w, "all-pinned")) {
		pin_end(m->w, &all);
		pin_end(m->w, &half);
	}
	move(m, "released", pinned);
}

/* Moves the huge page by the address of one of its small pages; by how much each node's pool then grew. */
static void move_huge(struct moving *m, const char *name, char *at, size_t page, int to)
{
	int64_t had[WL_NODES] = { 0 };

	idset_foreach (nid, &m->w->mem_nodes) {
		had[nid] = hugepool_get(m->w, (int)nid);
	}
	wl_page_pfns(m->w, at, HUGE_PAGES, m->before);
	wl_value(m->w, WL_NAMED(name, "returned"), -1, moves_to(at + page * PAGE, 1, to, m->status));
	wl_value(m->w, WL_NAMED(name, "status"), -1, m->status[0]);
	report(m, name, at, HUGE_PAGES);
	idset_foreach (nid, &m->w->mem_nodes) {
		wl_value(m->w, WL_NAMED(name, "pool"), (int)nid, hugepool_get(m->w, (int)nid) - had[nid]);
	}
}

static void huge(struct moving *m)
{
	struct idset near = wl_one(m->near);
	struct pin p;
	char *at;

	hugepool_set(m->w, m->near, hugepool_get(m->w, m->near) + 1);
	at = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (at == MAP_FAILED)
		wl_broken(m->w, "mmap of a huge page: %s", strerror(errno));
	wl_mbind(m->w, at, HUGE, MPOL_BIND, &near, 0);
	moves_fill(at, HUGE_PAGES);
	if (wl_sabotaged(m->w, "all-pinned"))
		pin(m, &p, at, HUGE);
	move_huge(m, "huge", at, 0, m->far);
	hugepool_set(m->w, m->near, hugepool_get(m->w, m->near) + 1);
	move_huge(m, "back", at, 0, m->near);
	move_huge(m, "inside", at, 1, m->far);
	move_huge(m, "home", at, 0, m->near);
	pin(m, &p, at, HUGE);
	move_huge(m, "held", at, 0, m->far);
}

static void run(struct wl *w)
{
	struct moving m = { .w = w, .pages = ((const struct params *)w->params)->pages };

	wl_two_nodes(w, &m.near, &m.far);
	wl_value(w, "near", -1, m.near);
	wl_value(w, "far", -1, m.far);
	wl_pin_cpu(w, wl_cpu_of(w, m.near));
	small(&m);
	huge(&m);
}

/* clang-format off */
#define STAYED(name, what)                                                                        \
	{ name, "pages", WL_REPORTED, .about = what },                                            \
	{ name "_changed", "pages", WL_REPORTED, .about = "with another page frame than before, " what }, \
	{ name "_intact", "pages", WL_REPORTED, .about = "with their content, " what },           \
	{ name "_returned", "1", WL_REPORTED, .about = "what the call returned, or minus errno, " what }
#define MOVED(name, what)                                                                         \
	STAYED(name, what " after move_pages(2)"),                                                \
	{ name "_untold", "pages", WL_REPORTED, .about = "whose status move_pages(2) left unwritten, " what }
#define HUGE_MOVED(name, what)                                                                    \
	STAYED(name, what),                                                                       \
	{ name "_status", "nid", WL_REPORTED, .about = "the status that move_pages(2) wrote, " what }, \
	{ name "_pool", "huge pages", WL_REPORTED, .about = "that the node's pool grew by, " what }
#define COUNTED(name, since)                                                                      \
	{ name "_success", "pages", WL_VMSTAT, "pgmigrate_success", since, name,                  \
	  .about = "pgmigrate_success of the move of " name " memory" },                          \
	{ name "_fail", "pages", WL_VMSTAT, "pgmigrate_fail", since, name,                        \
	  .about = "pgmigrate_fail of the move of " name " memory" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the node where all memory is at first" },
	{ "far", "nid", WL_REPORTED, .about = "the node where it shall move to" },
	MOVED("plain", "of plain memory"), COUNTED("plain", "begin"),
	MOVED("locked", "of memory locked by mlock(2)"), COUNTED("locked", "plain"),
	{ "nr_mlock", "pages", WL_NODE_VMSTAT, "nr_mlock", "plain", "locked",
	  .about = "by which the node's nr_mlock rose when locked memory moved" },
	MOVED("pinned", "of pinned memory"), COUNTED("pinned", "locked"),
	MOVED("some", "of an area with a pinned first half"),
	STAYED("bound", "of pinned memory after mbind(2) with MPOL_MF_MOVE"),
	STAYED("strict", "of pinned memory after mbind(2) with MPOL_MF_MOVE and MPOL_MF_STRICT"),
	MOVED("released", "of memory that was pinned and is released"),
	HUGE_MOVED("huge", "of a hugetlb page moved to a node with an empty pool"),
	HUGE_MOVED("back", "of a hugetlb page moved to a node with a free huge page"),
	HUGE_MOVED("inside", "of a hugetlb page moved by the address of its second small page"),
	HUGE_MOVED("home", "of a hugetlb page moved back by its first address"),
	HUGE_MOVED("held", "of a pinned hugetlb page moved by its first address"),
};
/* clang-format on */

/*
 * Until "mm: migrate: remove PageHead() check for HugeTLB in add_page_for_migration()" (Linux 6.7) only the address of the
 * head page was queued. Another address left that function with the error that it had set before, the one for shared pages.
 */
static void huge_inside(const struct wl_view *v, struct wl_verdict *out)
{
	bool moves = wl_since(v, out, 6, 7);
	int far = (int)wl_get(v, out, "far", -1), near = (int)wl_get(v, out, "near", -1);

	wl_want(v, out, "inside_returned", -1, 0);
	wl_want(v, out, "inside_status", -1, moves ? far : -EACCES);
	wl_want(v, out, "inside_changed", -1, moves ? HUGE_PAGES : 0);
	wl_want(v, out, "inside_intact", -1, HUGE_PAGES);
	wl_want_only_on(v, out, "inside", moves ? far : near, HUGE_PAGES);
	if (!moves && out->outcome == OUTCOME_PASS)
		wl_documented(
			out, true, false,
			"before Linux 6.7 the huge page stays and its status is EACCES, as if others mapped it");
}

/* clang-format off */
/* The area has all its pages on the node; so many have another page frame than before, and all have their content. */
#define LIES(name, pages, node, changed) \
	{ name, pages, "only on " node }, { name "_changed", changed }, { name "_intact", pages }
#define MOVES(name) LIES(name, "pages", "far", "pages"), { name "_returned", "0" }, { name "_untold", "0" }
#define POOLS(name, grown) \
	{ name "_pool", grown, "on far" }, { name "_pool", "-" grown, "on near" }, { name "_pool", "0", "not on near, far" }

static const struct wl_expect expects[] = {
	{ "plain-moves", "C8",
	  "move_pages(2) moves every page of plain memory to the target node and counts it in pgmigrate_success",
	  .wants = WL_WANTS(MOVES("plain"), { "plain_success", "pages" }, { "plain_fail", "0" }) },
	{ "locked-moves", "C8",
	  "move_pages(2) moves every page that mlock(2) has locked, and nr_mlock moves from node to node with the pages",
	  .wants = WL_WANTS(MOVES("locked"), { "locked_success", "pages" }, { "locked_fail", "0" },
			    { "nr_mlock", "pages", "on far" }, { "nr_mlock", "-pages", "on near" },
			    { "nr_mlock", "0", "not on near, far" }) },
	{ "pinned-stays", "C8",
	  "move_pages(2) of pinned memory: each page keeps its page frame and is counted in pgmigrate_fail",
	  .wants = WL_WANTS(LIES("pinned", "pages", "near", "0"), { "pinned_success", "0" }, { "pinned_fail", "pages" }) },
	{ "count-returned", "C8",
	  "move_pages(2) returns the number of pages that stayed: of an area with a pinned half, as many as are pinned",
	  .wants = WL_WANTS({ "pinned_returned", "pages" }, { "some_returned", "pages / 2" },
			    { "some_changed", "pages - pages / 2" }, { "some_intact", "pages" },
			    { "some", "pages / 2", "on near" }, { "some", "pages - pages / 2", "on far" },
			    { "some", "0", "not on near, far" }) },
	{ "status-told", "C8",
	  "move_pages(2) writes the status of every page, also when some of the pages are pinned and stay",
	  .documented = WL_WANTS({ "pinned_untold", "pages" }, { "some_untold", "pages" }),
	  .wished = WL_WANTS({ "pinned_untold", "0" }, { "some_untold", "0" }),
	  .why = "when a page stays, move_pages(2) writes the status of no page, instead of EBUSY for that one" },
	{ "bound-moves", "C8",
	  "mbind(2) with MPOL_MF_MOVE of pinned memory moves every page or fails",
	  .documented = WL_WANTS(LIES("bound", "pages", "near", "0"), { "bound_returned", "0" }),
	  .wished = WL_WANTS(LIES("bound", "pages", "far", "pages"), { "bound_returned", "0" }),
	  .why = "mbind(2) with MPOL_MF_MOVE returns 0 though no page could be moved" },
	{ "strict-tells", "C8",
	  "mbind(2) with MPOL_MF_MOVE and MPOL_MF_STRICT of pinned memory fails with EIO, and every page stays",
	  .wants = WL_WANTS(LIES("strict", "pages", "near", "0"), { "strict_returned", "-EIO" }) },
	{ "released-moves", "C8",
	  "move_pages(2) moves every page of memory that was pinned before and is released",
	  .wants = WL_WANTS(MOVES("released")) },
	{ "huge-moves", "C8",
	  "move_pages(2) moves a hugetlb page as a whole to the target node, and back again",
	  .wants = WL_WANTS(LIES("huge", "512", "far", "512"), { "huge_returned", "0" }, { "huge_status", "far" },
			    LIES("back", "512", "near", "512")) },
	{ "pools-follow", "C8",
	  "a hugetlb page that moves grows the target's pool by one and shrinks the source's, unless the target has one free",
	  .wants = WL_WANTS(POOLS("huge", "1"), { "back_pool", "0", "each node" }) },
	{ "huge-inside", "C8",
	  "move_pages(2) moves a hugetlb page also by the address of its second small page",
	  huge_inside },
	{ "huge-pinned-stays", "C8",
	  "move_pages(2) of a pinned hugetlb page returns 1, and the page and both nodes' pools stay as they are",
	  .wants = WL_WANTS(LIES("held", "512", "near", "0"), { "held_pool", "0", "each node" }, { "held_returned", "1" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "no-pin", "Nothing is pinned.",
	  "pinned-stays count-returned status-told bound-moves strict-tells released-moves huge-pinned-stays" },
	{ "all-pinned", "Every area is pinned, and stays so.",
	  "plain-moves locked-moves released-moves huge-moves pools-follow huge-inside" },
};

WORKLOAD(pinned) = {
	.about = "memory locked by mlock(2) and hugetlb pages move to another node; pinned pages stay",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 32, .kernel = "5.18", .config = "CONFIG_IO_URING" },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
/* clang-format on */
