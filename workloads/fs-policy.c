/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a file's pages go to the node that a mapping of the file is bound to. Page cache is allocated for the file and not
 * for a mapping, by the policy of the task that needs it (mm/filemap.c, filemap_alloc_folio). tmpfs and memfd keep a
 * mapping's policy with the file (mm/shmem.c, shmem_set_policy), so that all mappings of the file share it. hugetlbfs takes
 * the policy of the mapping that faults (mm/hugetlb.c, dequeue_hugetlb_folio_vma), so that other mappings do not share it.
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

struct area {
	struct wl *w;
	const struct params *p;
	int near, far, to; /* to: the node that mapping or task are bound to */
	size_t bytes;
	int fd;
	const char *metric;
};

static void touch_file(struct wl *w, const void *arg)
{
	const struct area *a = arg;
	char *p = files_map(a->w, a->fd, a->bytes, PROT_READ | PROT_WRITE, MAP_SHARED);

	wl_touch(p, a->bytes, 1);
	wl_place(w, a->metric, p, a->bytes);
	munmap(p, a->bytes);
}

/* Binds a mapping of a new file, or this task, and touches the file by this mapping or by another process's. */
static void place(struct area *a, const struct kind *k, const char *how)
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
	struct area a = { .w = w, .p = w->params };

	wl_two_nodes(w, &a.near, &a.far);
	wl_value(w, "near", -1, a.near);
	wl_value(w, "far", -1, a.far);
	a.to = wl_sabotaged(w, "other-node") ? a.near : a.far;
	wl_pin_node(w, wl_sabotaged(w, "touched-far") ? a.far : a.near);
	files_mount(w, "ramfs", "/tmp/ramfs", "");
	hugepool_add(w, a.near, 1);
	hugepool_add(w, a.far, 1);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		place(&a, &kinds[i], "area");
		place(&a, &kinds[i], "other");
		place(&a, &kinds[i], "task");
	}
}

/* clang-format off */
#define KIND(name) \
	{ name "_area", "pages", WL_REPORTED, .about = "of a file on " name ", touched by the mapping that is bound" }, \
	{ name "_other", "pages", WL_REPORTED, \
	  .about = "of a file on " name ", touched by another process's mapping than the one that is bound" }, \
	{ name "_task", "pages", WL_REPORTED, .about = "of a file on " name ", touched by a task that is bound" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory, from which the files are touched" },
	{ "far", "nid", WL_REPORTED, .about = "the node farthest from it, which mapping or task are bound to" },
	KIND("ext4"), KIND("ramfs"), KIND("tmpfs"), KIND("memfd"), KIND("hugetlb"),
};
/* clang-format on */

static const struct wl_expect expects[] = {
	{ "page-cache-ignores", "T8",
	  "mbind(2) of a mapping, touched from another node: the file's pages on ext4 and ramfs are on the node bound to",
	  .documented = WL_WANTS({ "ext4_area", "pages", "only on near" },
				 { "ramfs_area", "pages", "only on near" }),
	  .wished =
		  WL_WANTS({ "ext4_area", "pages", "only on far" }, { "ramfs_area", "pages", "only on far" }),
	  .why = "page cache of ext4 and ramfs is placed by the task's policy, not by the mapping's" },
	{ "shmem-honours", "T8",
	  "mbind(2) of a mapping: the file's pages on tmpfs and memfd are on the node bound to, none elsewhere",
	  .wants = WL_WANTS({ "tmpfs_area", "pages", "only on far" },
			    { "memfd_area", "pages", "only on far" }) },
	{ "shmem-shares", "T8",
	  "mbind(2) of one process's mapping, touched by another's: pages on tmpfs and memfd are on the node bound to",
	  .wants = WL_WANTS({ "tmpfs_other", "pages", "only on far" },
			    { "memfd_other", "pages", "only on far" }) },
	{ "hugetlb-honours", "T8",
	  "mbind(2) of a mapping: the huge page of a hugetlbfs file is on the node bound to, none elsewhere",
	  .wants = WL_WANTS({ "hugetlb_area", "HUGE_PAGES", "only on far" }) },
	{ "hugetlb-shares", "T8",
	  "mbind(2) of one process's mapping, touched by another's: a hugetlbfs file's huge page is on the node bound to",
	  .documented = WL_WANTS({ "hugetlb_other", "HUGE_PAGES", "only on near" }),
	  .wished = WL_WANTS({ "hugetlb_other", "HUGE_PAGES", "only on far" }),
	  .why = "on hugetlbfs a mapping's policy is not the file's, as it is on tmpfs" },
	{ "by-task", "T8",
	  "set_mempolicy(2) with MPOL_BIND: a file's pages on ext4, ramfs, tmpfs, memfd and hugetlbfs are on the node bound to",
	  .wants =
		  WL_WANTS({ "ext4_task", "pages", "only on far" }, { "ramfs_task", "pages", "only on far" },
			   { "tmpfs_task", "pages", "only on far" }, { "memfd_task", "pages", "only on far" },
			   { "hugetlb_task", "HUGE_PAGES", "only on far" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "other-node", "Mapping and task are bound to the near node.",
	  "shmem-honours shmem-shares hugetlb-honours by-task" },
	{ "touched-far", "CPUs of the far node touch the files.", "page-cache-ignores hugetlb-shares" },
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
