/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of one program, each bound to a node of its own, while the page cache has the text of a.out, libx.so and liby.so on
 * three of these nodes. The page cache has each file once for all processes, on the node where it was read
 * (filemap_alloc_folio() goes by the reading task). The copies execute the text of all three files for a moment.
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

#define STEPS 8 /* of guests/programs/lib/steps.c: each is a call, some work and a return */

static const struct wl_param params[] = {
	{ "rounds", WL_U64, offsetof(struct params, rounds), "1000", 1, 100000000,
	  "how often each copy executes the libraries' text" },
};

static const char *const copies[COPIES] = { "copy0", "copy1", "copy2", "copy3" };
static const char *const files[FILES] = { "program", "x", "y" };
static const char *const paths[FILES] = { WAITER_ROOT WAITER, WAITER_ROOT LIBX, WAITER_ROOT LIBY };

/* Reads each file on a node of its own, its home, with nothing cached; with fewer nodes than files, in turn. */
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
}

/* clang-format off */
#define FILE_OF(name, file) \
	{ name "_home", "nid", WL_REPORTED, .about = "the node on which " file " is read" }, \
	{ name "_pages", "pages", WL_REPORTED, .about = "of " file }, \
	{ name "_read", "pages", WL_REPORTED, .about = "of " file " in the page cache, once it is read" }, \
	{ name "_cached", "pages", WL_REPORTED, .about = "of " file " in the page cache while all copies run" }
#define COPY(run) \
	{ run "_node", "nid", WL_REPORTED, .about = "the node that " run " is bound to" }, \
	MAPPED_AT("copies", run, "program", WL_MAPS_TEXT, "/bin/waiter", "a.out's text"), \
	MAPPED_AT("copies", run, "x", WL_MAPS_TEXT, "/libx.so", "libx.so's text"), \
	MAPPED_AT("copies", run, "y", WL_MAPS_TEXT, "/liby.so", "liby.so's text"), \
	MAPPED_AT("copies", run, "anon", WL_MAPS_ANON, NULL, "all anonymous pages and private copies")

static const struct wl_metric metrics[] = {
	{ "copies", "1", WL_REPORTED, .about = "copies of the program, each bound to a node" },
	FILE_OF("program", "a.out"), FILE_OF("x", "libx.so"), FILE_OF("y", "liby.so"),
	COPY("copy0"), COPY("copy1"), COPY("copy2"), COPY("copy3"),
	{ "local", "pages", WL_REPORTED, .about = "of all text of this node's copy, on this node" },
	{ "remote", "pages", WL_REPORTED, .better = WL_LOWER, .about = "of all text of this node's copy, on other nodes" },
};
/* clang-format on */

/* How many copies there are depends on the machine's nodes, so that the checks of each copy are no rows. */
static unsigned count_copies(const struct wl_view *v, struct wl_verdict *out)
{
	return wl_count(v, out, "copies", COPIES);
}

static int nid_of(const struct wl_view *v, struct wl_verdict *out, const char *name, const char *what)
{
	return (int)wl_get(v, out, WL_NAMED(name, what), -1);
}

static void own_pages(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned i = 0; i < count_copies(v, out); i++)
		wl_want_some_on(v, out, WL_NAMED(copies[i], "anon"), nid_of(v, out, copies[i], "node"));
}

/* Whether the copy's text of the file lies on the node and on no other; *out gets BROKEN only. */
static bool lies_on(const struct wl_view *v, struct wl_verdict *out, const char *copy, const char *file,
		    int nid)
{
	struct wl_verdict test = { 0 };

	wl_want_some_on(v, &test, WL_NAMED(copy, file), nid);
	if (test.outcome == OUTCOME_BROKEN)
		wl_worse(out, OUTCOME_BROKEN, "%s", test.why);
	return test.outcome == OUTCOME_PASS;
}

static void across(const struct wl_view *v, struct wl_verdict *out)
{
	bool documented = true, wished = true;

	for (unsigned i = 0; i < FILES * count_copies(v, out); i++) {
		const char *file = files[i % FILES], *copy = copies[i / FILES];

		documented &= lies_on(v, out, copy, file, nid_of(v, out, file, "home"));
		wished &= lies_on(v, out, copy, file, nid_of(v, out, copy, "node"));
	}
	wl_documented(out, documented, wished,
		      "the copies fetch each file's text from the node it was read on: %lld pages are remote",
		      (long long)wl_sum(v, out, "remote"));
}

/* clang-format off */
#define FETCHED(file, what, region) \
	{ file "_fetched_local", "instructions", WL_TRACE_CPU_NODE, "fetches user local", .until = "copies", .process = region, \
	  .about = "of " what " fetched by this node's copy, from text on this node" }, \
	{ file "_fetched_remote", "instructions", WL_TRACE_CPU_NODE, "fetches user remote", .until = "copies", .process = region, \
	  .better = WL_LOWER, .about = "of " what " fetched by this node's copy, from text on other nodes" }

static const struct wl_metric trace_metrics[] = {
	FETCHED("program", "a.out", "program"), FETCHED("x", "libx.so", "libx"), FETCHED("y", "liby.so", "liby"),
	FETCHED("libc", "libc", "libc"),
};
/* clang-format on */

/*
 * Every instruction of the file that a copy fetches comes from the file's home, which is remote to all copies but the one
 * that runs there. `exactly`: so many instructions; 0: one or more.
 */
static void fetched_from(const struct wl_view *v, struct wl_verdict *out, const char *file, int64_t exactly)
{
	const char *local = WL_NAMED(file, "fetched_local"), *remote = WL_NAMED(file, "fetched_remote");
	int home = nid_of(v, out, file, "home");

	for (unsigned i = 0; i < count_copies(v, out); i++) {
		int nid = nid_of(v, out, copies[i], "node");
		const char *some = nid == home ? local : remote, *none = nid == home ? remote : local;

		wl_want(v, out, none, nid, 0);
		if (exactly)
			wl_want(v, out, some, nid, exactly);
		else
			wl_want_least(v, out, some, nid, 1);
	}
}

static void fetched_from_home(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned i = 0; i < FILES; i++)
		fetched_from(v, out, files[i], 0);
}

/* libx.so and liby.so have the same code and each copy executes both equally often: one count, a multiple of the rounds. */
static void fetched_alike(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t rounds = (int64_t)((const struct params *)v->params)->rounds;
	int home = nid_of(v, out, "x", "home");
	int64_t n = wl_get(v, out, "x_fetched_local", home);

	wl_want_least(v, out, "x_fetched_local", home, rounds * STEPS * 2);
	wl_want(v, out, "x_fetched_local", home, n / rounds * rounds);
	fetched_from(v, out, "x", n);
	fetched_from(v, out, "y", n);
}

static const struct wl_expect trace_expects[] = {
	{ "fetched-from-home", "T4",
	  "each copy fetches all instructions of a file from the node where the file was read: remote to all copies but one",
	  fetched_from_home },
	{ "fetched-alike", "T4",
	  "each copy fetches the same number of instructions of libx.so and liby.so, whether their text is local or remote",
	  fetched_alike },
};

/* clang-format off */
/* The page cache has every page of the file, and on its home only. */
#define WHOLE(file, when) { file "_" when, file "_pages", "only on " file "_home" }

static const struct wl_expect expects[] = {
	{ "cold-read", "T4",
	  "a file read with nothing cached: the page cache has all its pages on the reader's node, none elsewhere",
	  .wants = WL_WANTS(WHOLE("program", "read"), WHOLE("x", "read"), WHOLE("y", "read")) },
	{ "across", "T4", "numactl -N -m of a copy, files cached on other nodes: the copy's text is on the node bound to", across },
	{ "one-copy", "T4",
	  "with copies of a program on several nodes the page cache has each file once, on the node where it was read",
	  .wants = WL_WANTS(WHOLE("program", "cached"), WHOLE("x", "cached"), WHOLE("y", "cached")) },
	{ "own-pages", "T4", "numactl -N -m of a copy: its anonymous pages are on the node bound to, none elsewhere", own_pages },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "one-reader", "All files are read on one node.", "cold-read across one-copy" },
	{ "not-bound", "The copies are not bound.", "own-pages" },
	{ "one-reader", "All files are read on one node.", "fetched-from-home fetched-alike", "--trace" },
};

WORKLOAD(text_copies) = {
	.about =
		"copies of a program on several nodes fetch its text across nodes: the page cache has each page once",
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
