/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program runs on one node and ends, the page cache is dropped, and the program runs again, bound to another node. Pages
 * that some process still maps are not dropped (mm/truncate.c, mapping_evict_folio), so part of libc stays behind.
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

/* Reports what is cached of the program and of the holder's files, libc and the loader. */
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
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory, where the first run is" },
	{ "far", "nid", WL_REPORTED, .about = "the node farthest from it, which the second and third run are bound to" },
	MAPPED_TEXTS("first"),
	MAPPED("held", "libc", WL_MAPS_FILE, "/libc.so.6", "libc in the page cache"),
	MAPPED("held", "loader", WL_MAPS_FILE, "/ld-linux-x86-64.so.2", "the loader in the page cache"),
	{ "left_program", "pages", WL_REPORTED, .about = "of the program in the page cache after drop_caches" },
	{ "left_libc", "pages", WL_REPORTED, .about = "of libc in the page cache after drop_caches" },
	{ "left_loader", "pages", WL_REPORTED, .about = "of the loader in the page cache after drop_caches" },
	MAPPED_TEXTS("again"), MAPPED_OWN("again"),
	MAPPED_TEXTS("alone"),
};
/* clang-format on */

static const struct wl_expect expects[] = {
	{ "first-run", "T2",
	  "first run, nothing cached: the text of program, libc and loader is on the run's node, none elsewhere",
	  .wants = WL_WANTS(MAPPED_WANT_TEXTS("first", "near")) },
	{ "kept-is-mapped", "T2",
	  "drop_caches leaves exactly the pages of libc and loader that another process maps, and none of the program",
	  .wants = WL_WANTS({ "left_program", "0", "each node" }, { "left_libc", "held_libc", "each node" },
			    { "left_loader", "held_loader", "each node" },
			    { "left_libc", ">= 1", "only on near" }) },
	{ "program-follows", "T2",
	  "second run after drop_caches, bound to another node: the program's text and own pages are on that node, none elsewhere",
	  .wants = WL_WANTS(MAPPED_WANT("again", "program", "far"), MAPPED_WANT_OWN("again", "far")) },
	/* The second run maps no more of what is left than there is. What was dropped, as the program is, it reads to its own node. */
	{ "rest-stays", "T2",
	  "second run after drop_caches, bound to another node: none of the file pages it maps is on the first run's node",
	  .documented =
		  WL_WANTS({ "again_file", ">= 1", "on near" }, { "again_file", "< first_file", "on near" },
			   { "again_file", "<= left_libc + left_loader", "on near" }),
	  .wished = WL_WANTS({ "again_file", "0", "on near" }),
	  .why = "drop_caches leaves pages of libc and loader that another process maps: they stay on the first run's node" },
	{ "alone-follows", "T2",
	  "third run after drop_caches, no other process mapping libc: all text is on the node bound to, none elsewhere",
	  .wants = WL_WANTS(MAPPED_WANT_TEXTS("alone", "far")) },
};

static const struct wl_sabotage sabotage[] = {
	{ "no-holder", "No other process maps libc.", "kept-is-mapped rest-stays" },
	{ "never-dropped", "The page cache is not dropped.", "kept-is-mapped program-follows" },
	{ "starts-far", "The first run is on the far node.", "first-run" },
	{ "held-to-the-end", "The other process maps libc to the end.", "alone-follows" },
};

WORKLOAD(text_dropcache) = {
	.about =
		"drop_caches lets a program's text move to another node, but not the pages that other processes map",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
