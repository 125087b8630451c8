/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What transparent_hugepage/enabled makes of anonymous memory, as smaps shows it, and on which node. Threads run on node
 * `far`, so that their memory does not lie on the first node by chance.
 *
 * Other ways to huge pages: a first read (do_huge_pmd_wp_page() splits the huge zero page and copies 4 KiB), MADV_COLLAPSE
 * (alloc_charge_hpage() takes the node with most of the pages, whatever the mode and the policy), and sizes below 2 MiB, each
 * with a mode of its own since Linux 6.8. Unless the mode is `never`, each zone keeps enough memory free to have blocks of 2 MiB
 * (set_recommended_min_free_kbytes() of khugepaged).
 */
#include <errno.h>
#include <numaif.h>
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

/* An area that is written in the present mode, after madvise(2) with `advice`; 0: without. */
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
	/* aligned, but one page less than 2 MiB */
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
	char *p;
	uint64_t pfn[MID_PAGES], apart = 0;

	if (!wl_kernel(m->w, 6, 8))
		return;
	set_mode(m, MID_KNOB, "always");
	p = wl_map(m->w, MID_BYTES);
	*(volatile char *)p = 1;
	wl_page_pfns(m->w, p, MID_PAGES, pfn);
	for (unsigned i = 0; i < MID_PAGES; i++)
		apart += !pfn[i] || pfn[i] != pfn[0] + i;
	wl_value(m->w, "middle_apart", -1, (int64_t)(apart + pfn[0] % MID_PAGES));
	wl_place(m->w, "middle", p, MID_BYTES);
	look(m, "middle", p, MID_BYTES);
	thp_set(m->w, MID_KNOB, "never"); /* areas to be collapsed shall have small pages */
}

static void run(struct wl *w)
{
	const struct params *p = w->params;
	struct modes m = { .w = w, .bytes = p->bytes / HUGE * HUGE };
	char *kept;

	wl_two_nodes(w, &m.near, &m.far);
	wl_value(w, "near", -1, m.near);
	wl_value(w, "far", -1, m.far);
	wl_pin_node(w, wl_sabotaged(w, "other-cpu") ? m.near : m.far);
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
}

/* clang-format off */
#define LOOKS(name, what)                                                                          \
	{ name "_eligible", "1", WL_REPORTED, .about = "smaps' THPeligible of " what },           \
	{ name "_huge", "kB", WL_REPORTED, .about = "smaps' AnonHugePages of " what }
#define TRIES(name, what) { name, "pages", WL_REPORTED, .about = "of " what }, LOOKS(name, what)

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the node farthest from it, where threads run" },
	{ "reserve", "kB", WL_REPORTED, .about = "min_free_kbytes under `always`" },
	{ "never_reserve", "kB", WL_REPORTED, .about = "min_free_kbytes under `never`" },
	TRIES("always", "memory written under `always`"),
	TRIES("unwanted", "memory with MADV_NOHUGEPAGE written under `always`"),
	TRIES("small", "an area one page short of 2 MiB, written under `always`"),
	TRIES("disabled", "memory with MADV_HUGEPAGE of a process with PR_SET_THP_DISABLE, under `always`"),
	{ "read_rss", "kB", WL_REPORTED, .about = "Rss of 2 MiB under `always` of which one byte was read" },
	{ "written_rss", "kB", WL_REPORTED, .about = "Rss of 2 MiB under `always` of which one byte was read, then written" },
	TRIES("written", "2 MiB under `always` of which one byte was read, then written"),
	TRIES("plain", "memory written under `madvise`"),
	TRIES("asked", "memory with MADV_HUGEPAGE written under `madvise`"),
	TRIES("never", "memory written under `never`"),
	TRIES("never_asked", "memory with MADV_HUGEPAGE written under `never`"),
	LOOKS("kept", "huge pages made under `always`, when the mode is `never`"),
	TRIES("middle", "64 kB of which one byte was written, hugepages-64kB being `always`"),
	{ "middle_apart", "pages", WL_REPORTED, .about = "of 64 kB that do not lie in one aligned piece" },
	{ "there_before", "pages", WL_REPORTED, .about = "of 2 MiB before MADV_COLLAPSE, most on `near`" },
	TRIES("there", "2 MiB after MADV_COLLAPSE, most having been on `near`"),
	{ "bound_before", "pages", WL_REPORTED, .about = "of 2 MiB bound to `far` before MADV_COLLAPSE, most on `near`" },
	TRIES("bound", "2 MiB bound to `far` after MADV_COLLAPSE, most having been on `near`"),
};

/* AnonHugePages counts what is mapped by 2 MiB only. */
static void middle_sized(const struct wl_view *v, struct wl_verdict *out)
{
	if (!wl_since(v, out, 6, 8)) {
		wl_worse(out, OUTCOME_SKIP, "huge pages of less than 2 MiB came with Linux 6.8");
		return;
	}
	wl_want(v, out, "middle_apart", -1, 0);
	wl_want(v, out, "middle_huge", -1, 0);
	wl_want_only_on(v, out, "middle", (int)wl_get(v, out, "far", -1), MID_PAGES);
}

#define KB(of) of " / HUGE * HUGE / 1024"
#define ALL_HUGE(name, kb) { name "_eligible", "1" }, { name, kb " / 4", "only on far" }, { name "_huge", kb }
#define ALL_SMALL(name, pages) { name "_eligible", "0" }, { name, pages, "only on far" }, { name "_huge", "0" }

static const struct wl_expect expects[] = {
	{ "always-huge", "C6",
	  "mode `always`: all memory written is mapped by huge pages, on the node of the thread that writes it",
	  .wants = WL_WANTS(ALL_HUGE("always", KB("bytes"))) },
	{ "madvise-asks", "C6", "mode `madvise`: memory is huge with MADV_HUGEPAGE, and all small pages without",
	  .wants = WL_WANTS(ALL_SMALL("plain", "2 * HUGE_PAGES"), ALL_HUGE("asked", KB("bytes"))) },
	{ "never-none", "C6", "mode `never`: no memory is huge, with MADV_HUGEPAGE or without",
	  .wants = WL_WANTS(ALL_SMALL("never", "HUGE_PAGES"), ALL_SMALL("never_asked", "HUGE_PAGES")) },
	{ "refused", "C6",
	  "mode `always`: MADV_NOHUGEPAGE, PR_SET_THP_DISABLE and an area of less than 2 MiB get small pages only",
	  .wants = WL_WANTS(ALL_SMALL("unwanted", "HUGE_PAGES"), ALL_SMALL("small", "HUGE_PAGES - 1"),
			    ALL_SMALL("disabled", "HUGE_PAGES")) },
	{ "kept", "C6", "huge pages made under `always` stay huge when the mode becomes `never`",
	  .wants = WL_WANTS({ "kept_eligible", "0" }, { "kept_huge", "2 * HUGE / 1024" }) },
	{ "reserves", "C6", "min_free_kbytes is higher under `always` than under `never`",
	  .wants = WL_WANTS({ "reserve", "> never_reserve" }) },
	{ "read-spoils", "C6",
	  "mode `always`: a first read takes no memory, and the write after it one small page, not a huge one",
	  .wants = WL_WANTS({ "read_rss", "0" }, { "written_rss", "4" }, { "written_eligible", "1" }, { "written_huge", "0" },
			    { "written", "1", "only on far" }) },
	{ "middle-sized", "C6",
	  "hugepages-64kB `always`: a byte written gives 64 kB in one aligned piece on the thread's node",
	  middle_sized },
	{ "collapse-where-most", "C6",
	  "mode `never`: MADV_COLLAPSE makes a huge page out of 8 pages, on the node that has 5 of them",
	  .wants = WL_WANTS({ "there_before", "5", "on near" }, { "there_before", "3", "on far" },
			    { "there_huge", "HUGE / 1024" }, { "there", "HUGE_PAGES", "only on near" }) },
	{ "collapse-over-bind", "C6", "MADV_COLLAPSE of memory bound to a node takes the huge page from that node",
	  .documented = WL_WANTS({ "bound", "HUGE_PAGES", "only on near" }),
	  .wished = WL_WANTS({ "bound", "HUGE_PAGES", "only on far" }),
	  .why = "MADV_COLLAPSE takes the huge page from the node with most of the pages, whatever the memory is bound to "
		 "(alloc_charge_hpage)" },
};

static const struct wl_sabotage sabotage[] = {
	{ "never", "Each mode is `never`.", "always-huge madvise-asks kept reserves read-spoils middle-sized" },
	{ "always", "Each mode is `always`.", "madvise-asks never-none reserves" },
	{ "other-cpu", "The threads run on the other node.",
	  "always-huge madvise-asks never-none refused read-spoils middle-sized" },
	{ "not-refused", "No huge page is refused, and no area is too small.", "refused" },
	{ "not-collapsed", "MADV_COLLAPSE is left out.", "collapse-where-most collapse-over-bind" },
	{ "other-most", "Most pages of the area to be collapsed lie on the other node.",
	  "collapse-where-most collapse-over-bind" },
	{ "written", "The byte is written before it is read.", "read-spoils" },
};
/* clang-format on */

WORKLOAD(thp_modes) = {
	.about = "the modes of transparent huge pages: which memory is huge, and on which node",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 64, .kernel = "6.1" },
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
