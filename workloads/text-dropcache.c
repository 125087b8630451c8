/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program that ran on one node is ended, the page cache dropped, and it runs again bound to another. What
 * some process still maps is not dropped (mm/truncate.c, mapping_evict_folio), so part of libc stays behind.
 */
#include <string.h>

#include "workloads/lib/files.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/mapped.h"
#include "workloads/lib/waiter.h"
#include "workloads/lib/text.h"

static void drop(struct wl *w)
{
	if (!wl_sabotaged(w, "never-dropped"))
		waiter_drop_caches(w);
}

/* What is cached of the holder's files, which are all but the program. */
static void place_files(struct wl *w, const struct text *holder)
{
	files_place(w, "left_program", WAITER_ROOT WAITER);
	for (size_t i = 0; i < holder->files; i++) {
		if (strstr(holder->file[i], "/libc.so"))
			files_place(w, "left_libc", holder->file[i]);
		else if (strstr(holder->file[i], "/ld-linux"))
			files_place(w, "left_loader", holder->file[i]);
	}
}

static void run(struct wl *w)
{
	static struct text text;
	struct waiter holder;
	int near, far;

	wl_two_nodes(w, &near, &far);
	wl_value(w, "near", -1, near);
	wl_value(w, "far", -1, far);
	waiter_drop_caches(w);
	wl_pin_node(w, near);
	waiter_start(w, &holder, &(struct waiter_how){ .program = HOLDER, .from = near, .bind = -1 });
	text_read(w, &text, holder.pid);
	waiter_show(w, "first",
		    &(struct waiter_how){ .from = wl_sabotaged(w, "starts-far") ? far : near, .bind = -1 });
	wl_phase(w, "held");
	wl_maps(w, "held", holder.pid);
	if (wl_sabotaged(w, "no-holder"))
		waiter_stop(w, &holder);
	drop(w);
	place_files(w, &text);
	waiter_show(w, "again", &(struct waiter_how){ .from = far, .bind = far });
	if (!wl_sabotaged(w, "no-holder") && !wl_sabotaged(w, "held-to-the-end"))
		waiter_stop(w, &holder);
	drop(w);
	waiter_show(w, "alone", &(struct waiter_how){ .from = far, .bind = far });
	if (wl_sabotaged(w, "held-to-the-end"))
		waiter_stop(w, &holder);
	waiter_drop_caches(w);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: of the first run" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it: what the second is bound to" },
	MAPPED_TEXTS("first"),
	MAPPED("held", "libc", WL_MAPS_FILE, "/libc.so.6", "libc in the page cache"),
	MAPPED("held", "loader", WL_MAPS_FILE, "/ld-linux-x86-64.so.2", "the loader in the page cache"),
	{ "left_program", "pages", WL_REPORTED, .about = "of the program cached once it was dropped" },
	{ "left_libc", "pages", WL_REPORTED, .about = "of libc cached once it was dropped" },
	{ "left_loader", "pages", WL_REPORTED, .about = "of the loader cached once it was dropped" },
	MAPPED_TEXTS("again"), MAPPED_OWN("again"),
	MAPPED_TEXTS("alone"),
};
/* clang-format on */

static void first_run(const struct wl_view *v, struct wl_verdict *out)
{
	mapped_want(v, out, "first", mapped_texts, "near");
}

static void kept_is_mapped(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "left_program", (int)nid, 0);
		wl_want(v, out, "left_libc", (int)nid, wl_get(v, out, "held_libc", (int)nid));
		wl_want(v, out, "left_loader", (int)nid, wl_get(v, out, "held_loader", (int)nid));
	}
	wl_want_some_on(v, out, "left_libc", (int)wl_get(v, out, "near", -1));
}

static void program_follows(const struct wl_view *v, struct wl_verdict *out)
{
	mapped_want(v, out, "again", mapped_program, "far");
	mapped_want(v, out, "again", mapped_own, "far");
}

/* Of what is left it maps no more than there is; what was dropped it reads anew, to its own node. */
static void rest_stays(const struct wl_view *v, struct wl_verdict *out)
{
	int near = (int)wl_get(v, out, "near", -1), far = (int)wl_get(v, out, "far", -1);
	int64_t rest = wl_get(v, out, "again_file", near), first = wl_get(v, out, "first_file", near);
	int64_t left = wl_get(v, out, "left_libc", near) + wl_get(v, out, "left_loader", near);
	int64_t anew = wl_get(v, out, "again_libc", far);

	wl_documented(out, rest > 0 && rest < first && rest <= left && anew > 0, !rest,
		      "what another process maps is not dropped: %lld pages (%lld KiB) stay, of %lld",
		      (long long)rest, (long long)rest * 4, (long long)first);
}

static void alone_follows(const struct wl_view *v, struct wl_verdict *out)
{
	mapped_want(v, out, "alone", mapped_texts, "far");
}

static const struct wl_expect expects[] = {
	{ "first-run", "T2", "the first run has all its text on its own node", first_run },
	{ "kept-is-mapped", "T2",
	  "drop_caches leaves exactly what a process maps: pages of libc and loader, none of the program",
	  kept_is_mapped },
	{ "program-follows", "T2", "run again bound to another node: the program's text and data lie there",
	  program_follows },
	{ "rest-stays", "T2", "run again bound to another node: nothing of it on the first", rest_stays },
	{ "alone-follows", "T2",
	  "once nobody else maps libc, drop_caches and a third run bring all text over", alone_follows },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-holder", .breaks = "Nobody else maps libc.", .fails = "kept-is-mapped rest-stays" },
	{ .name = "never-dropped",
	  .breaks = "The page cache is not dropped.",
	  .fails = "kept-is-mapped program-follows" },
	{ .name = "starts-far", .breaks = "The first run is on `far`.", .fails = "first-run" },
	{ .name = "held-to-the-end",
	  .breaks = "The other process stays to the end.",
	  .fails = "alone-follows" },
};

WORKLOAD(text_dropcache) = {
	.about = "drop_caches lets a program's text move to another node, but not what others still map",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
