/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a file's pages go where a mapping of it is bound to. Page cache is allocated for the file, not for a
 * mapping: by the policy of the task that needs it (mm/filemap.c, filemap_alloc_folio). tmpfs and memfd keep the
 * policies of mappings with the file (mm/shmem.c, shmem_set_policy), so all its mappings share them. hugetlbfs looks at
 * the mapping that faults (mm/hugetlb.c, dequeue_hugetlb_folio_vma): there it counts, and is not shared.
 */
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/files.h"
#include "workloads/lib/hugetlb.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "32", 1, 4096, "4 KiB pages of each file" },
};

static const struct kind {
	const char *name, *path; /* NULL: a memfd */
	unsigned flags;		 /* of the memfd */
} kinds[] = {
	{ "ext4", "/ext4/tmp/area", 0 },  { "ramfs", "/tmp/ramfs/area", 0 },
	{ "tmpfs", "/dev/shm/area", 0 },  { "memfd", NULL, 0 },
	{ "hugetlb", NULL, MFD_HUGETLB },
};

struct act {
	struct wl *w;
	const struct params *p;
	int near, far, to; /* to: what is bound to */
	size_t bytes;
	int fd;
	const char *metric;
};

static void touch_file(struct wl *w, const void *arg)
{
	const struct act *a = arg;
	char *p = files_map(a->w, a->fd, a->bytes, PROT_READ | PROT_WRITE, MAP_SHARED);

	wl_touch(p, a->bytes, 1);
	wl_place(w, a->metric, p, a->bytes);
	munmap(p, a->bytes);
}

/* Binds a mapping of a new file, or this task, and touches it by this mapping or by another process's. */
static void place(struct act *a, const struct kind *k, const char *how)
{
	struct idset to = wl_one(a->to);
	bool task = !strcmp(how, "task"), other = !strcmp(how, "other");

	a->bytes = k->flags ? HUGE : a->p->pages * PAGE;
	a->fd = files_new(a->w, k->path, k->flags, a->bytes);
	a->metric = WL_NAMED(k->name, how);
	char *p = files_map(a->w, a->fd, a->bytes, PROT_READ | PROT_WRITE, MAP_SHARED);
	if (task)
		wl_mempolicy(a->w, MPOL_BIND, &to);
	else
		wl_mbind(a->w, p, a->bytes, MPOL_BIND, &to, 0);
	if (other) {
		wl_apart(a->w, touch_file, a);
	} else {
		wl_touch(p, a->bytes, 1);
		wl_place(a->w, a->metric, p, a->bytes);
	}
	wl_mempolicy(a->w, MPOL_DEFAULT, NULL);
	munmap(p, a->bytes);
	close(a->fd);
}

static void run(struct wl *w)
{
	struct act a = { .w = w, .p = w->params };

	wl_two_nodes(w, &a.near, &a.far);
	wl_value(w, "near", -1, a.near);
	wl_value(w, "far", -1, a.far);
	a.to = wl_sabotaged(a.w, "other-node") ? a.near : a.far;
	wl_pin_node(w, wl_sabotaged(a.w, "touched-far") ? a.far : a.near);
	files_mount(w, "ramfs", "/tmp/ramfs", "");
	hugepool_add(w, a.near, 1);
	hugepool_add(w, a.far, 1);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		place(&a, &kinds[i], "area");
		place(&a, &kinds[i], "other");
		place(&a, &kinds[i], "task");
	}
	files_unmount(w, "/tmp/ramfs");
}

/* clang-format off */
#define KIND(name) \
	{ name "_area", "pages", WL_REPORTED, .about = "of a file on " name ", touched by the mapping that is bound" }, \
	{ name "_other", "pages", WL_REPORTED, .about = "... by another process's mapping" }, \
	{ name "_task", "pages", WL_REPORTED, .about = "... by a task that is bound" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: what touches runs there" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it: what mapping or task are bound to" },
	KIND("ext4"), KIND("ramfs"), KIND("tmpfs"), KIND("memfd"), KIND("hugetlb"),
};
/* clang-format on */

static int64_t pages_of(const struct wl_view *v, const char *kind)
{
	return strcmp(kind, "hugetlb") ? (int64_t)((const struct params *)v->params)->pages
				       : (int64_t)HUGE_PAGES;
}

static void want_on_far(const struct wl_view *v, struct wl_verdict *out, const char *kind, const char *how)
{
	wl_want_only_on(v, out, WL_NAMED(kind, how), (int)wl_get(v, out, "far", -1), pages_of(v, kind));
}

/* All on `near`, where it was touched, instead of where it is bound to. */
static void ignored(const struct wl_view *v, struct wl_verdict *out, const char *kind, const char *how,
		    const char *why)
{
	wl_documented_on(v, out, WL_NAMED(kind, how), pages_of(v, kind), (int)wl_get(v, out, "near", -1),
			 (int)wl_get(v, out, "far", -1), "%s: %s", kind, why);
}

static void page_cache_ignores(const struct wl_view *v, struct wl_verdict *out)
{
	ignored(v, out, "ext4", "area", "page cache goes by the task's policy, not by the mapping's");
	ignored(v, out, "ramfs", "area", "page cache goes by the task's policy, not by the mapping's");
}

static void shmem_honours(const struct wl_view *v, struct wl_verdict *out)
{
	want_on_far(v, out, "tmpfs", "area");
	want_on_far(v, out, "memfd", "area");
}

static void shmem_shares(const struct wl_view *v, struct wl_verdict *out)
{
	want_on_far(v, out, "tmpfs", "other");
	want_on_far(v, out, "memfd", "other");
}

static void hugetlb_honours(const struct wl_view *v, struct wl_verdict *out)
{
	want_on_far(v, out, "hugetlb", "area");
}

static void hugetlb_shares(const struct wl_view *v, struct wl_verdict *out)
{
	ignored(v, out, "hugetlb", "other", "a mapping's policy is not the file's, as it is on tmpfs");
}

static void by_task(const struct wl_view *v, struct wl_verdict *out)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		want_on_far(v, out, kinds[i].name, "task");
}

static const struct wl_expect expects[] = {
	{ "page-cache-ignores", "T8",
	  "bound by mbind: a file's pages on ext4 and ramfs lie on the node bound to", page_cache_ignores },
	{ "shmem-honours", "T8", "bound by mbind: pages of tmpfs and memfd lie there, none elsewhere",
	  shmem_honours },
	{ "shmem-shares", "T8",
	  "one process binds its mapping, another touches: pages of tmpfs and memfd lie there",
	  shmem_shares },
	{ "hugetlb-honours", "T8", "bound by mbind: a huge page of hugetlbfs lies there", hugetlb_honours },
	{ "hugetlb-shares", "T8", "one process binds its mapping, another touches: a huge page lies there",
	  hugetlb_shares },
	{ "by-task", "T8", "bound by set_mempolicy: pages of all five kinds lie there, none elsewhere",
	  by_task },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "other-node",
	  .breaks = "Bound to `near`.",
	  .fails = "shmem-honours shmem-shares hugetlb-honours by-task" },
	{ .name = "touched-far",
	  .breaks = "Touched from CPUs of `far`.",
	  .fails = "page-cache-ignores hugetlb-shares" },
};

WORKLOAD(fs_policy) = {
	.about =
		"a mapping's policy places the pages of tmpfs, memfd and hugetlbfs, not those of ext4 and ramfs",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never thp.shmem=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
