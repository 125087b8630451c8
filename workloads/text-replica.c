/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One copy of the text per node, space for time. Processes on several nodes share the text of one file, which is remote to
 * all but one of them. A process whose program and libraries come from a tmpfs of its own, mounted with mpol=bind:NODE, has
 * local text.
 */
#include <stdio.h>
#include <string.h>

#include "workloads/lib/files.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/mapped.h"
#include "workloads/lib/named.h"
#include "workloads/lib/waiter.h"
#include "workloads/lib/text.h"

#define EXT4_MOST \
	16 /* blocks that ext4lazyinit, a kernel thread, may read meanwhile on any node; one was seen */
#define NODES 4

static const char *const before[NODES] = { "before0", "before1", "before2", "before3" };
static const char *const after[NODES] = { "after0", "after1", "after2", "after3" };

struct replicas {
	struct wl *w;
	int nid[NODES];
	unsigned n;
	struct text text; /* its files are the ones to copy */
	char at[NODES][32];
};

/* Starts a process on each node, bound to it, and reports where its text lies. */
static void observe(struct replicas *r, const char *phase, const char *const *names, bool replica)
{
	struct waiter s[NODES];

	for (unsigned i = 0; i < r->n; i++)
		waiter_start(r->w, &s[i],
			     &(struct waiter_how){ .root = replica ? r->at[i] : NULL,
						   .from = r->nid[i],
						   .bind = r->nid[i],
						   .direct = true });
	wl_phase(r->w, phase);
	for (unsigned i = 0; i < r->n; i++) {
		wl_maps(r->w, names[i], s[i].pid);
		text_split(r->w, s[i].pid, r->nid[i], WL_NAMED(phase, "local"), WL_NAMED(phase, "remote"));
	}
	if (!replica)
		text_read(r->w, &r->text, s[0].pid);
	for (unsigned i = 0; i < r->n; i++)
		waiter_stop(r->w, &s[i]);
}

/* Copies the files from the first node's CPUs, so that only the mounts' policies bring the copies to their nodes. */
static void copy_files(struct replicas *r)
{
	char to[256];

	for (unsigned i = 0; i < r->n; i++) {
		snprintf(r->at[i], sizeof(r->at[i]), "/tmp/replica%u", i);
		if (wl_sabotaged(r->w, "no-policy"))
			files_mount(r->w, "tmpfs", r->at[i], "");
		else
			files_mount_on(r->w, r->at[i], "bind", r->nid[i]);
		for (size_t j = 0; j < r->text.files; j++) {
			snprintf(to, sizeof(to), "%s%s", r->at[i], r->text.file[j] + strlen(WAITER_ROOT));
			files_copy(r->w, r->text.file[j], to);
		}
	}
}

static void run(struct wl *w)
{
	static struct replicas r;

	r.w = w;
	r.n = waiter_nodes(w, r.nid, NODES);
	waiter_drop_caches(w);
	if (wl_sabotaged(w, "cached-before"))
		waiter_show(w, "cached", &(struct waiter_how){ .from = r.nid[1], .bind = -1 });
	wl_value(w, "processes", -1, r.n);
	for (unsigned i = 0; i < r.n; i++)
		wl_value(w, WL_NAMED(after[i], "node"), -1, r.nid[i]);
	observe(&r, "before", before, false);
	wl_pin_node(w, r.nid[0]);
	int64_t pages = 0;
	for (size_t i = 0; i < r.text.files; i++) {
		files_read(w, r.text.file[i]);
		pages += files_pages(w, r.text.file[i]);
	}
	wl_value(w, "files", -1, pages);
	wl_phase(w, "read");
	copy_files(&r);
	wl_phase(w, "copied");
	observe(&r, "after", after, true);
	for (unsigned i = 0; i < r.n && !wl_sabotaged(w, "kept-mounted"); i++)
		files_unmount(w, r.at[i]);
	wl_phase(w, "given-back");
}

/* clang-format off */
#define PROCESS(i) \
	{ "after" #i "_node", "nid", WL_REPORTED, .about = "the node where process " #i " runs, before and after" }, \
	MAPPED_AT("before", "before" #i, "text", WL_MAPS_TEXT, NULL, "all text, shared"), \
	MAPPED_AT("after", "after" #i, "text", WL_MAPS_TEXT, NULL, "all text, with a replica per node")

static const struct wl_metric metrics[] = {
	{ "processes", "1", WL_REPORTED, .about = "processes, each bound to a node of its own" },
	PROCESS(0), PROCESS(1), PROCESS(2), PROCESS(3),
	{ "before_local", "pages", WL_REPORTED, .about = "of the text of this node's process, shared, on this node" },
	{ "before_remote", "pages", WL_REPORTED, .better = WL_LOWER,
	  .about = "of the text of this node's process, shared, on other nodes" },
	{ "after_local", "pages", WL_REPORTED, .about = "of the text of this node's process, with replicas, on this node" },
	{ "after_remote", "pages", WL_REPORTED, .better = WL_LOWER,
	  .about = "of the text of this node's process, with replicas, on other nodes" },
	{ "files", "pages", WL_REPORTED, .about = "of the program and its libraries: what one replica holds" },
	{ "cost", "pages", WL_NODE_VMSTAT, "nr_shmem", "read", "copied", WL_LOWER,
	  .about = "of tmpfs (nr_shmem) that the node's replica takes" },
	{ "cost_file", "pages", WL_NODE_VMSTAT, "nr_file_pages", "read", "copied", WL_LOWER,
	  .about = "of page cache (nr_file_pages) that the node's replica takes" },
	{ "back", "pages", WL_NODE_VMSTAT, "nr_shmem", "read", "given-back",
	  .about = "of tmpfs (nr_shmem) that the node still has more of once the replicas are unmounted" },
};
/* clang-format on */

static int process_nid(const struct wl_view *v, struct wl_verdict *out, unsigned i)
{
	return (int)wl_get(v, out, WL_NAMED(after[i], "node"), -1);
}

static void shared_remote(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned i = 0; i < wl_count(v, out, "processes", NODES); i++) {
		wl_want_some_on(v, out, WL_NAMED(before[i], "text"), process_nid(v, out, 0));
		wl_want_least(v, out, "before_remote", process_nid(v, out, i), i > 0);
	}
}

static void replica_local(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned i = 0; i < wl_count(v, out, "processes", NODES); i++) {
		wl_want_some_on(v, out, WL_NAMED(after[i], "text"), process_nid(v, out, i));
		wl_want(v, out, "after_remote", process_nid(v, out, i), 0);
	}
}

/* A replica holds all pages of its files, whether a process maps them or not, once on each node of a process. */
static void costs(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t files = wl_get(v, out, "files", -1);

	idset_foreach (nid, &v->mem_nodes) {
		int64_t pages = wl_has(v, "after_local", (int)nid) ? files : 0;

		wl_want(v, out, "cost", (int)nid, pages);
		wl_want_least(v, out, "cost_file", (int)nid, pages);
		wl_want_most(v, out, "cost_file", (int)nid, pages + EXT4_MOST);
	}
}

/* clang-format off */
#define FETCHED(when, what) \
	{ when "_fetched_local", "instructions", WL_TRACE_CPU_NODE, "fetches user local", .until = when, .process = "text", \
	  .about = "fetched by this node's process, " what ", from text on this node" }, \
	{ when "_fetched_remote", "instructions", WL_TRACE_CPU_NODE, "fetches user remote", .until = when, .process = "text", \
	  .better = WL_LOWER, .about = "fetched by this node's process, " what ", from text on other nodes" }

static const struct wl_metric trace_metrics[] = {
	FETCHED("before", "shared"), FETCHED("after", "with a replica per node"),
};
/* clang-format on */

static void fetches_remote(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned i = 0; i < wl_count(v, out, "processes", NODES); i++) {
		int nid = process_nid(v, out, i);

		wl_want_least(v, out, i ? "before_fetched_remote" : "before_fetched_local", nid, 1);
		wl_want(v, out, i ? "before_fetched_local" : "before_fetched_remote", nid, 0);
	}
}

/* All processes execute one program with the same input: their counts of instructions are equal to the unit. */
static void fetches_local(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t all = wl_get(v, out, "before_fetched_local", process_nid(v, out, 0));

	for (unsigned i = 0; i < wl_count(v, out, "processes", NODES); i++) {
		wl_want(v, out, "after_fetched_local", process_nid(v, out, i), all);
		wl_want(v, out, "after_fetched_remote", process_nid(v, out, i), 0);
	}
}

static const struct wl_expect trace_expects[] = {
	{ "fetches-remote", "T6",
	  "shared text: the first process fetches every instruction from its own node, each other process from a remote node",
	  fetches_remote },
	{ "fetches-local", "T6",
	  "with a text replica per node each process fetches all its instructions from its own node, as many as with shared text",
	  fetches_local },
};

static const struct wl_expect expects[] = {
	{ "shared-remote", "T6",
	  "processes on several nodes that execute one file share its text on the first process's node, remote to the others",
	  shared_remote },
	{ "replica-local", "T6",
	  "text replica on tmpfs mounted mpol=bind:NODE: all text of the node's process is on that node, none elsewhere",
	  replica_local },
	{ "costs", "T6",
	  "a text replica takes as many tmpfs pages on its node as its files have, and none on other nodes",
	  costs },
	{ "comes-back", "T6", "unmounting the text replicas frees all their tmpfs pages on each node",
	  .wants = WL_WANTS({ "back", "0", "each node" }) },
};

#define NO_POLICY "The file systems are mounted without mpol."
#define CACHED_BEFORE "The second node has cached the text before."

static const struct wl_sabotage sabotage[] = {
	{ "no-policy", NO_POLICY, "replica-local costs" },
	{ "cached-before", CACHED_BEFORE, "shared-remote" },
	{ "kept-mounted", "The replicas stay mounted.", "comes-back" },
	{ "no-policy", NO_POLICY, "fetches-local", "--trace" },
	{ "cached-before", CACHED_BEFORE, "fetches-remote", "--trace" },
};

WORKLOAD(text_replica) = {
	.about =
		"a copy of the text per node makes it local to every process, at the cost of its pages on each node",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.trace_metrics = WL_LIST(trace_metrics),
	.trace_expects = WL_LIST(trace_expects),
	.timeout_s = 30,
	.run = run,
};
