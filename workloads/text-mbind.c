/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving the text of a mapping by mbind(2) and move_pages(2), while one process maps it and while two do. mbind(2) with
 * MPOL_MF_MOVE passes over pages that two processes map, even if MPOL_MF_STRICT is given: "choosing not to migrate a shared
 * folio is not counted as a failure" (mm/mempolicy.c, migrate_folio_add; in 6.1 migrate_page_add is silent as well).
 * MPOL_MF_STRICT alone checks the node only. move_pages(2) reports EACCES for each such page (mm/migrate.c,
 * __add_folio_for_migration; in 6.1 add_page_for_migration).
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

/* Binds the area and reports what mbind(2) returned, 0 or -errno, and where the area then lies; metric NULL: not reported. */
static void bind_area(const struct area *a, int nid, unsigned flags, const char *returned, const char *place)
{
	struct idset one = wl_one(nid);
	long r = mbind(a->at, a->pages * PAGE, MPOL_BIND, (const unsigned long *)one.bits, IDSET_MAX + 1,
		       flags);

	if (returned)
		wl_value(a->w, returned, -1, r ? -errno : 0);
	if (place)
		wl_place(a->w, place, a->at, a->pages * PAGE);
}

/* For how many pages move_pages(2) reports EACCES, because another process maps them. */
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
	/* fork(2) does not copy page table entries of file mappings (mm/memory.c, vma_needs_copy): the child maps what it reads */
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
}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED,
	  .about = "the first node with CPUs and memory, on which the library is read" },
	{ "far", "nid", WL_REPORTED, .about = "the node with CPUs and memory farthest from it" },
	{ "pages", "pages", WL_REPORTED, .about = "of a library, mapped as text" },
	{ "alone", "pages", WL_REPORTED,
	  .about = "of the text, bound to far with MPOL_MF_MOVE, mapped by one process" },
	{ "shared", "pages", WL_REPORTED,
	  .about =
		  "of the text, bound to near with MPOL_MF_MOVE and MPOL_MF_STRICT, mapped by two processes" },
	{ "all", "pages", WL_REPORTED,
	  .about = "of the text, bound to near with MPOL_MF_MOVE_ALL, mapped by two processes" },
	{ "move_said", "errno", WL_REPORTED,
	  .about = "what mbind(2) returned for MPOL_MF_MOVE, mapped by two processes" },
	{ "move_strict_said", "errno", WL_REPORTED,
	  .about = "what mbind(2) returned for MPOL_MF_MOVE and MPOL_MF_STRICT, mapped by two processes" },
	{ "strict_said", "errno", WL_REPORTED,
	  .about = "what mbind(2) returned for MPOL_MF_STRICT alone, mapped by two processes" },
	{ "refused", "pages", WL_REPORTED,
	  .about = "for which move_pages(2) reports EACCES, mapped by two processes" },
};

static const struct wl_expect expects[] = {
	{ "alone-moves", "T5",
	  "mbind(2) with MPOL_MF_MOVE: all text that one process maps is on the node bound to, none elsewhere",
	  .wants = WL_WANTS({ "alone", "pages", "only on far" }) },
	{ "shared-stays", "T5",
	  "mbind(2) with MPOL_MF_MOVE, with and without MPOL_MF_STRICT, returns 0: text that two processes map is on the node bound to",
	  .wants = WL_WANTS({ "move_said", "0" }, { "move_strict_said", "0" }),
	  .documented = WL_WANTS({ "shared", "pages", "only on far" }),
	  .wished = WL_WANTS({ "shared", "pages", "only on near" }),
	  .why = "mbind(2) returns 0, with MPOL_MF_STRICT as well, and moves no page that two processes map" },
	{ "strict-tells", "T5",
	  "mbind(2) with MPOL_MF_STRICT alone fails with EIO while pages of the text are on another node",
	  .wants = WL_WANTS({ "strict_said", "-EIO" }) },
	{ "each-refused", "T5",
	  "move_pages(2) with MPOL_MF_MOVE reports EACCES for each page of text that two processes map",
	  .wants = WL_WANTS({ "refused", "pages" }) },
	{ "all-moves", "T5",
	  "mbind(2) with MPOL_MF_MOVE_ALL: all text that two processes map is on the node bound to, none elsewhere",
	  .wants = WL_WANTS({ "all", "pages", "only on near" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "mapped-by-two", "Two processes map the text from the start.", "alone-moves" },
	{ "mapped-by-one", "Only one process ever maps the text.", "shared-stays strict-tells each-refused" },
	{ "not-all", "MPOL_MF_MOVE is given instead of MPOL_MF_MOVE_ALL.", "all-moves" },
};

WORKLOAD(text_mbind) = {
	.about =
		"mbind(2) moves text that one process maps; text that two map stays, and only move_pages(2) reports it",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
