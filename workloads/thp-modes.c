/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What transparent_hugepage/enabled makes of anonymous memory, as smaps shows it, and on which node: threads run on
 * node `far`, for its memory not to be that of the first node by chance.
 *
 * Beside it what else gives or takes huge pages: reading first (do_huge_pmd_wp_page splits the huge zero page and
 * copies 4 KiB), MADV_COLLAPSE (alloc_charge_hpage: the node with most of the pages, whatever the mode and the
 * policy), and the sizes below 2 MiB that have a mode each since Linux 6.8. And what they cost before there is one:
 * unless the mode is `never` each zone keeps free what it takes to have blocks of 2 MiB (khugepaged's
 * set_recommended_min_free_kbytes).
 */
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/smaps.h"
#include "workloads/lib/thp.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif
#define BYTES ((size_t)4 << 20) /* of areas of which the size is not the point */
#define FEW 3			/* pages on one node, and MOST on the other, of an area to be collapsed */
#define MOST 5
#define RESERVE "/proc/sys/vm/min_free_kbytes"
#define MID_KNOB "hugepages-64kB/enabled"
#define MID_PAGES 16
#define MID_BYTES (MID_PAGES * PAGE)

struct params {
	uint64_t bytes;
};

static const struct wl_param params[] = {
	{ "bytes", WL_SIZE, offsetof(struct params, bytes), "16M", HUGE, 64 << 20,
	  "of memory that may be huge" },
};

struct modes {
	struct wl *w;
	size_t bytes;
	int near, far;
};

static void set_mode(struct modes *m, const char *knob, const char *mode)
{
	thp_set(m->w, knob,
		wl_sabotaged(m->w, "never")    ? "never"
		: wl_sabotaged(m->w, "always") ? "always"
					       : mode);
}

static void look(struct modes *m, const char *name, char *p, size_t bytes)
{
	wl_value(m->w, WL_NAMED(name, "eligible"), -1, smaps_get(m->w, p, bytes, "THPeligible"));
	wl_value(m->w, WL_NAMED(name, "huge"), -1, smaps_get(m->w, p, bytes, "AnonHugePages"));
}

/* An area of its own kind in the mode at hand; advice 0: none. */
static void try(struct modes *m, const char *name, size_t bytes, int advice)
{
	char *p = wl_map(m->w, bytes);

	if (advice && madvise(p, bytes, advice))
		wl_broken(m->w, "madvise(%d): %s", advice, strerror(errno));
	wl_touch(p, bytes, 1);
	look(m, name, p, bytes);
	wl_place(m->w, name, p, bytes);
	wl_unmap(p, bytes);
}

static void refused(struct modes *m)
{
	bool refuse = !wl_sabotaged(m->w, "not-refused");

	try(m, "unwanted", HUGE, refuse ? MADV_NOHUGEPAGE : 0);
	/* aligned, but one page short */
	try(m, "small", refuse ? HUGE - PAGE : HUGE, 0);
	if (refuse)
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	try(m, "disabled", HUGE, MADV_HUGEPAGE);
	prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
}

static void read_first(struct modes *m)
{
	char *p = wl_map(m->w, HUGE);

	if (wl_sabotaged(m->w, "written"))
		*(volatile char *)p = 1;
	(void)*(volatile char *)p;
	wl_value(m->w, "read_rss", -1, smaps_get(m->w, p, HUGE, "Rss"));
	*(volatile char *)p = 1;
	wl_value(m->w, "written_rss", -1, smaps_get(m->w, p, HUGE, "Rss"));
	look(m, "written", p, HUGE);
	wl_place(m->w, "written", p, HUGE);
	wl_unmap(p, HUGE);
}

/* Pages of both nodes in one area of 2 MiB, which is then collapsed; `most` of them on that node. */
static void collapse(struct modes *m, const char *name, int most, int bind_to)
{
	int fewer = most == m->near ? m->far : m->near;
	char *p = wl_map(m->w, HUGE);
	struct idset one = wl_one(bind_to);

	if (wl_sabotaged(m->w, "other-most")) {
		int swap = fewer;

		fewer = most;
		most = swap;
	}
	wl_pin_node(m->w, fewer);
	wl_touch(p, FEW * PAGE, 1);
	wl_pin_node(m->w, most);
	wl_touch(p + FEW * PAGE, MOST * PAGE, 1);
	wl_pin_node(m->w, m->far);
	if (bind_to >= 0)
		wl_mbind(m->w, p, HUGE, MPOL_BIND, &one, 0);
	wl_place(m->w, WL_NAMED(name, "before"), p, HUGE);
	if (!wl_sabotaged(m->w, "not-collapsed") && madvise(p, HUGE, MADV_COLLAPSE))
		wl_broken(m->w, "MADV_COLLAPSE: %s", strerror(errno));
	look(m, name, p, HUGE);
	wl_place(m->w, name, p, HUGE);
	wl_unmap(p, HUGE);
}

static void middle(struct modes *m)
{
	char found[THP_WORD], *p;
	uint64_t pfn[MID_PAGES], apart = 0;

	if (!wl_kernel(m->w, 6, 8))
		return;
	thp_get(m->w, MID_KNOB, found);
	set_mode(m, MID_KNOB, "always");
	p = wl_map(m->w, MID_BYTES);
	*(volatile char *)p = 1;
	wl_page_pfns(m->w, p, MID_PAGES, pfn);
	for (unsigned i = 0; i < MID_PAGES; i++)
		apart += !pfn[i] || pfn[i] != pfn[0] + i;
	wl_value(m->w, "middle_apart", -1, (int64_t)(apart + pfn[0] % MID_PAGES));
	wl_place(m->w, "middle", p, MID_BYTES);
	look(m, "middle", p, MID_BYTES);
	wl_unmap(p, MID_BYTES);
	thp_set(m->w, MID_KNOB, found);
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	struct modes m = { .w = w, .bytes = p->bytes / HUGE * HUGE };
	char found[THP_WORD], reserve[24], *kept;

	snprintf(reserve, sizeof(reserve), "%lld", (long long)wl_read_number(w, RESERVE));
	wl_two_nodes(w, &m.near, &m.far);
	wl_value(w, "near", -1, m.near);
	wl_value(w, "far", -1, m.far);
	wl_pin_node(w, wl_sabotaged(w, "other-cpu") ? m.near : m.far);
	thp_get(w, "enabled", found);
	set_mode(&m, "enabled", "always");
	wl_value(w, "reserve", -1, wl_read_number(w, RESERVE));
	try(&m, "always", m.bytes, 0);
	refused(&m);
	read_first(&m);
	kept = wl_map(w, BYTES);
	wl_touch(kept, BYTES, 1);
	set_mode(&m, "enabled", "madvise");
	try(&m, "plain", BYTES, 0);
	try(&m, "asked", m.bytes, MADV_HUGEPAGE);
	set_mode(&m, "enabled", "never");
	wl_value(w, "never_reserve", -1, wl_read_number(w, RESERVE));
	try(&m, "never", HUGE, 0);
	try(&m, "never_asked", HUGE, MADV_HUGEPAGE);
	look(&m, "kept", kept, BYTES);
	wl_unmap(kept, BYTES);
	middle(&m);
	collapse(&m, "there", m.near, -1);
	collapse(&m, "bound", m.near, m.far);
	thp_set(w, "enabled", found);
	/* each change of the mode reckons it anew, and not from what it was */
	wl_write(w, RESERVE, reserve);
}

/* clang-format off */
#define LOOKS(name, what)                                                                          \
	{ name "_eligible", "1", WL_REPORTED, .about = "smaps' THPeligible of " what },           \
	{ name "_huge", "kB", WL_REPORTED, .about = "smaps' AnonHugePages of " what }
#define TRIES(name, what) { name, "pages", WL_REPORTED, .about = what }, LOOKS(name, what)

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it, where threads run" },
	{ "reserve", "kB", WL_REPORTED, .about = "min_free_kbytes under `always`" },
	{ "never_reserve", "kB", WL_REPORTED, .about = "under `never`" },
	TRIES("always", "memory written under `always`"),
	TRIES("unwanted", "such with MADV_NOHUGEPAGE"),
	TRIES("small", "such of a page less than 2 MiB"),
	TRIES("disabled", "such with MADV_HUGEPAGE of a process with PR_SET_THP_DISABLE"),
	{ "read_rss", "kB", WL_REPORTED, .about = "of 2 MiB under `always`, one byte read" },
	{ "written_rss", "kB", WL_REPORTED, .about = "of it, that byte written" },
	TRIES("written", "it then"),
	TRIES("plain", "memory written under `madvise`"),
	TRIES("asked", "such with MADV_HUGEPAGE"),
	TRIES("never", "memory written under `never`"),
	TRIES("never_asked", "such with MADV_HUGEPAGE"),
	LOOKS("kept", "huge pages of `always` when the mode is `never`"),
	TRIES("middle", "64 kB, one byte written, 64 kB pages `always`"),
	{ "middle_apart", "pages", WL_REPORTED, .about = "of these that are not in one piece" },
	{ "there_before", "pages", WL_REPORTED, .about = "of 2 MiB, most on `near`" },
	TRIES("there", "it after MADV_COLLAPSE"),
	{ "bound_before", "pages", WL_REPORTED, .about = "of 2 MiB bound to `far`, most on `near`" },
	TRIES("bound", "it after MADV_COLLAPSE"),
};
/* clang-format on */

static int node(const struct wl_view *v, struct wl_verdict *out, const char *which)
{
	return (int)wl_get(v, out, which, -1);
}

static int64_t kib(const struct wl_view *v)
{
	const struct params *p = v->params;

	return (int64_t)(p->bytes / HUGE * HUGE / 1024);
}

static void want_huge(const struct wl_view *v, struct wl_verdict *out, const char *name, int64_t kb)
{
	wl_want(v, out, WL_NAMED(name, "eligible"), -1, 1);
	wl_want_only_on(v, out, name, node(v, out, "far"), kb / 4);
	wl_want(v, out, WL_NAMED(name, "huge"), -1, kb);
}

static void want_small(const struct wl_view *v, struct wl_verdict *out, const char *name, int64_t pages)
{
	wl_want(v, out, WL_NAMED(name, "eligible"), -1, 0);
	wl_want_only_on(v, out, name, node(v, out, "far"), pages);
	wl_want(v, out, WL_NAMED(name, "huge"), -1, 0);
}

static void always(const struct wl_view *v, struct wl_verdict *out)
{
	want_huge(v, out, "always", kib(v));
}

static void asks(const struct wl_view *v, struct wl_verdict *out)
{
	want_small(v, out, "plain", BYTES / PAGE);
	want_huge(v, out, "asked", kib(v));
}

static void never(const struct wl_view *v, struct wl_verdict *out)
{
	want_small(v, out, "never", HUGE_PAGES);
	want_small(v, out, "never_asked", HUGE_PAGES);
}

static void are_refused(const struct wl_view *v, struct wl_verdict *out)
{
	want_small(v, out, "unwanted", HUGE_PAGES);
	want_small(v, out, "small", HUGE_PAGES - 1);
	want_small(v, out, "disabled", HUGE_PAGES);
}

static void kept(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "kept_eligible", -1, 0);
	wl_want(v, out, "kept_huge", -1, BYTES / 1024);
}

static void reserves(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_least(v, out, "reserve", -1, 1 + wl_get(v, out, "never_reserve", -1));
}

static void read_spoils(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "read_rss", -1, 0);
	wl_want(v, out, "written_rss", -1, 4);
	wl_want(v, out, "written_eligible", -1, 1);
	wl_want(v, out, "written_huge", -1, 0);
	wl_want_only_on(v, out, "written", node(v, out, "far"), 1);
}

static void middle_sized(const struct wl_view *v, struct wl_verdict *out)
{
	if (!wl_since(v, out, 6, 8)) {
		wl_worse(out, OUTCOME_SKIP, "huge pages of less than 2 MiB are of Linux 6.8");
		return;
	}
	wl_want(v, out, "middle_apart", -1, 0);
	wl_want(v, out, "middle_huge", -1, 0); /* counts what is mapped by 2 MiB */
	wl_want_only_on(v, out, "middle", node(v, out, "far"), MID_PAGES);
}

static void where_most(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "there_before", node(v, out, "near"), MOST);
	wl_want(v, out, "there_before", node(v, out, "far"), FEW);
	wl_want(v, out, "there_huge", -1, HUGE / 1024);
	wl_want_only_on(v, out, "there", node(v, out, "near"), HUGE_PAGES);
}

static void over_bind(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented_on(v, out, "bound", HUGE_PAGES, node(v, out, "near"), node(v, out, "far"),
			 "MADV_COLLAPSE takes the huge page from the node with most of the pages, whatever "
			 "the memory is bound to (alloc_charge_hpage)");
}

static const struct wl_expect expects[] = {
	{ "always-huge", "C6", "under `always` all of it is huge, on the node of the thread that writes it",
	  always },
	{ "madvise-asks", "C6", "under `madvise` MADV_HUGEPAGE is needed", asks },
	{ "never-none", "C6", "under `never` nothing is huge, MADV_HUGEPAGE or not", never },
	{ "refused", "C6",
	  "under `always` not where it is refused for memory or process, or with less than 2 MiB to map",
	  are_refused },
	{ "kept", "C6", "what is huge stays so when the mode becomes `never`", kept },
	{ "reserves", "C6", "unless the mode is `never` more of each zone is kept free", reserves },
	{ "read-spoils", "C6", "who reads first takes no memory, and by the write then 4 kB and no huge page",
	  read_spoils },
	{ "middle-sized", "C6", "a size of its own: 64 kB in one piece, on the node of the thread",
	  middle_sized },
	{ "collapse-where-most", "C6",
	  "MADV_COLLAPSE makes a huge page out of a few pages under `never`, on the node with most of them",
	  where_most },
	{ "collapse-over-bind", "C6", "MADV_COLLAPSE heeds the memory's binding", over_bind },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "never",
	  .breaks = "Each mode is `never`.",
	  .fails = "always-huge madvise-asks kept reserves read-spoils middle-sized" },
	{ .name = "always", .breaks = "Each is `always`.", .fails = "madvise-asks never-none reserves" },
	{ .name = "other-cpu",
	  .breaks = "Threads run on the other node.",
	  .fails = "always-huge madvise-asks never-none refused read-spoils middle-sized" },
	{ .name = "not-refused", .breaks = "Nothing is refused or too small.", .fails = "refused" },
	{ .name = "not-collapsed",
	  .breaks = "Nothing is collapsed.",
	  .fails = "collapse-where-most collapse-over-bind" },
	{ .name = "other-most",
	  .breaks = "Pages to be collapsed are swapped between the nodes.",
	  .fails = "collapse-where-most collapse-over-bind" },
	{ .name = "written", .breaks = "What is to be read first is written.", .fails = "read-spoils" },
};

WORKLOAD(thp_modes) = {
	.about = "the modes of transparent huge pages: who gets them, on which node, and who does not",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64, .kernel = "6.1" },
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
