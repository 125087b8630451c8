/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an allocation of 2 MiB does on a node whose free memory is fragmented. With enough memory free it compacts directly
 * and reclaims nothing, however much clean page cache there is. It reclaims when compaction has too little free memory to
 * work with (__alloc_pages_slowpath()). The allocation is a transparent huge page's, in an area with MPOL_BIND to the node
 * and MADV_HUGEPAGE under defrag=madvise. So it may do both directly, and wakes no kswapd (GFP_TRANSHUGE).
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
#define SHORT_KIB 3072 /* free memory of the node that is too little for compaction */
#define FAULTS 32ul    /* at most */

struct params {
	uint64_t blocks, cache;
};

#define AT(field) offsetof(struct params, field)

static const struct wl_param params[] = {
	{ "blocks", WL_U64, AT(blocks), "8", 4, FRAGMENT_MOST / 2, "blocks of 2 MiB that are broken" },
	{ "cache", WL_SIZE, AT(cache), "4M", 1 << 20, 64 << 20, "bytes of clean page cache on the node" },
};

/* Reads so many more bytes of a file of holes: clean page cache on the node. */
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

/* Writes to one more block of the area. Returns whether the fault got a huge page. */
static bool fault(struct wl *w, char *block)
{
	uint64_t next;

	*(volatile uint64_t *)block = 1;
	wl_page_pfns(w, block + PAGE, 1, &next);
	return next != 0;
}

/* Leaves less free than the 4 MiB above the watermarks that compaction needs (compact_gap()). */
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
}

/* clang-format off */
/* How many faults it takes until one reclaims, and what kswapd does meanwhile, depends on the schedule: .timing. */
#define RISE(name, counter, since, until, when, what) \
	{ name, "1", WL_VMSTAT, counter, since, until, .timing = when, .about = what }
#define RISES(part, since, when, what) \
	RISE(part "_stall", "compact_stall", since, part, when, "allocations that compacted directly, " what), \
	RISE(part "_success", "compact_success", since, part, when, "direct compactions that gave the block asked for, " what), \
	RISE(part "_scanned", "pgscan_direct", since, part, when, "pages scanned by direct reclaim, " what), \
	RISE(part "_stolen", "pgsteal_direct", since, part, when, "pages reclaimed by direct reclaim, " what), \
	RISE(part "_kswapd", "pgsteal_kswapd", since, part, when, "pages reclaimed by kswapd, " what)

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "the node whose free memory is fragmented" },
	{ "whole", "blocks", WL_REPORTED, .about = "free blocks of 2 MiB on the node before the first fault" },
	{ "broken", "blocks", WL_REPORTED, .about = "blocks of 2 MiB that were broken: all free but 8 pages" },
	{ "first", "1", WL_REPORTED, .about = "huge pages that the first fault got" },
	{ "more", "1", WL_REPORTED, .timing = true, .about = "huge pages that the later faults got, until one reclaimed" },
	{ "stolen", "pages", WL_REPORTED, .timing = true, .about = "pages reclaimed directly by the later faults" },
	RISES("first", "pieces", false, "at the first fault"), RISES("more", "first", true, "at the later faults"),
	{ "kept", "pages", WL_REPORTED, .about = "pages of the broken blocks with their content at the end, by node" },
};

static const struct wl_expect expects[] = {
	{ "compacts-first", "C2",
	  "free memory plenty but fragmented: a fault of 2 MiB compacts once and gets a huge page, and nothing is reclaimed",
	  .wants = WL_WANTS({ "whole", "0" }, { "first", "1" }, { "first_scanned", "0" }, { "first_stolen", "0" },
			    { "first_kswapd", "0" }, { "first_stall", "1" }, { "first_success", "1" }) },
	{ "reclaims-second", "C2",
	  "less than 4 MiB free, the rest clean page cache: of 31 faults of 2 MiB at least one reclaims pages directly",
	  .wants = WL_WANTS({ "stolen", ">= 1" }) },
	{ "pages-stay", "C2", "pages that direct compaction moves out of a block stay on their node and keep their content",
	  .wants = WL_WANTS({ "kept", "8 * broken", "only on node" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "whole", "The node's blocks of 2 MiB are free as a whole.", "compacts-first pages-stay" },
	{ "plenty", "No page cache takes the node's free memory.", "reclaims-second" },
};

WORKLOAD(compaction_direct) = {
	.about = "an allocation of 2 MiB from fragmented free memory compacts first and reclaims second",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 48 },
	.knobs = FRAGMENT_KNOBS,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 120,
	.run = run,
};
/* clang-format on */
