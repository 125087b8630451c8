/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Program text is page cache. It is placed once, when it is read, by the policy of the task that reads it
 * (filemap_alloc_folio; the policy of a file's mapping counts on tmpfs only), and lies there for whoever
 * comes later.
 */
#include <stdio.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/sitter.h"

struct params {
	uint64_t fault;
};

enum { ALL_NEAR = 1, ALL_FAR, KEEP_CACHE, DROP_CACHE, FOURTH_FILE };

static const struct wl_param params[] = {
	{ "fault", WL_U64, offsetof(struct params, fault), "0", 0, FOURTH_FILE,
	  "for the tests: 1 every run is on `near`; 2 on `far`; 3 the page cache is never dropped; 4 before every run; "
	  "5 the runs map the text of a fourth file" },
	WL_PARAM_END,
};

struct runs {
	struct wl *w;
	int near, far;
};

/* From CPUs of node `from`, bound to node nid (-1: not at all); with or without what the runs before have
 * cached. */
static void sit(const struct runs *r, const char *name, bool cold, int from, int nid)
{
	const struct params *p = r->w->params;
	const char *const env[] = { p->fault == FOURTH_FILE ? "LD_PRELOAD=libnuma.so.1" : NULL, NULL };
	int only = p->fault == ALL_NEAR ? r->near : p->fault == ALL_FAR ? r->far : -1;
	struct sitter s;

	if ((cold && p->fault != KEEP_CACHE) || p->fault == DROP_CACHE)
		sitter_drop_caches(r->w);
	sitter_start(r->w, &s, only < 0 ? from : only, only < 0 || nid < 0 ? nid : only, env);
	wl_phase(r->w, name);
	wl_maps(r->w, name, s.pid);
	sitter_stop(r->w, &s);
}

static void run(struct wl *w)
{
	struct runs r = { .w = w };

	wl_two_nodes(w, &r.near, &r.far);
	wl_value(w, "near", -1, r.near);
	wl_value(w, "far", -1, r.far);
	sit(&r, "first", false, r.near, -1);
	sit(&r, "second", false, r.near, r.far);
	/* numactl from the bound node itself; `shell` shows what it does from elsewhere */
	sit(&r, "cold", true, r.far, r.far);
	sit(&r, "warm", false, r.near, r.near);
	sit(&r, "shell", true, r.near, r.far);
	sitter_drop_caches(w);
}

/* clang-format off */
#define MAPPED(run, name, source, which, what) \
	{ run "_" name, "pages", source, which, NULL, run, .about = what " (" run " run)", .process = run }
#define MAPPED_BY(run)                                                                     \
	MAPPED(run, "program", WL_MAPS_TEXT, "/bin/sitter", "the program's text"),         \
	MAPPED(run, "libc", WL_MAPS_TEXT, "/libc.so.6", "libc's text"),                    \
	MAPPED(run, "loader", WL_MAPS_TEXT, "/ld-linux-x86-64.so.2", "the loader's text"), \
	MAPPED(run, "text", WL_MAPS_TEXT, NULL, "all files' text"),                        \
	MAPPED(run, "file", WL_MAPS_FILE, NULL, "all page cache"),                         \
	MAPPED(run, "heap", WL_MAPS_ANON, "[heap]", "heap"),                               \
	MAPPED(run, "stack", WL_MAPS_ANON, "[stack]", "stack"),                            \
	MAPPED(run, "data", WL_MAPS_ANON, "/bin/sitter", "the program's data"),            \
	MAPPED(run, "anon", WL_MAPS_ANON, NULL, "all of its own")

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it" },
	MAPPED_BY("first"), MAPPED_BY("second"), MAPPED_BY("cold"), MAPPED_BY("warm"), MAPPED_BY("shell"),
	WL_METRIC_END,
};
/* clang-format on */

static const char *const texts[] = { "program", "libc", "loader", NULL };
static const char *const libraries[] = { "libc", "loader", NULL };
static const char *const program[] = { "program", NULL };
static const char *const own[] = { "heap", "stack", "data", "anon", NULL };

/* Some pages of each kind, all of them on the node that the metric `node` names. */
static void want(const struct wl_view *v, struct wl_verdict *out, const char *run, const char *const *kinds,
		 const char *node)
{
	char name[WL_WORDS];

	for (; *kinds; kinds++) {
		snprintf(name, sizeof(name), "%s_%s", run, *kinds);
		wl_want_some_on(v, out, name, (int)wl_get(v, out, node, -1));
	}
}

static void first_reader(const struct wl_view *v, struct wl_verdict *out)
{
	want(v, out, "first", texts, "near");
}

static void own_pages(const struct wl_view *v, struct wl_verdict *out)
{
	want(v, out, "second", own, "far");
	want(v, out, "cold", own, "far");
	want(v, out, "warm", own, "near");
}

static void three_files(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "second_text", (int)nid,
			wl_get(v, out, "second_program", (int)nid) + wl_get(v, out, "second_libc", (int)nid) +
				wl_get(v, out, "second_loader", (int)nid));
	}
}

static bool holds(const struct wl_view *v, struct wl_verdict *out, const char *run, const char *const *kinds,
		  const char *node)
{
	struct wl_verdict test = { 0 };

	want(v, &test, run, kinds, node);
	if (test.outcome == OUTCOME_BROKEN)
		wl_worse(out, OUTCOME_BROKEN, "%s", test.why);
	return test.outcome == OUTCOME_PASS;
}

static void text_stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented(out, holds(v, out, "second", texts, "near"), holds(v, out, "second", texts, "far"),
		      "text lies where the earlier, unbound run cached it");
}

static void cold_text(const struct wl_view *v, struct wl_verdict *out)
{
	want(v, out, "cold", texts, "far");
}

static void warm_text(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented(out, holds(v, out, "warm", texts, "far"), holds(v, out, "warm", texts, "near"),
		      "text still lies where the run before was bound");
}

static void shell_text(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented(
		out, holds(v, out, "shell", libraries, "near") && holds(v, out, "shell", program, "far"),
		holds(v, out, "shell", texts, "far"),
		"numactl maps libc and loader before it binds: they lie where it ran, the program as bound");
}

static const struct wl_expect expects[] = {
	{ "first-reader", "T1",
	  "the first run, unbound, brings the text of all three files to its CPU's node", first_reader },
	{ "own-pages", "T1 T3", "numactl -N -m: heap, stack and data on the node bound to, none elsewhere",
	  own_pages },
	{ "three-files", "T1", "program, libc and loader are all the text there is", three_files },
	{ "text-stays", "T1", "bound to another node than the run before, its text is on that node",
	  text_stays },
	{ "cold-text", "T3", "with nothing cached, a bound run has its text on the node bound to",
	  cold_text },
	{ "warm-text", "T3", "the next run, bound to another node, has its text on that one", warm_text },
	{ "shell-text", "T3", "with nothing cached, the same by a numactl that was started on another node",
	  shell_text },
	WL_EXPECT_END,
};

WORKLOAD(text_binding) = {
	.about = "program text stays on the node that cached it, whatever numactl --membind says",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.params = params,
	.params_size = sizeof(struct params),
	.metrics = metrics,
	.expects = expects,
	.timeout_s = 30,
	.run = run,
};
