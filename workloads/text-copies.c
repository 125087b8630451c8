/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of one program, each bound to a node of its own, while the page cache has the text of a.out, libx.so
 * and liby.so on three of them: there is one copy of each file's pages, for all, where it was read
 * (filemap_alloc_folio takes the reading task's node). The copies execute all that text for a moment.
 */
#include <stdio.h>
#include <string.h>

#include "workloads/lib/files.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/mapped.h"
#include "workloads/lib/named.h"
#include "workloads/lib/waiter.h"
#include "workloads/lib/text.h"

#define COPIES 4
#define FILES 3

struct params {
	uint64_t rounds;
};

#define STEPS 8 /* of guests/programs/lib/steps.c: a call, some work and a return each */

static const struct wl_param params[] = {
	{ "rounds", WL_U64, offsetof(struct params, rounds), "1000", 1, 100000000,
	  "how often each copy executes the libraries' text" },
};

static const char *const copies[COPIES] = { "copy0", "copy1", "copy2", "copy3" };
static const char *const files[FILES] = { "program", "x", "y" };
static const char *const paths[FILES] = { WAITER_ROOT WAITER, WAITER_ROOT LIBX, WAITER_ROOT LIBY };

/* Each file's home: the node it is read on, with nothing cached. As many as there are nodes, then from the first again. */
static void read_apart(struct wl *w, const int *nid, unsigned n)
{
	for (unsigned i = 0; i < FILES; i++) {
		wl_pin_node(w, nid[wl_sabotaged(w, "one-reader") ? 0 : i % n]);
		files_read(w, paths[i]);
		wl_value(w, WL_NAMED(files[i], "home"), -1, nid[i % n]);
		wl_value(w, WL_NAMED(files[i], "pages"), -1, files_pages(w, paths[i]));
		files_place(w, WL_NAMED(files[i], "read"), paths[i]);
	}
}

static void start(struct wl *w, struct waiter *s, int nid, int first)
{
	const struct params *p = w->params;
	char rounds[24];
	const char *const args[] = { rounds, LIBX, LIBY, NULL };
	bool bound = !wl_sabotaged(w, "not-bound");

	snprintf(rounds, sizeof(rounds), "%llu", (unsigned long long)p->rounds);
	waiter_start(
		w, s,
		&(struct waiter_how){ .from = bound ? nid : first, .bind = bound ? nid : -1, .args = args });
}

static void run(struct wl *w)
{
	struct waiter waiter[COPIES];
	int nid[COPIES];
	unsigned n = waiter_nodes(w, nid, COPIES);

	waiter_drop_caches(w);
	read_apart(w, nid, n);
	wl_value(w, "copies", -1, n);
	for (unsigned i = 0; i < n; i++)
		start(w, &waiter[i], nid[i], nid[0]);
	wl_phase(w, "copies");
	for (unsigned i = 0; i < n; i++) {
		wl_value(w, WL_NAMED(copies[i], "node"), -1, nid[i]);
		wl_maps(w, copies[i], waiter[i].pid);
		text_split(w, waiter[i].pid, nid[i], "local", "remote");
	}
	for (unsigned i = 0; i < FILES; i++)
		files_place(w, WL_NAMED(files[i], "cached"), paths[i]);
	for (unsigned i = 0; i < n; i++)
		waiter_stop(w, &waiter[i]);
	waiter_drop_caches(w);
}

/* clang-format off */
#define FILE_OF(name, what) \
	{ name "_home", "nid", WL_REPORTED, .about = "where " what " is read" }, \
	{ name "_pages", "pages", WL_REPORTED, .about = what " has" }, \
	{ name "_read", "pages", WL_REPORTED, .about = what " in the page cache, once read" }, \
	{ name "_cached", "pages", WL_REPORTED, .about = what " in the page cache, with all copies running" }
#define COPY(run) \
	{ run "_node", "nid", WL_REPORTED, .about = "what this copy is bound to" }, \
	MAPPED_AT("copies", run, "program", WL_MAPS_TEXT, "/bin/waiter", "a.out's text"), \
	MAPPED_AT("copies", run, "x", WL_MAPS_TEXT, "/libx.so", "libx.so's text"), \
	MAPPED_AT("copies", run, "y", WL_MAPS_TEXT, "/liby.so", "liby.so's text"), \
	MAPPED_AT("copies", run, "anon", WL_MAPS_ANON, NULL, "all of its own")

static const struct wl_metric metrics[] = {
	{ "copies", "1", WL_REPORTED, .about = "of the program, each bound to a node" },
	FILE_OF("program", "a.out"), FILE_OF("x", "libx.so"), FILE_OF("y", "liby.so"),
	COPY("copy0"), COPY("copy1"), COPY("copy2"), COPY("copy3"),
	{ "local", "pages", WL_REPORTED, .about = "all text of the copy on this node, that lies there" },
	{ "remote", "pages", WL_REPORTED, .better = WL_LOWER, .about = "... that lies on others" },
};
/* clang-format on */

/* Every page of each file in the page cache, once, and on its home. */
static void whole(const struct wl_view *v, struct wl_verdict *out, const char *when)
{
	for (unsigned i = 0; i < FILES; i++)
		wl_want_only_on(v, out, WL_NAMED(files[i], when),
				(int)wl_get(v, out, WL_NAMED(files[i], "home"), -1),
				wl_get(v, out, WL_NAMED(files[i], "pages"), -1));
}

static void cold_read(const struct wl_view *v, struct wl_verdict *out)
{
	whole(v, out, "read");
}

static void one_copy(const struct wl_view *v, struct wl_verdict *out)
{
	whole(v, out, "cached");
}

static void own_pages(const struct wl_view *v, struct wl_verdict *out)
{
	static const char *const anon[] = { "anon", NULL };

	for (unsigned i = 0; i < wl_count(v, out, "copies", COPIES); i++)
		mapped_want(v, out, copies[i], anon, WL_NAMED(copies[i], "node"));
}

/* Of the three files a copy has those on its node whose home it is. */
static void across(const struct wl_view *v, struct wl_verdict *out)
{
	bool documented = true, wished = true;

	for (unsigned i = 0; i < FILES * wl_count(v, out, "copies", COPIES); i++) {
		const char *file = files[i % FILES],
			   *copy = copies[i / FILES], *const kind[] = { file, NULL };

		documented &= mapped_holds(v, out, copy, kind, WL_NAMED(file, "home"));
		wished &= mapped_holds(v, out, copy, kind, WL_NAMED(copy, "node"));
	}
	wl_documented(out, documented, wished,
		      "each copy fetches the text of some files from their homes: %lld pages remote",
		      (long long)wl_sum(v, out, "remote"));
}

/* clang-format off */
#define FETCHED(file, what, region) \
	{ file "_fetched_local", "instructions", WL_TRACE_CPU_NODE, "fetches user local", .until = "copies", .process = region, \
	  .about = "of the copy that runs on this node, in " what ": its text is here" }, \
	{ file "_fetched_remote", "instructions", WL_TRACE_CPU_NODE, "fetches user remote", .until = "copies", .process = region, \
	  .better = WL_LOWER, .about = "... its text is elsewhere" }

static const struct wl_metric trace_metrics[] = {
	FETCHED("program", "a.out", "program"), FETCHED("x", "libx.so", "libx"), FETCHED("y", "liby.so", "liby"),
	FETCHED("libc", "libc", "libc"),
};
/* clang-format on */

/* All that a copy fetches of the file it fetches from the file's home: remote for all copies but the one that lives there. */
static void fetched_from(const struct wl_view *v, struct wl_verdict *out, const char *file, int home,
			 int64_t most)
{
	const char *local = WL_NAMED(file, "fetched_local"), *remote = WL_NAMED(file, "fetched_remote");

	for (unsigned i = 0; i < wl_count(v, out, "copies", COPIES); i++) {
		int nid = (int)wl_get(v, out, WL_NAMED(copies[i], "node"), -1);
		const char *some = nid == home ? local : remote, *none = nid == home ? remote : local;

		wl_want(v, out, none, nid, 0);
		wl_want_least(v, out, some, nid, most ? most : 1);
		if (most)
			wl_want_most(v, out, some, nid, most);
	}
}

static void fetched_from_home(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned i = 0; i < FILES; i++)
		fetched_from(v, out, files[i], (int)wl_get(v, out, WL_NAMED(files[i], "home"), -1), 0);
}

/* Two libraries of the same code, executed as often by each copy: the count is one for all, and so many a round. */
static void fetched_alike(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t rounds = (int64_t)((const struct params *)v->params)->rounds;
	int home = (int)wl_get(v, out, "x_home", -1);
	int64_t n = wl_get(v, out, "x_fetched_local", home);

	wl_want_least(v, out, "x_fetched_local", home, rounds * STEPS * 2);
	wl_want(v, out, "x_fetched_local", home, n / rounds * rounds);
	for (unsigned i = 0; i < FILES; i++)
		if (strcmp(files[i], "program") != 0)
			fetched_from(v, out, files[i], (int)wl_get(v, out, WL_NAMED(files[i], "home"), -1),
				     n);
}

static const struct wl_expect trace_expects[] = {
	{ "fetched-from-home", "T4",
	  "each copy fetches every instruction of a file from the node it was read on: remote but for one copy",
	  fetched_from_home },
	{ "fetched-alike", "T4",
	  "the copies execute the same number of instructions of both libraries, remote or not",
	  fetched_alike },
};

static const struct wl_expect expects[] = {
	{ "cold-read", "T4", "a file read on a node with nothing cached is cached there, all of it",
	  cold_read },
	{ "across", "T4", "a copy bound to a node by numactl has its text there", across },
	{ "one-copy", "T4", "however many run, the page cache has each file once, where it was read",
	  one_copy },
	{ "own-pages", "T4", "what is each copy's own lies on its node, none elsewhere", own_pages },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "one-reader",
	  .breaks = "All files are read on one node.",
	  .fails = "cold-read across one-copy" },
	{ .name = "not-bound", .breaks = "The copies are not bound.", .fails = "own-pages" },
	{ .name = "one-reader",
	  .breaks = "All files are read on one node.",
	  .fails = "fetched-from-home fetched-alike",
	  .options = "--trace" },
};

WORKLOAD(text_copies) = {
	.about =
		"copies of a program on several nodes fetch its text across nodes: there is one of each page",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.trace_metrics = WL_LIST(trace_metrics),
	.trace_expects = WL_LIST(trace_expects),
	.timeout_s = 30,
	.run = run,
};
