/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an allocation of 2 MiB pays for on a node whose free memory is in pieces: with enough of it free, it
 * compacts, and reclaims nothing, however much clean page cache there is; when compaction has no room
 * left to work with, it reclaims (__alloc_pages_slowpath). The allocation is a transparent huge page's of an area
 * bound to the node and madvised, with defrag=madvise: it may do both itself, and wakes no kswapd (GFP_TRANSHUGE).
 */
#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "workloads/lib/buddy.h"
#include "workloads/lib/fragment.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/vmstat.h"

#define CACHE "/ext4/cache"
#define DEFRAG "/sys/kernel/mm/transparent_hugepage/defrag"
#define SHORT_KIB 3072
#define FAULTS 32ul /* at most */

struct params {
	uint64_t blocks, cache;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "blocks", WL_U64, AT(blocks), "8", 4, FRAGMENT_MOST / 2, "blocks of 2 MiB that are broken" },
	{ "cache", WL_SIZE, AT(cache), "4M", 1 << 20, 64 << 20, "clean page cache on the node" },
};

/* So many more pages of a file of holes, read: page cache without anything behind it. */
static void cache(struct wl *w, int nid, int fd, uint64_t bytes)
{
	off_t size = lseek(fd, 0, SEEK_CUR) + (off_t)bytes;
	static char buf[65536];
	struct idset one = wl_one(nid);

	wl_mempolicy(w, MPOL_BIND, &one);
	if (ftruncate(fd, size))
		wl_broken(w, CACHE ": %s", strerror(errno));
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	wl_mempolicy(w, MPOL_DEFAULT, NULL);
}

/* Faults one more block of the area; whether it became a huge page. */
static bool fault(struct wl *w, char *block)
{
	uint64_t next;

	*(volatile uint64_t *)block = 1;
	wl_page_pfns(w, block + PAGE, 1, &next);
	return next != 0;
}

/* Leaves less free than the 4 MiB beyond the watermarks that compaction wants to work with (compact_gap). */
static void shorten(struct wl *w, int nid, int fd)
{
	int64_t kib = wl_node_meminfo(w, nid, "MemFree");

	if (kib > SHORT_KIB)
		cache(w, nid, fd, (uint64_t)(kib - SHORT_KIB) << 10);
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	int nid = wl_nth(&w->mem_nodes, idset_count(&w->mem_nodes) - 1);
	struct idset one = wl_one(nid);
	char *area = wl_map(w, FAULTS * HUGE);
	auto_close int fd = open(CACHE, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct fragment f;

	wl_value(w, "node", -1, nid);
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, nid)));
	if (fd < 0)
		wl_broken(w, CACHE ": %s", strerror(errno));
	cache(w, nid, fd, p->cache);
	fragment_make(w, &f, nid, (unsigned)p->blocks, 8);
	if (wl_sabotaged(w, "whole")) {
		madvise(f.area, FRAGMENT_MOST * HUGE, MADV_DONTNEED);
		buddy_drain(w, nid, 5);
	}
	wl_value(w, "whole", -1, buddy_blocks(w, nid, NULL));
	wl_write(w, DEFRAG, "madvise");
	madvise(area, FAULTS * HUGE, MADV_HUGEPAGE);
	wl_mbind(w, area, FAULTS * HUGE, MPOL_BIND, &one, 0);
	wl_phase(w, "pieces");
	wl_value(w, "first", -1, fault(w, area));
	wl_phase(w, "first");
	int64_t got = 0, stolen = 0;
	for (unsigned n = 1; n < FAULTS && !stolen; n++) {
		if (!wl_sabotaged(w, "plenty"))
			shorten(w, nid, fd);
		stolen -= vmstat_get(w, "pgsteal_direct");
		got += fault(w, area + n * HUGE);
		stolen += vmstat_get(w, "pgsteal_direct");
	}
	wl_value(w, "more", -1, got);
	wl_value(w, "stolen", -1, stolen);
	wl_phase(w, "more");
	fragment_place(w, &f, "kept");
	wl_value(w, "broken", -1, f.blocks);
	wl_write(w, DEFRAG, "never");
	unlink(CACHE);
	wl_unmap(area, FAULTS * HUGE);
	fragment_end(w, &f);
}

/* clang-format off */
/* how many faults it takes until one reclaims, and what kswapd does meanwhile, is the schedule's */
#define RISE(name, counter, since, until, when, what) \
	{ name, "1", WL_VMSTAT, counter, since, until, .timing = when, .about = what }
#define RISES(part, since, when)                                                                      \
	RISE(part "_stall", "compact_stall", since, part, when, "allocations that compacted (" part ")"),     \
	RISE(part "_success", "compact_success", since, part, when, "that got a page by it (" part ")"),      \
	RISE(part "_scanned", "pgscan_direct", since, part, when, "pages looked at for reclaim (" part ")"),  \
	RISE(part "_stolen", "pgsteal_direct", since, part, when, "pages reclaimed (" part ")"),              \
	RISE(part "_kswapd", "pgsteal_kswapd", since, part, when, "pages reclaimed by kswapd (" part ")")

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "where it is all on" },
	{ "whole", "blocks", WL_REPORTED, .about = "of 2 MiB, free on the node before the first is asked for" },
	{ "broken", "blocks", WL_REPORTED, .about = "of 2 MiB, free but for a few pages" },
	{ "first", "1", WL_REPORTED, .about = "huge, of the first block faulted" },
	{ "more", "1", WL_REPORTED, .timing = true, .about = "huge, of those faulted then until something was reclaimed" },
	{ "stolen", "pages", WL_REPORTED, .timing = true, .about = "reclaimed by these faults themselves" },
	RISES("first", "pieces", false), RISES("more", "first", true),
	{ "kept", "pages", WL_REPORTED, .about = "that were in the way, content intact, at the end" },
};
/* clang-format on */

static void compacts_first(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "whole", -1, 0);
	wl_want(v, out, "first", -1, 1);
	wl_want(v, out, "first_scanned", -1, 0);
	wl_want(v, out, "first_stolen", -1, 0);
	wl_want(v, out, "first_kswapd", -1, 0);
	wl_want(v, out, "first_stall", -1, 1);
	wl_want(v, out, "first_success", -1, 1);
}

static void reclaims_second(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "stolen", -1, 1);
}

static void kept(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "kept", (int)wl_get(v, out, "node", -1), 8 * wl_get(v, out, "broken", -1));
}

static const struct wl_expect expects[] = {
	{ "compacts-first", "C2",
	  "with room in pieces an allocation of 2 MiB compacts and reclaims nothing of the cache",
	  compacts_first },
	{ "reclaims-second", "C2", "with nearly all of the room taken by page cache it reclaims from that",
	  reclaims_second },
	{ "pages-stay", "C2", "what compaction moved out of the way is on the same node, content intact",
	  kept },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "whole", .breaks = "The node's blocks are whole.", .fails = "compacts-first pages-stay" },
	{ .name = "plenty", .breaks = "Free memory stays plenty.", .fails = "reclaims-second" },
};

WORKLOAD(compaction_direct) = {
	.about = "an allocation of 2 MiB from free memory in pieces compacts first and reclaims second",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 48 },
	.knobs = FRAGMENT_KNOBS,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 120,
	.run = run,
};
