/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Program text is page cache. It is placed once, when it is read, by the policy of the task that reads it
 * (filemap_alloc_folio; the policy of a file's mapping counts on tmpfs only), and lies there for whoever
 * comes later.
 */
#include "workloads/lib/judge.h"
#include "workloads/lib/mapped.h"
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
	struct sitter_how how = { .from = only < 0 ? from : only,
				  .bind = only < 0 || nid < 0 ? nid : only,
				  .env = env };

	if ((cold && p->fault != KEEP_CACHE) || p->fault == DROP_CACHE)
		sitter_drop_caches(r->w);
	sitter_show(r->w, name, &how);
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
#define MAPPED_BY(run) MAPPED_TEXTS(run), MAPPED_OWN(run)

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it" },
	MAPPED_BY("first"), MAPPED_BY("second"), MAPPED_BY("cold"), MAPPED_BY("warm"), MAPPED_BY("shell"),
	WL_METRIC_END,
};
/* clang-format on */

static void first_reader(const struct wl_view *v, struct wl_verdict *out)
{
	mapped_want(v, out, "first", mapped_texts, "near");
}

static void own_pages(const struct wl_view *v, struct wl_verdict *out)
{
	mapped_want(v, out, "second", mapped_own, "far");
	mapped_want(v, out, "cold", mapped_own, "far");
	mapped_want(v, out, "warm", mapped_own, "near");
}

static void three_files(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "second_text", (int)nid,
			wl_get(v, out, "second_program", (int)nid) + wl_get(v, out, "second_libc", (int)nid) +
				wl_get(v, out, "second_loader", (int)nid));
	}
}

static void text_stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented(out, mapped_holds(v, out, "second", mapped_texts, "near"),
		      mapped_holds(v, out, "second", mapped_texts, "far"),
		      "text lies where the earlier, unbound run cached it");
}

static void cold_text(const struct wl_view *v, struct wl_verdict *out)
{
	mapped_want(v, out, "cold", mapped_texts, "far");
}

static void warm_text(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented(out, mapped_holds(v, out, "warm", mapped_texts, "far"),
		      mapped_holds(v, out, "warm", mapped_texts, "near"),
		      "text still lies where the run before was bound");
}

/*
 * What numactl has touched of the libraries lies where it ran. The rest the program brings itself, to where it is
 * bound: none of libc or a dozen pages, by how far the windows of the readers before happened to reach.
 */
static bool libraries_left(const struct wl_view *v, struct wl_verdict *out)
{
	static const char *const libraries[] = { "shell_libc", "shell_loader" };
	int near = (int)wl_get(v, out, "near", -1), far = (int)wl_get(v, out, "far", -1);
	bool left = true;

	for (int i = 0; i < 2; i++)
		idset_foreach (nid, &v->mem_nodes) {
			int64_t pages = wl_get(v, out, libraries[i], (int)nid);

			left = left && ((int)nid == near ? pages > 0 : (int)nid == far || !pages);
		}
	return left;
}

static void shell_text(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented(
		out, libraries_left(v, out) && mapped_holds(v, out, "shell", mapped_program, "far"),
		mapped_holds(v, out, "shell", mapped_texts, "far"),
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
