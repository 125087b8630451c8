/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mount option mpol= of tmpfs: each new file starts with that policy for all its pages (mm/mempolicy.c,
 * mpol_shared_policy_init), and a file's policy is looked at before the task's (mm/shmem.c, shmem_get_pgoff_policy;
 * 6.1: shmem_pseudo_vma_init). A mapping's mbind(2) replaces it, for pages that are still to come.
 */
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "workloads/lib/files.h"
#include "workloads/lib/judge.h"

#define AT "/tmp/tmpfs-mpol"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "32", 2, 1024,
	  "4 KiB pages of each file; for each node where it is interleaved" },
};

struct act {
	struct wl *w;
	const struct params *p;
	int near, far;
	size_t bytes;
};

static char *new_file(const struct act *a, size_t bytes)
{
	int fd = files_new(a->w, AT "/file", 0, bytes);
	char *p = files_map(a->w, fd, bytes, PROT_READ | PROT_WRITE, MAP_SHARED);

	close(fd);
	return p;
}

static void touch_and_place(const struct act *a, char *p, size_t bytes, const char *metric)
{
	wl_touch(p, bytes, 1);
	wl_place(a->w, metric, p, bytes);
}

static void bind_near(const struct act *a, char *p)
{
	struct idset one = wl_one(wl_sabotaged(a->w, "other-node") ? a->far : a->near);

	wl_mbind(a->w, p, a->bytes, MPOL_BIND, &one, 0);
}

/* Files of a mount that is bound to `far`. */
static void on_far(const struct act *a)
{
	struct idset near = wl_one(a->near);
	size_t half = a->bytes / 2 / PAGE * PAGE;
	char *p = new_file(a, a->bytes);

	touch_and_place(a, p, a->bytes, "plain");
	munmap(p, a->bytes);
	p = new_file(a, a->bytes);
	wl_mempolicy(a->w, MPOL_BIND, &near);
	touch_and_place(a, p, a->bytes, "task");
	wl_mempolicy(a->w, MPOL_DEFAULT, NULL);
	munmap(p, a->bytes);
	p = new_file(a, a->bytes);
	wl_touch(p, half, 1);
	bind_near(a, p);
	wl_place(a->w, "early", p, half);
	touch_and_place(a, p + half, a->bytes - half, "late");
	munmap(p, a->bytes);
}

/* One file from before it is mounted anew, bound to `near`, and one from after. */
static void remount(const struct act *a)
{
	char *old = new_file(a, a->bytes), *new, options[32];

	snprintf(options, sizeof(options), "mpol=bind:%d", a->near);
	if (mount("numarig", AT, "tmpfs", MS_REMOUNT, options))
		wl_broken(a->w, "remount with %s: %s", options, strerror(errno));
	touch_and_place(a, old, a->bytes, "old");
	new = new_file(a, a->bytes);
	touch_and_place(a, new, a->bytes, "new");
	munmap(old, a->bytes);
	munmap(new, a->bytes);
}

/* How many pages lie on the node that follows that of the page before. */
static void interleaved(const struct act *a)
{
	unsigned n = idset_count(&a->w->mem_nodes), steps = 0;
	size_t pages = a->p->pages * n;
	char *p = new_file(a, pages * PAGE);
	int nid[WL_NODES * 2];

	touch_and_place(a, p, pages * PAGE, "interleave");
	wl_page_nodes(a->w, p, 2 * n, nid);
	for (unsigned i = 1; i < 2 * n; i++) {
		unsigned next = idset_next(&a->w->mem_nodes, (unsigned)nid[i - 1] + 1);

		steps += nid[i] == (int)(next == IDSET_MAX ? idset_next(&a->w->mem_nodes, 0) : next);
	}
	wl_value(a->w, "steps", -1, steps);
	munmap(p, pages * PAGE);
}

static void run(struct wl *w)
{
	struct act a = { .w = w, .p = w->params };

	wl_two_nodes(w, &a.near, &a.far);
	wl_value(w, "near", -1, a.near);
	wl_value(w, "far", -1, a.far);
	a.bytes = a.p->pages * PAGE;
	wl_pin_node(w, a.near);
	if (wl_sabotaged(a.w, "no-option"))
		files_mount(w, "tmpfs", AT, "");
	else
		files_mount_on(w, AT, "bind", a.far);
	on_far(&a);
	remount(&a);
	files_unmount(w, AT);
	files_mount(w, "tmpfs", AT, wl_sabotaged(a.w, "no-option") ? "" : "mpol=interleave");
	interleaved(&a);
	files_unmount(w, AT);
}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED,
	  .about = "the first node with CPUs and memory: what touches runs there" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it: what the mount is bound to" },
	{ "plain", "pages", WL_REPORTED, .about = "of a file" },
	{ "task", "pages", WL_REPORTED, .about = "of a file, touched by a task that is bound to near" },
	{ "early", "pages", WL_REPORTED, .about = "of a file, touched before its mapping is bound to near" },
	{ "late", "pages", WL_REPORTED, .about = "... after it" },
	{ "old", "pages", WL_REPORTED,
	  .about = "of a file from before the mount is bound to near, touched after" },
	{ "new", "pages", WL_REPORTED, .about = "of a file from after" },
	{ "interleave", "pages", WL_REPORTED, .about = "of a file on a mount that interleaves" },
	{ "steps", "1", WL_REPORTED,
	  .about = "from page to page of it, in two rounds, that go to the next node" },
};

static void want_on(const struct wl_view *v, struct wl_verdict *out, const char *metric, const char *node,
		    int64_t pages)
{
	wl_want_only_on(v, out, metric, (int)wl_get(v, out, node, -1), pages);
}

static int64_t pages_of(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

static void by_mount(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "plain", "far", pages_of(v));
}

static void over_task(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "task", "far", pages_of(v));
}

static void mapping_over(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "early", "far", pages_of(v) / 2);
	want_on(v, out, "late", "near", pages_of(v) - pages_of(v) / 2);
}

static void files_keep(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "old", "far", pages_of(v));
	want_on(v, out, "new", "near", pages_of(v));
}

static void interleaves(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "interleave", (int)nid, pages_of(v));
	}
	wl_want(v, out, "steps", -1, 2 * (int64_t)idset_count(&v->mem_nodes) - 1);
}

static const struct wl_expect expects[] = {
	{ "by-mount", "T8", "mpol=bind: a file's pages lie on that node, none elsewhere", by_mount },
	{ "over-task", "T8", "also when the task that touches them is bound to another", over_task },
	{ "mapping-over", "T8",
	  "a mapping that is bound has what is touched then on its own node, what was there stays",
	  mapping_over },
	{ "files-keep", "T8",
	  "mounted anew with another mpol: old files go by the old one, new files by the new", files_keep },
	{ "interleaves", "T8", "mpol=interleave: page by page over all nodes with memory, as many on each",
	  interleaves },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-option",
	  .breaks = "Mounted without mpol.",
	  .fails = "by-mount over-task files-keep interleaves" },
	{ .name = "other-node",
	  .breaks = "Mappings are bound to the node of the mount.",
	  .fails = "mapping-over" },
};

WORKLOAD(tmpfs_mpol) = {
	.about = "tmpfs mounted with mpol= places its files' pages by it, whatever policy the task has",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never thp.shmem=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
