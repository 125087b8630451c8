/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Program text is page cache. It is placed once, when it is read, by the policy of the task that reads it
 * (filemap_alloc_folio; the policy of a file's mapping counts on tmpfs only), and lies there for whoever
 * comes later.
 */
#include "workloads/lib/judge.h"
#include "workloads/lib/mapped.h"
#include "workloads/lib/waiter.h"

struct runs {
	struct wl *w;
	int near, far;
};

/* From CPUs of node `from`, bound to node nid (-1: not at all); with or without what the runs before have
 * cached. */
static void observe(const struct runs *r, const char *name, bool cold, int from, int nid)
{
	const char *const env[] = { wl_sabotaged(r->w, "fourth-file") ? "LD_PRELOAD=libnuma.so.1" : NULL,
				    NULL };
	int only = wl_sabotaged(r->w, "all-near") ? r->near : wl_sabotaged(r->w, "all-far") ? r->far : -1;
	struct waiter_how how = { .from = only < 0 ? from : only,
				  .bind = only < 0 || nid < 0 ? nid : only,
				  .env = env };

	if (cold || wl_sabotaged(r->w, "drop-cache"))
		waiter_drop_caches(r->w);
	waiter_show(r->w, name, &how);
}

static void run(struct wl *w)
{
	struct runs r = { .w = w };

	wl_two_nodes(w, &r.near, &r.far);
	wl_value(w, "near", -1, r.near);
	wl_value(w, "far", -1, r.far);
	observe(&r, "first", false, r.near, -1);
	observe(&r, "second", false, r.near, r.far);
	/* numactl from the bound node itself; `shell` shows what it does from elsewhere */
	observe(&r, "cold", true, r.far, r.far);
	observe(&r, "warm", false, r.near, r.near);
	observe(&r, "shell", true, r.near, r.far);
}

/* clang-format off */
#define MAPPED_BY(run) MAPPED_TEXTS(run), MAPPED_OWN(run)

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it" },
	MAPPED_BY("first"), MAPPED_BY("second"), MAPPED_BY("cold"), MAPPED_BY("warm"), MAPPED_BY("shell"),
};
/* clang-format on */

/*
 * What numactl has touched of the libraries lies where it ran. The rest the program brings itself, to where it is
 * bound: none of libc or a dozen pages, by how far the windows of the readers before happened to reach.
 */
#define LEFT_BY_NUMACTL(file)                          \
	{ "shell_" file, ">= 1", "on near" },          \
	{                                              \
		"shell_" file, "0", "not on near, far" \
	}

static const struct wl_expect expects[] = {
	{ "first-reader", "T1",
	  "first run, not bound: the text of program, libc and loader is on its CPU's node, none elsewhere",
	  .wants = WL_WANTS(MAPPED_WANT_TEXTS("first", "near")) },
	{ "own-pages", "T1 T3",
	  "numactl -N -m, three runs: heap, stack, data and all anonymous pages are on the node bound to, none elsewhere",
	  .wants = WL_WANTS(MAPPED_WANT_OWN("second", "far"), MAPPED_WANT_OWN("cold", "far"),
			    MAPPED_WANT_OWN("warm", "near")) },
	{ "three-files", "T1",
	  "program, libc and loader together are all the text that the process maps, on each node",
	  .wants = WL_WANTS({ "second_text", "second_program + second_libc + second_loader", "each node" }) },
	{ "text-stays", "T1",
	  "second run, bound to another node than the first: its text is on the node bound to",
	  .documented = WL_WANTS(MAPPED_WANT_TEXTS("second", "near")),
	  .wished = WL_WANTS(MAPPED_WANT_TEXTS("second", "far")),
	  .why = "text lies where the earlier, unbound run cached it" },
	{ "cold-text", "T3",
	  "cold cache, numactl started on the node bound to: the text is on that node, none elsewhere",
	  .wants = WL_WANTS(MAPPED_WANT_TEXTS("cold", "far")) },
	{ "warm-text", "T3",
	  "warm cache, bound to another node than the run before: the text is on the node bound to",
	  .documented = WL_WANTS(MAPPED_WANT_TEXTS("warm", "far")),
	  .wished = WL_WANTS(MAPPED_WANT_TEXTS("warm", "near")),
	  .why = "text still lies where the run before was bound" },
	{ "shell-text", "T3", "cold cache, numactl started on another node: the text is on the node bound to",
	  .documented = WL_WANTS(MAPPED_WANT("shell", "program", "far"), LEFT_BY_NUMACTL("libc"),
				 LEFT_BY_NUMACTL("loader")),
	  .wished = WL_WANTS(MAPPED_WANT_TEXTS("shell", "far")),
	  .why = "numactl maps libc and loader before it binds: they lie where it ran, the program as bound" },
};

static const struct wl_sabotage sabotage[] = {
	{ "all-near", "Every run is on the near node.", "own-pages cold-text warm-text shell-text" },
	{ "all-far", "Every run is on the far node.", "first-reader" },
	{ "drop-cache", "The page cache is dropped before every run.", "text-stays" },
	{ "fourth-file", "The runs map the text of a fourth file.", "three-files" },
};

WORKLOAD(text_binding) = {
	.about = "program text stays on the node that cached it, whatever numactl --membind says",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
