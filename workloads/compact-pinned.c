/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages compaction leaves where they are. A node's free memory is fragmented: blocks of 2 MiB that are free but for
 * three kinds of pages side by side: plain pages, pages locked by mlock(2) and pinned pages. So the scanner that moves one
 * kind has met the others, too.
 *
 * isolate_migratepages_block() in mm/compaction.c skips unevictable pages while vm.compact_unevictable_allowed is 0, which
 * is for real-time systems: a thread that touches a page in migration has to wait. With 1, the default, locked pages move.
 * Pinned pages are always skipped, by their count of references. No page moves out of the blocks where the two scanners meet.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/lib/fragment.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/pin.h"

#define ALLOWED "/proc/sys/vm/compact_unevictable_allowed"
#define EACH 4 /* pages of each kind in a block */

enum kind { PLAIN, LOCKED, PINNED, FILLER, KINDS }; /* filler: fragment_make() wants a power of two */

static const char *const kind_name[] = { "plain", "locked", "pinned" };

struct params {
	uint64_t blocks;
};

static const struct wl_param params[] = {
	{ "blocks", WL_U64, offsetof(struct params, blocks), "10", 1, FRAGMENT_MOST / 2,
	  "blocks of 2 MiB that are broken" },
};

struct scene {
	struct wl *w;
	struct fragment f;
	char compact[64];
	uint64_t pfn[FRAGMENT_MOST * EACH * KINDS];
};

/* Compacts the node, and reports how many pages of each kind have another PFN than before. */
static void compact(struct scene *s, const char *allowed, const char *when)
{
	static uint64_t now[FRAGMENT_MOST * EACH * KINDS];
	int64_t moved[KINDS] = { 0 };

	wl_write(s->w, ALLOWED, wl_sabotaged(s->w, "allow") ? "1" : allowed);
	if (!wl_sabotaged(s->w, "no-compaction"))
		wl_write(s->w, s->compact, "1");
	fragment_pfns(s->w, &s->f, now);
	for (unsigned i = 0; i < s->f.blocks * s->f.keep; i++)
		moved[i % s->f.keep / EACH] += now[i] != s->pfn[i];
	memcpy(s->pfn, now, sizeof(now));
	for (enum kind k = 0; k < FILLER; k++)
		wl_value(s->w, WL_NAMED(kind_name[k], when), -1, moved[k]);
}

static void run(struct wl *w)
{
	static struct scene s;
	static struct iovec piece[FRAGMENT_MOST];
	const struct params *p = w->params;
	int nid = wl_nth(&w->mem_nodes, 0);
	struct pin pin;

	s.w = w;
	snprintf(s.compact, sizeof(s.compact), "/sys/devices/system/node/node%d/compact", nid);
	/* from another node's CPU: freed pages go to the lists of the CPU that compacts */
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, nid)));
	fragment_make(w, &s.f, nid, (unsigned)p->blocks, EACH * KINDS);
	for (unsigned i = 0; i < s.f.blocks; i++) {
		char *first = fragment_page(&s.f, i * s.f.keep);

		if (mlock(first + LOCKED * EACH * PAGE, EACH * PAGE))
			wl_broken(w, "mlock: %s", strerror(errno));
		piece[i] = (struct iovec){ first + PINNED * EACH * PAGE, EACH * PAGE };
	}
	if (!wl_sabotaged(w, "no-pin"))
		pin_pieces(w, &pin, piece, s.f.blocks);
	fragment_pfns(w, &s.f, s.pfn);
	wl_value(w, "node", -1, nid);
	wl_value(w, "pages", -1, s.f.blocks * EACH);
	compact(&s, "0", "forbidden");
	compact(&s, "1", "allowed");
	if (!wl_sabotaged(w, "no-pin"))
		pin_end(w, &pin);
	compact(&s, "1", "released");
	if (wl_sabotaged(w, "away"))
		wl_gather(w, wl_nth(&w->mem_nodes, idset_count(&w->mem_nodes) - 1));
	fragment_place(w, &s.f, "placed");
}

/* clang-format off */
#define MOVED(when, what) \
	{ "plain_" when, "pages", WL_REPORTED, .timing = true, .about = "plain pages that got another PFN by " what }, \
	{ "locked_" when, "pages", WL_REPORTED, .timing = true, .about = "mlocked pages that got another PFN by " what }, \
	{ "pinned_" when, "pages", WL_REPORTED, .timing = true, .about = "pinned pages that got another PFN by " what }

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "the node that is compacted" },
	{ "pages", "pages", WL_REPORTED, .about = "pages of each kind: plain, mlocked, pinned" },
	MOVED("forbidden", "a compaction with compact_unevictable_allowed=0"),
	MOVED("allowed", "a second compaction with compact_unevictable_allowed=1"),
	MOVED("released", "a third compaction, after the pinned pages were released"),
	{ "placed", "pages", WL_REPORTED, .about = "pages of all kinds with their content at the end, by node" },
};

/* At least a third of a kind: the other pages may be where the scanners meet. */
#define THIRD_MOVES(metric) WL_WANTS({ metric, ">= (pages + 2) / 3" })

static const struct wl_expect expects[] = {
	{ "plain-moves", "C8", "compaction of a fragmented node moves plain pages (at least a third of them)",
	  .wants = THIRD_MOVES("plain_forbidden") },
	{ "locked-stays", "C8",
	  "compact_unevictable_allowed=0: compaction moves no mlocked page, though plain pages beside them move",
	  .wants = WL_WANTS({ "locked_forbidden", "0" }) },
	{ "locked-moves", "C8", "compact_unevictable_allowed=1: compaction also moves mlocked pages (at least a third of them)",
	  .wants = THIRD_MOVES("locked_allowed") },
	{ "pinned-stays", "C8", "compaction moves no pinned page, whether compact_unevictable_allowed is 0 or 1",
	  .wants = WL_WANTS({ "pinned_forbidden", "0" }, { "pinned_allowed", "0" }) },
	{ "released-moves", "C8", "compaction moves pages that were pinned and are released (at least a third of them)",
	  .wants = THIRD_MOVES("pinned_released") },
	{ "same-node", "C8", "all pages of a compacted node, moved or not, stay on that node and keep their content",
	  .wants = WL_WANTS({ "placed", "4 * pages", "only on node" }) }, /* KINDS */
};

static const struct wl_sabotage sabotage[] = {
	{ "allow", "Compaction may always move mlocked pages.", "locked-stays" },
	{ "no-compaction", "The node is not compacted.", "plain-moves locked-moves released-moves" },
	{ "no-pin", "Nothing is pinned.", "pinned-stays" },
	{ "away", "All pages are moved to another node at the end.", "same-node" },
};

WORKLOAD(compact_pinned) = {
	.about = "compaction moves plain pages, mlocked ones where that is allowed, and pinned ones never",
	.needs = { .mem_nodes = 1,
		   .free_mib_per_node = 64,
		   .kernel = "5.18",
		   .config = "CONFIG_IO_URING CONFIG_COMPACTION" },
	.knobs = FRAGMENT_KNOBS,
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
/* clang-format on */
