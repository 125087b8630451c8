/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages migration has to leave where they are: pinned ones. A pin is a reference that migration can't account
 * for (folio_migrate_mapping in mm/migrate.c: -EAGAIN, given up after ten tries), not a flag: such a page is isolated,
 * unmapped, mapped again, and counted in pgmigrate_fail. So move_pages(2) does not say EBUSY for it, as its manual
 * has it, but returns how many pages stayed, and has then written no status at all, not of those that moved either
 * (move_pages_and_store_status). mbind(2) says nothing but with MPOL_MF_STRICT. mlock(2) keeps a page in memory, not
 * in its place. A huge page of hugetlb moves as one, and takes its place in the pools along: the target's
 * grows, its own shrinks (move_hugetlb_state), unless the target has a free one, which it then takes.
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

struct act {
	struct wl *w;
	const struct params *p;
	int near, far;
	uint64_t before[HUGE_PAGES], after[HUGE_PAGES]; /* PFNs */
	int status[HUGE_PAGES];
};

static void pin(struct act *a, struct pin *p, char *at, size_t bytes)
{
	if (!wl_sabotaged(a->w, "no-pin"))
		pin_start(a->w, p, at, bytes);
}

static void unpin(struct act *a, struct pin *p)
{
	if (!wl_sabotaged(a->w, "no-pin") && !wl_sabotaged(a->w, "all-pinned"))
		pin_end(a->w, p);
}

/* Where an area is now, how many of its pages have another PFN than before, and how many their content. */
static void report(struct act *a, const char *name, char *at, size_t pages)
{
	int64_t changed = 0;

	wl_page_pfns(a->w, at, pages, a->after);
	for (size_t i = 0; i < pages; i++)
		changed += a->before[i] != a->after[i];
	wl_place(a->w, name, at, pages * PAGE);
	wl_value(a->w, WL_NAMED(name, "changed"), -1, changed);
	wl_value(a->w, WL_NAMED(name, "intact"), -1, moves_intact(at, pages));
}

/* move_pages(2) of the first n of an area's pages to `nid`. */
static void move(struct act *a, const char *name, char *at, size_t n, size_t pages, int nid)
{
	int64_t untold = 0;

	wl_page_pfns(a->w, at, pages, a->before);
	wl_value(a->w, WL_NAMED(name, "returned"), -1, moves_to(at, n, nid, a->status));
	for (size_t i = 0; i < n; i++)
		untold += a->status[i] == MOVES_UNTOLD;
	wl_value(a->w, WL_NAMED(name, "untold"), -1, untold);
	report(a, name, at, pages);
}

static void rebind(struct act *a, const char *name, char *at, unsigned flags)
{
	struct idset far = wl_one(a->far);
	size_t bytes = a->p->pages * PAGE;
	long r;

	wl_page_pfns(a->w, at, a->p->pages, a->before);
	r = mbind(at, bytes, MPOL_BIND, (unsigned long *)far.bits, IDSET_MAX + 1, MPOL_MF_MOVE | flags);
	wl_value(a->w, WL_NAMED(name, "returned"), -1, r ? -errno : 0);
	report(a, name, at, a->p->pages);
}

static void small(struct act *a)
{
	size_t pages = a->p->pages, bytes = pages * PAGE;
	char *plain = moves_area(a->w, a->near, pages), *locked = moves_area(a->w, a->near, pages);
	char *pinned = moves_area(a->w, a->near, pages), *some = moves_area(a->w, a->near, pages);
	struct pin all, half, none;

	if (wl_sabotaged(a->w, "all-pinned")) {
		pin(a, &none, plain, bytes);
		pin(a, &none, locked, bytes);
	}
	if (mlock(locked, bytes))
		wl_broken(a->w, "mlock: %s", strerror(errno));
	pin(a, &all, pinned, bytes);
	pin(a, &half, some, bytes / 2 & -PAGE);
	wl_phase(a->w, "begin");
	move(a, "plain", plain, pages, pages, a->far);
	wl_phase(a->w, "plain");
	move(a, "locked", locked, pages, pages, a->far);
	wl_phase(a->w, "locked");
	move(a, "pinned", pinned, pages, pages, a->far);
	wl_phase(a->w, "pinned");
	move(a, "some", some, pages, pages, a->far);
	rebind(a, "bound", pinned, 0);
	rebind(a, "strict", pinned, MPOL_MF_STRICT);
	unpin(a, &all);
	unpin(a, &half);
	move(a, "released", pinned, pages, pages, a->far);
	wl_unmap(plain, bytes);
	wl_unmap(locked, bytes);
	wl_unmap(pinned, bytes);
	wl_unmap(some, bytes);
}

static void pools(struct act *a, int64_t pool[WL_NODES])
{
	idset_foreach (nid, &a->w->mem_nodes) {
		pool[nid] = hugepool_get(a->w, (int)nid);
	}
}

/* Moves the huge page by the address of one of its small pages; by how much each node's pool then grew. */
static void move_huge(struct act *a, const char *name, char *at, size_t page, int to)
{
	int64_t had[WL_NODES], has[WL_NODES];

	pools(a, had);
	wl_page_pfns(a->w, at, HUGE_PAGES, a->before);
	wl_value(a->w, WL_NAMED(name, "returned"), -1, moves_to(at + page * PAGE, 1, to, a->status));
	wl_value(a->w, WL_NAMED(name, "status"), -1, a->status[0]);
	report(a, name, at, HUGE_PAGES);
	pools(a, has);
	idset_foreach (nid, &a->w->mem_nodes) {
		wl_value(a->w, WL_NAMED(name, "pool"), (int)nid, has[nid] - had[nid]);
	}
}

static void huge(struct act *a)
{
	int64_t found[WL_NODES];
	struct idset near = wl_one(a->near);
	struct pin p, q;
	char *at;

	pools(a, found);
	hugepool_set(a->w, a->near, found[a->near] + 1);
	at = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	if (at == MAP_FAILED)
		wl_broken(a->w, "mmap of a huge page: %s", strerror(errno));
	wl_mbind(a->w, at, HUGE, MPOL_BIND, &near, 0);
	moves_fill(at, HUGE_PAGES);
	if (wl_sabotaged(a->w, "all-pinned"))
		pin(a, &q, at, HUGE);
	move_huge(a, "huge", at, 0, a->far);
	hugepool_set(a->w, a->near, hugepool_get(a->w, a->near) + 1);
	move_huge(a, "back", at, 0, a->near);
	move_huge(a, "inside", at, 1, a->far);
	move_huge(a, "home", at, 0, a->near);
	pin(a, &p, at, HUGE);
	move_huge(a, "held", at, 0, a->far);
	if (!wl_sabotaged(a->w, "no-pin"))
		pin_end(a->w, &p);
	if (wl_sabotaged(a->w, "all-pinned"))
		pin_end(a->w, &q);
	munmap(at, HUGE);
	hugepool_set(a->w, a->near, found[a->near]);
	hugepool_set(a->w, a->far, found[a->far]);
}

static void run(struct wl *w)
{
	struct act a = { .w = w, .p = w->params };

	wl_two_nodes(w, &a.near, &a.far);
	wl_value(w, "near", -1, a.near);
	wl_value(w, "far", -1, a.far);
	wl_pin_cpu(w, wl_cpu_of(w, a.near));
	small(&a);
	huge(&a);
}

/* clang-format off */
#define STAYED(name, what)                                                                        \
	{ name, "pages", WL_REPORTED, .about = what },                                            \
	{ name "_changed", "pages", WL_REPORTED, .about = "of them with another page frame" },    \
	{ name "_intact", "pages", WL_REPORTED, .about = "of them with their content" },          \
	{ name "_returned", "1", WL_REPORTED, .about = "what the call returned, or minus errno" }
#define MOVED(name, what)                                                                         \
	STAYED(name, what),                                                                       \
	{ name "_untold", "pages", WL_REPORTED, .about = "whose status was left unwritten" }
#define HUGE_MOVED(name, what)                                                                    \
	STAYED(name, what),                                                                       \
	{ name "_status", "nid", WL_REPORTED, .about = "what the call said of the page" },        \
	{ name "_pool", "huge pages", WL_REPORTED, .about = "that the node's pool grew by" }
#define COUNTED(name, since)                                                                      \
	{ name "_success", "pages", WL_VMSTAT, "pgmigrate_success", since, name, .about = "pgmigrate_success" }, \
	{ name "_fail", "pages", WL_VMSTAT, "pgmigrate_fail", since, name, .about = "pgmigrate_fail" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "where all memory is at first" },
	{ "far", "nid", WL_REPORTED, .about = "where it should go" },
	MOVED("plain", "of plain memory, behind move_pages(2)"),
	COUNTED("plain", "begin"),
	MOVED("locked", "of memory locked by mlock(2), behind move_pages(2)"),
	COUNTED("locked", "plain"),
	{ "nr_mlock", "pages", WL_NODE_VMSTAT, "nr_mlock", "plain", "locked",
	  .about = "that the node has more of behind that" },
	MOVED("pinned", "of pinned memory, behind move_pages(2)"),
	COUNTED("pinned", "locked"),
	MOVED("some", "of an area whose first half is pinned, behind move_pages(2)"),
	STAYED("bound", "of pinned memory, behind mbind(2) with MPOL_MF_MOVE"),
	STAYED("strict", "... with MPOL_MF_STRICT as well"),
	MOVED("released", "of the same memory, once it is pinned no more, behind move_pages(2)"),
	HUGE_MOVED("huge", "of a huge page, the target's pool being empty"),
	HUGE_MOVED("back", "of it, moved back to where a huge page is free"),
	HUGE_MOVED("inside", "of it, moved by the address of its second small page"),
	HUGE_MOVED("home", "of it, moved home by its first address"),
	HUGE_MOVED("held", "of it, pinned, moved by its first address"),
};
/* clang-format on */

static int64_t pages_of(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

/* All of an area's pages lie on the node; so many of them have changed their frame, and all have their content. */
static void want(const struct wl_view *v, struct wl_verdict *out, const char *name, int64_t pages,
		 const char *node, int64_t changed)
{
	wl_want_only_on(v, out, name, (int)wl_get(v, out, node, -1), pages);
	wl_want(v, out, WL_NAMED(name, "changed"), -1, changed);
	wl_want(v, out, WL_NAMED(name, "intact"), -1, pages);
}

static void want_moved(const struct wl_view *v, struct wl_verdict *out, const char *name)
{
	want(v, out, name, pages_of(v), "far", pages_of(v));
	wl_want(v, out, WL_NAMED(name, "returned"), -1, 0);
	wl_want(v, out, WL_NAMED(name, "untold"), -1, 0);
}

static void plain_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_moved(v, out, "plain");
	wl_want(v, out, "plain_success", -1, pages_of(v));
	wl_want(v, out, "plain_fail", -1, 0);
}

static void locked_moves(const struct wl_view *v, struct wl_verdict *out)
{
	int near = (int)wl_get(v, out, "near", -1), far = (int)wl_get(v, out, "far", -1);

	want_moved(v, out, "locked");
	wl_want(v, out, "locked_success", -1, pages_of(v));
	wl_want(v, out, "locked_fail", -1, 0);
	idset_foreach (nid, &v->mem_nodes) {
		int sign = (int)nid == near ? -1 : (int)nid == far;

		wl_want(v, out, "nr_mlock", (int)nid, sign * pages_of(v));
	}
}

static void pinned_stays(const struct wl_view *v, struct wl_verdict *out)
{
	want(v, out, "pinned", pages_of(v), "near", 0);
	wl_want(v, out, "pinned_success", -1, 0);
	wl_want(v, out, "pinned_fail", -1, pages_of(v));
}

static void count_returned(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t stay = pages_of(v) / 2, go = pages_of(v) - stay;
	int near = (int)wl_get(v, out, "near", -1), far = (int)wl_get(v, out, "far", -1);

	wl_want(v, out, "pinned_returned", -1, pages_of(v));
	wl_want(v, out, "some_returned", -1, stay);
	wl_want(v, out, "some_changed", -1, go);
	wl_want(v, out, "some_intact", -1, pages_of(v));
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "some", (int)nid, (int)nid == near ? stay : (int)nid == far ? go : 0);
	}
}

static void status_untold(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t untold = wl_get(v, out, "pinned_untold", -1), some = wl_get(v, out, "some_untold", -1);

	if (out->outcome == OUTCOME_BROKEN)
		return;
	wl_documented(out, untold == pages_of(v) && some == pages_of(v), untold == 0 && some == 0,
		      "when a page stays, move_pages(2) writes the status of none, rather than EBUSY");
}

static void bound_silent(const struct wl_view *v, struct wl_verdict *out)
{
	want(v, out, "bound", pages_of(v), "near", 0);
	wl_want(v, out, "bound_returned", -1, 0);
	if (out->outcome == OUTCOME_PASS)
		wl_documented(out, true, false,
			      "mbind(2) with MPOL_MF_MOVE says 0 though no page could be moved");
}

static void strict_tells(const struct wl_view *v, struct wl_verdict *out)
{
	want(v, out, "strict", pages_of(v), "near", 0);
	wl_want(v, out, "strict_returned", -1, -EIO);
}

static void released_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_moved(v, out, "released");
}

static void want_pool(const struct wl_view *v, struct wl_verdict *out, const char *metric, int64_t far)
{
	int from = (int)wl_get(v, out, "near", -1), to = (int)wl_get(v, out, "far", -1);

	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, metric, (int)nid, (int)nid == from ? -far : (int)nid == to ? far : 0);
	}
}

static void huge_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want(v, out, "huge", HUGE_PAGES, "far", HUGE_PAGES);
	wl_want(v, out, "huge_returned", -1, 0);
	wl_want(v, out, "huge_status", -1, wl_get(v, out, "far", -1));
	want(v, out, "back", HUGE_PAGES, "near", HUGE_PAGES);
}

static void pools_follow(const struct wl_view *v, struct wl_verdict *out)
{
	want_pool(v, out, "huge_pool", 1);
	want_pool(v, out, "back_pool", 0);
}

static void huge_pinned_stays(const struct wl_view *v, struct wl_verdict *out)
{
	want(v, out, "held", HUGE_PAGES, "near", 0);
	want_pool(v, out, "held_pool", 0);
	wl_want(v, out, "held_returned", -1, 1);
}

/*
 * Until "mm: migrate: remove PageHead() check for HugeTLB in add_page_for_migration()", Linux 6.7, only the head was
 * queued; others left that function with the error it had set for the test before, that for shared pages.
 */
static void huge_from_inside(const struct wl_view *v, struct wl_verdict *out)
{
	bool any = wl_since(v, out, 6, 7);

	wl_want(v, out, "inside_returned", -1, 0);
	wl_want(v, out, "inside_status", -1, any ? wl_get(v, out, "far", -1) : -EACCES);
	want(v, out, "inside", HUGE_PAGES, any ? "far" : "near", any ? HUGE_PAGES : 0);
	if (!any && out->outcome == OUTCOME_PASS)
		wl_documented(out, true, false,
			      "before 6.7 it stays with EACCES, as if others mapped it, too");
}

static const struct wl_expect expects[] = {
	{ "plain-moves", "C8", "plain memory moves, and each page is counted in pgmigrate_success",
	  plain_moves },
	{ "locked-moves", "C8", "memory locked by mlock(2) moves as well, and is locked there",
	  locked_moves },
	{ "pinned-stays", "C8",
	  "pinned memory does not: each page keeps its frame, and is counted in pgmigrate_fail",
	  pinned_stays },
	{ "count-returned", "C8", "move_pages(2) returns how many pages stayed: those that are pinned",
	  count_returned },
	{ "status-told", "C8", "it says in each page's status what became of it", status_untold },
	{ "bound-moves", "C8", "mbind(2) with MPOL_MF_MOVE of pinned memory moves it or fails",
	  bound_silent },
	{ "strict-tells", "C8", "with MPOL_MF_STRICT as well it says EIO", strict_tells },
	{ "released-moves", "C8", "the same memory moves when it is pinned no more", released_moves },
	{ "huge-moves", "C8", "a huge page of hugetlb moves whole, there and back", huge_moves },
	{ "pools-follow", "C8",
	  "the pools follow it: the target's grows by one and its own shrinks by one, unless the target has one free",
	  pools_follow },
	{ "huge-inside", "C8", "it also moves by the address of another of its small pages",
	  huge_from_inside },
	{ "huge-pinned-stays", "C8", "a huge page that is pinned stays", huge_pinned_stays },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-pin",
	  .breaks = "Nothing is pinned.",
	  .fails =
		  "pinned-stays count-returned status-told bound-moves strict-tells released-moves huge-pinned-stays" },
	{ .name = "all-pinned",
	  .breaks = "Everything is, for longer.",
	  .fails = "plain-moves locked-moves released-moves huge-moves pools-follow huge-inside" },
};

WORKLOAD(pinned) = {
	.about =
		"memory locked by mlock(2) and huge pages of hugetlb move to another node; what is pinned stays",
	.needs = { .mem_nodes = 2,
		   .cpu_nodes = 2,
		   .free_mib_per_node = 32,
		   .kernel = "5.18",
		   .config = "CONFIG_IO_URING" },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
