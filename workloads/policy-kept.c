/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an area's policy outlives, and who is bound by it. It stays with the addresses over mprotect(2), mremap(2) and
 * madvise(2). Of shared memory it is kept with the file (mm/mempolicy.c, mpol_set_shared_policy), so it holds for
 * whoever maps that. Without one the policy is that of who touches the page first: where that is another process,
 * by process_vm_writev(2), the owner's task policy has no say (get_vma_policy and get_task_policy take `current`).
 *
 * Areas are for node `far`, CPUs of node `near`, but for one bound to both: there the nearest to the CPU comes first,
 * and a home node (set_mempolicy_home_node(2), Linux 5.17) in the CPU's place.
 */
#include <errno.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "workloads/lib/judge.h"
#include "workloads/lib/pair.h"

#define PAGES 16
#define BYTES ((size_t)PAGES * PAGE)

struct kept {
	struct wl *w;
	int near_nid, far_nid;
	struct idset far;
};

static void bind_area(struct kept *k, char *p, const struct idset *nodes)
{
	if (!wl_sabotaged(k->w, "no-policy"))
		wl_mbind(k->w, p, BYTES, MPOL_BIND, nodes, 0);
}

static char *bound_area(struct kept *k)
{
	char *p = wl_map(k->w, BYTES);

	bind_area(k, p, &k->far);
	return p;
}

static void look(struct kept *k, char *p, size_t bytes, const char *metric)
{
	wl_touch(p, bytes, 1);
	wl_place(k->w, metric, p, bytes);
}

static void changes(struct kept *k)
{
	char *p = bound_area(k), *to = wl_map(k->w, 2 * BYTES);

	wl_touch(p, BYTES, 1);
	madvise(p, BYTES, MADV_DONTNEED);
	look(k, p, BYTES, "dropped");
	madvise(p, BYTES, MADV_DONTNEED);
	mprotect(p, BYTES / 2, PROT_READ);
	mprotect(p, BYTES / 2, PROT_READ | PROT_WRITE);
	look(k, p, BYTES, "protected");
	madvise(p, BYTES, MADV_DONTNEED);
	if (mremap(p, BYTES, 2 * BYTES, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		wl_broken(k->w, "mremap: %s", strerror(errno));
	look(k, to, 2 * BYTES, "remapped");
	wl_unmap(to, 2 * BYTES);
}

static void home(struct kept *k)
{
	char *p = wl_map(k->w, BYTES);
	struct idset both = k->far;

	idset_add(&both, (unsigned)k->near_nid);
	bind_area(k, p, &both);
	look(k, p, BYTES, "no_home");
	madvise(p, BYTES, MADV_DONTNEED);
	/* ENOENT: there is no policy to have a home */
	if (syscall(SYS_set_mempolicy_home_node, p, BYTES, (unsigned long)k->far_nid, 0ul) && errno != ENOENT)
		wl_broken(k->w, "set_mempolicy_home_node: %s", strerror(errno));
	look(k, p, BYTES, "home");
	wl_unmap(p, BYTES);
}

/* One process gives shared memory a policy, the other maps it for itself and touches it. */
static void shared(struct kept *k)
{
	int fd = memfd_create("numarig", MFD_CLOEXEC);
	struct pair pair;

	if (fd < 0 || ftruncate(fd, BYTES))
		wl_broken(k->w, "memfd_create: %s", strerror(errno));
	if (pair_fork(k->w, &pair)) {
		char *mine = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		look(k, mine, BYTES, "shared");
		_exit(0);
	}
	char *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	bind_area(k, p, &k->far);
	munmap(p, BYTES);
	pair_end(k->w, &pair);
	close(fd);
}

static void write_into(struct kept *k, pid_t pid, char *p)
{
	char bytes[PAGES] = { 1 };
	struct iovec from = { bytes, sizeof(bytes) }, to[PAGES];

	for (unsigned i = 0; i < PAGES; i++)
		to[i] = (struct iovec){ p + i * PAGE, 1 };
	if (process_vm_writev(pid, &from, 1, to, PAGES, 0) != PAGES)
		wl_broken(k->w, "process_vm_writev: %s", strerror(errno));
}

/* A child bound to the far node has three areas, of which one has a policy; all are touched by its parent only. */
static void touched_by_other(struct kept *k)
{
	char *with = wl_map(k->w, BYTES), *without = wl_map(k->w, BYTES), *by_task = wl_map(k->w, BYTES);
	struct pair pair;

	if (pair_fork(k->w, &pair)) {
		bind_area(k, with, &k->far);
		wl_mempolicy(k->w, MPOL_BIND, &k->far);
		pair_turn(k->w, &pair);
		wl_place(k->w, "others_area", with, BYTES);
		wl_place(k->w, "others_task", without, BYTES);
		wl_place(k->w, "touchers_task", by_task, BYTES);
		_exit(0);
	}
	pair_turn(k->w, &pair);
	wl_pin_node(k->w, wl_sabotaged(k->w, "far-toucher") ? k->far_nid : k->near_nid);
	write_into(k, pair.child, with);
	write_into(k, pair.child, without);
	if (!wl_sabotaged(k->w, "no-policy"))
		wl_mempolicy(k->w, MPOL_BIND, &k->far);
	write_into(k, pair.child, by_task);
	pair_end(k->w, &pair);
	wl_mempolicy(k->w, MPOL_DEFAULT, NULL);
}

static void run(struct wl *w)
{
	struct kept k = { .w = w };

	wl_two_nodes(w, &k.near_nid, &k.far_nid);
	k.far = wl_one(k.far_nid);
	wl_value(w, "near", -1, k.near_nid);
	wl_value(w, "far", -1, k.far_nid);
	wl_pin_node(w, k.near_nid);
	changes(&k);
	home(&k);
	shared(&k);
	touched_by_other(&k);
}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "where the CPUs are" },
	{ "far", "nid", WL_REPORTED, .about = "the other node" },
	{ "dropped", "pages", WL_REPORTED, .about = "of a bound area touched again after MADV_DONTNEED" },
	{ "protected", "pages", WL_REPORTED, .about = "of a bound area that was read-only for half of it" },
	{ "remapped", "pages", WL_REPORTED, .about = "of a bound area, moved and made twice as large" },
	{ "no_home", "pages", WL_REPORTED, .about = "of an area bound to both nodes" },
	{ "home", "pages", WL_REPORTED, .about = "of it with the far node as its home" },
	{ "shared", "pages", WL_REPORTED, .about = "of a memfd bound by one process and touched by another" },
	{ "others_area", "pages", WL_REPORTED, .about = "of a bound area of a process, touched by another" },
	{ "others_task", "pages", WL_REPORTED, .about = "of an area of a bound process, touched by another" },
	{ "touchers_task", "pages", WL_REPORTED, .about = "of such an area when who touches it is bound" },
};

static void want_on(const struct wl_view *v, struct wl_verdict *out, const char *metric, const char *node,
		    int64_t pages)
{
	wl_want_only_on(v, out, metric, (int)wl_get(v, out, node, -1), pages);
}

static void over_changes(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "dropped", "far", PAGES);
	want_on(v, out, "protected", "far", PAGES);
	want_on(v, out, "remapped", "far", 2 * PAGES);
}

static void home_first(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "no_home", "near", PAGES);
	want_on(v, out, "home", "far", PAGES);
}

static void with_the_file(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "shared", "far", PAGES);
}

static void area_binds_others(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "others_area", "far", PAGES);
}

static void toucher_decides(const struct wl_view *v, struct wl_verdict *out)
{
	want_on(v, out, "others_task", "near", PAGES);
	want_on(v, out, "touchers_task", "far", PAGES);
}

static const struct wl_expect expects[] = {
	{ "over-changes", "N4",
	  "an area keeps its policy over MADV_DONTNEED, mprotect(2) and mremap(2), and grows with it",
	  over_changes },
	{ "home-first", "N4",
	  "of nodes bound to, the home node comes first, without one the nearest to the CPU", home_first },
	{ "with-the-file", "N4", "shared memory's policy holds for who maps it later", with_the_file },
	{ "area-binds-others", "N4", "an area's policy holds for another process that touches it",
	  area_binds_others },
	{ "toucher-decides", "N4",
	  "without one the policy of who touches it counts, and its owner's does not", toucher_decides },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-policy",
	  .breaks = "Areas get no policy.",
	  .fails = "over-changes home-first with-the-file area-binds-others toucher-decides" },
	{ .name = "far-toucher",
	  .breaks = "Who touches another's memory runs on the far node.",
	  .fails = "toucher-decides" },
};

WORKLOAD(policy_kept) = {
	.about = "an area's policy stays over changes to it, and holds for whoever touches it",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16, .kernel = "5.17" },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
