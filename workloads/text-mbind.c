/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving the text of a mapping by mbind(2) and move_pages(2), while one process maps it and while two do. With MOVE,
 * mbind passes over what two map, with STRICT as well: "choosing not to migrate a shared folio is not counted as a
 * failure" (mm/mempolicy.c, migrate_folio_add, 6.12; 6.1's migrate_page_add is silent, too). STRICT alone looks at the
 * node only. move_pages says EACCES of each page (mm/migrate.c, __add_folio_for_migration; 6.1: add_page_for_migration).
 */
#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/files.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/pair.h"
#include "workloads/lib/waiter.h"

#define AREA_PAGES 64

struct area {
	struct wl *w;
	char *at;
	size_t pages;
};

static void map_area(struct area *a)
{
	int fd = open(WAITER_ROOT LIBX, O_RDONLY | O_CLOEXEC);

	a->pages = (size_t)files_pages(a->w, WAITER_ROOT LIBX);
	if (a->pages > AREA_PAGES)
		wl_broken(a->w, WAITER_ROOT LIBX " has more than %d pages", AREA_PAGES);
	a->at = files_map(a->w, fd, a->pages * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	close(fd);
}

/* Binds it; where it is then is the metric `place`, and what mbind said, 0 or -errno, `said`. Each or NULL. */
static void bind_area(const struct area *a, int nid, unsigned flags, const char *said, const char *place)
{
	struct idset one = wl_one(nid);
	long r = mbind(a->at, a->pages * PAGE, MPOL_BIND, (const unsigned long *)one.bits, IDSET_MAX + 1,
		       flags);

	if (said)
		wl_value(a->w, said, -1, r ? -errno : 0);
	if (place)
		wl_place(a->w, place, a->at, a->pages * PAGE);
}

/* How many pages move_pages(2) says it may not move, as another process maps them. */
static int64_t refused(const struct area *a, int nid)
{
	int to[AREA_PAGES] = { 0 }, status[AREA_PAGES] = { 0 };
	void *at[AREA_PAGES] = { 0 };
	int64_t n = 0;

	for (size_t i = 0; i < a->pages; i++) {
		at[i] = a->at + i * PAGE;
		to[i] = nid;
	}
	if (move_pages(0, a->pages, at, to, status, MPOL_MF_MOVE) < 0)
		wl_broken(a->w, "move_pages: %s", strerror(errno));
	for (size_t i = 0; i < a->pages; i++)
		n += status[i] == -EACCES;
	return n;
}

static void run(struct wl *w)
{
	struct area a = { .w = w };
	struct pair pair;
	int near, far;

	wl_two_nodes(w, &near, &far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	wl_pin_node(w, near);
	waiter_drop_caches(w);
	map_area(&a);
	files_touch(a.at, a.pages * PAGE);
	wl_value(w, "pages", -1, (int64_t)a.pages);
	/* fork gives the child no pages that the file can give (mm/memory.c, vma_needs_copy): it has them once it reads */
	if (pair_fork(w, &pair)) {
		if (!wl_sabotaged(w, "mapped-by-one"))
			files_touch(a.at, a.pages * PAGE);
		pair_turn(w, &pair);
		_exit(0);
	}
	if (wl_sabotaged(w, "mapped-by-two"))
		pair_turn(w, &pair);
	bind_area(&a, far, MPOL_MF_MOVE, NULL, "alone");
	if (!wl_sabotaged(w, "mapped-by-two"))
		pair_turn(w, &pair);
	bind_area(&a, near, MPOL_MF_MOVE, "move_said", NULL);
	bind_area(&a, near, MPOL_MF_MOVE | MPOL_MF_STRICT, "move_strict_said", "shared");
	bind_area(&a, near, MPOL_MF_STRICT, "strict_said", NULL);
	wl_value(w, "refused", -1, refused(&a, near));
	bind_area(&a, near, wl_sabotaged(w, "not-all") ? MPOL_MF_MOVE : MPOL_MF_MOVE_ALL, NULL, "all");
	pair_end(w, &pair);
	munmap(a.at, a.pages * PAGE);
	waiter_drop_caches(w);
}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED,
	  .about = "the first node with CPUs and memory: where the file is read" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it" },
	{ "pages", "pages", WL_REPORTED, .about = "of a library, mapped as text" },
	{ "alone", "pages", WL_REPORTED, .about = "bound to far with MOVE, mapped by this process" },
	{ "shared", "pages", WL_REPORTED,
	  .about = "bound to near with MOVE, then STRICT too, mapped by two" },
	{ "all", "pages", WL_REPORTED, .about = "bound to near with MOVE_ALL, mapped by two" },
	{ "move_said", "errno", WL_REPORTED, .about = "what mbind returned for MOVE, mapped by two" },
	{ "move_strict_said", "errno", WL_REPORTED, .about = "... for MOVE and STRICT" },
	{ "strict_said", "errno", WL_REPORTED, .about = "... for STRICT alone" },
	{ "refused", "pages", WL_REPORTED, .about = "for which move_pages says EACCES, mapped by two" },
};

static void want_all_on(const struct wl_view *v, struct wl_verdict *out, const char *metric, const char *node)
{
	wl_want_only_on(v, out, metric, (int)wl_get(v, out, node, -1), wl_get(v, out, "pages", -1));
}

static void alone_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_all_on(v, out, "alone", "far");
}

static void shared_stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "move_said", -1, 0);
	wl_want(v, out, "move_strict_said", -1, 0);
	wl_documented_on(v, out, "shared", wl_get(v, out, "pages", -1), (int)wl_get(v, out, "far", -1),
			 (int)wl_get(v, out, "near", -1),
			 "mbind returns 0, with STRICT as well, and moves no page that two processes map");
}

static void strict_tells(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "strict_said", -1, -EIO);
}

static void each_refused(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "refused", -1, wl_get(v, out, "pages", -1));
}

static void all_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_all_on(v, out, "all", "near");
}

static const struct wl_expect expects[] = {
	{ "alone-moves", "T5", "bound with MOVE: text that one process maps is on the node, all of it",
	  alone_moves },
	{ "shared-stays", "T5",
	  "bound with MOVE and STRICT: text that two map is on the node, or mbind fails", shared_stays },
	{ "strict-tells", "T5", "bound with STRICT alone, it says EIO of pages on another node",
	  strict_tells },
	{ "each-refused", "T5", "move_pages with MOVE says EACCES of each page that two map", each_refused },
	{ "all-moves", "T5", "bound with MOVE_ALL: text that two map is on the node, all of it", all_moves },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "mapped-by-two", .breaks = "Always two processes map the text.", .fails = "alone-moves" },
	{ .name = "mapped-by-one",
	  .breaks = "Always one.",
	  .fails = "shared-stays strict-tells each-refused" },
	{ .name = "not-all", .breaks = "MOVE_ALL is MOVE.", .fails = "all-moves" },
};

WORKLOAD(text_mbind) = {
	.about = "mbind moves text that one process maps; of two it stays and only move_pages says so",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
