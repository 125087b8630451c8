/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages compaction has to leave where they are. A node's free memory is in pieces: blocks of 2 MiB that are
 * free but for three kinds of pages side by side, plain ones, some locked by mlock(2), some pinned. So what the scanner
 * does with one kind it had the chance to do with the others.
 *
 * isolate_migratepages_block() in mm/compaction.c skips what is unevictable while vm.compact_unevictable_allowed is
 * 0, the setting for real time: who touches a locked page that is just moved would wait for it. With 1, the
 * default, locked pages move. Pinned ones it skips in any case, by their count of references. Some blocks
 * nothing moves from: those where its two scanners meet.
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
#define EACH 4 /* pages of a kind in each block */

enum kind { PLAIN, LOCKED, PINNED, FILLER, KINDS }; /* as many pages are kept as a power of two */

static const char *const kind_name[] = { "plain", "locked", "pinned" };

struct params {
	uint64_t blocks;
};

static const struct wl_param params[] = {
	{ "blocks", WL_U64, offsetof(struct params, blocks), "10", 1, FRAGMENT_MOST / 2,
	  "blocks of 2 MiB that are broken" },
};

struct act {
	struct wl *w;
	const struct params *p;
	struct fragment f;
	char compact[64];
	uint64_t pfn[FRAGMENT_MOST * EACH * KINDS];
};

/* Compacts the node, if so with locked pages, and reports how many pages of each kind have another PFN then. */
static void compact(struct act *a, bool locked, const char *when)
{
	static uint64_t now[FRAGMENT_MOST * EACH * KINDS];
	int64_t moved[KINDS] = { 0 };

	wl_write(a->w, ALLOWED, locked || wl_sabotaged(a->w, "allow") ? "1" : "0");
	if (!wl_sabotaged(a->w, "no-compaction"))
		wl_write(a->w, a->compact, "1");
	fragment_pfns(a->w, &a->f, now);
	for (unsigned i = 0; i < a->f.blocks * a->f.keep; i++)
		moved[i % a->f.keep / EACH] += now[i] != a->pfn[i];
	memcpy(a->pfn, now, sizeof(now));
	for (enum kind k = 0; k < FILLER; k++)
		wl_value(a->w, WL_NAMED(kind_name[k], when), -1, moved[k]);
}

static void run(struct wl *w)
{
	static struct act act;
	static struct iovec piece[FRAGMENT_MOST];
	struct act *a = &act;
	int nid = wl_nth(&w->mem_nodes, 0);
	int64_t found = wl_read_number(w, ALLOWED);
	struct pin pin;

	a->w = w;
	a->p = w->params;
	snprintf(a->compact, sizeof(a->compact), "/sys/devices/system/node/node%d/compact", nid);
	/* from another node: what pages leave behind goes to lists of the CPU that compacts */
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, nid)));
	fragment_make(w, &a->f, nid, (unsigned)a->p->blocks, EACH * KINDS);
	for (unsigned i = 0; i < a->f.blocks; i++) {
		char *first = fragment_page(&a->f, i * a->f.keep);

		if (mlock(first + LOCKED * EACH * PAGE, EACH * PAGE))
			wl_broken(w, "mlock: %s", strerror(errno));
		piece[i] = (struct iovec){ first + PINNED * EACH * PAGE, EACH * PAGE };
	}
	if (!wl_sabotaged(a->w, "no-pin"))
		pin_pieces(w, &pin, piece, a->f.blocks);
	fragment_pfns(w, &a->f, a->pfn);
	wl_value(w, "node", -1, nid);
	wl_value(w, "pages", -1, a->f.blocks * EACH);
	compact(a, false, "forbidden");
	compact(a, true, "allowed");
	if (!wl_sabotaged(a->w, "no-pin"))
		pin_end(w, &pin);
	compact(a, true, "released");
	if (wl_sabotaged(a->w, "away"))
		wl_gather(w, wl_nth(&w->mem_nodes, idset_count(&w->mem_nodes) - 1));
	fragment_place(w, &a->f, "placed");
	wl_write(w, ALLOWED, found ? "1" : "0");
	fragment_end(w, &a->f);
}

/* clang-format off */
#define MOVED(when, what)                                                                               \
	{ "plain_" when, "pages", WL_REPORTED, .timing = true, .about = "plain ones with another PFN, " what }, \
	{ "locked_" when, "pages", WL_REPORTED, .timing = true, .about = "locked ones, " what },        \
	{ "pinned_" when, "pages", WL_REPORTED, .timing = true, .about = "pinned ones, " what }

static const struct wl_metric metrics[] = {
	{ "node", "nid", WL_REPORTED, .about = "whose memory is compacted" },
	{ "pages", "pages", WL_REPORTED, .about = "of each kind" },
	MOVED("forbidden", "behind a compaction that may not move locked pages"),
	MOVED("allowed", "behind a second, that may"),
	MOVED("released", "behind a third, nothing being pinned any more"),
	{ "placed", "pages", WL_REPORTED, .about = "with their content, of all kinds" },
};
/* clang-format on */

/* Of a kind that may move, every third page: the others are where the scanners met. */
static void want_moved(const struct wl_view *v, struct wl_verdict *out, const char *metric)
{
	wl_want_least(v, out, metric, -1, (wl_get(v, out, "pages", -1) + 2) / 3);
}

static void plain_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_moved(v, out, "plain_forbidden");
}

static void locked_stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "locked_forbidden", -1, 0);
}

static void locked_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_moved(v, out, "locked_allowed");
}

static void pinned_stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "pinned_forbidden", -1, 0);
	wl_want(v, out, "pinned_allowed", -1, 0);
}

static void released_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_moved(v, out, "pinned_released");
}

static void same_node(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "placed", (int)wl_get(v, out, "node", -1),
			KINDS * wl_get(v, out, "pages", -1));
}

static const struct wl_expect expects[] = {
	{ "plain-moves", "C8", "compaction moves plain pages: every third of them or more", plain_moves },
	{ "locked-stays", "C8",
	  "with vm.compact_unevictable_allowed 0 it moves no page locked by mlock(2) beside them",
	  locked_stays },
	{ "locked-moves", "C8", "with 1 it moves those, too: every third of them or more", locked_moves },
	{ "pinned-stays", "C8", "it moves no pinned page, with either", pinned_stays },
	{ "released-moves", "C8", "it moves them when they are pinned no more", released_moves },
	{ "same-node", "C8", "all have their content, and lie on the node that was compacted", same_node },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "allow", .breaks = "Compaction may move locked pages.", .fails = "locked-stays" },
	{ .name = "no-compaction",
	  .breaks = "There is none.",
	  .fails = "plain-moves locked-moves released-moves" },
	{ .name = "no-pin", .breaks = "Nothing is pinned.", .fails = "pinned-stays" },
	{ .name = "away", .breaks = "All is taken to another node.", .fails = "same-node" },
};

WORKLOAD(compact_pinned) = {
	.about = "compaction moves plain pages, locked ones if it may, and pinned ones never",
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
