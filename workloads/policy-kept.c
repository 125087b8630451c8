/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes that an area's policy outlives, and processes that it holds for. It stays with the addresses over mprotect(2),
 * mremap(2) and madvise(2). Of shared memory it is kept with the file (mm/mempolicy.c, mpol_set_shared_policy), so it
 * holds for each process that maps the file. A page of an area without one comes by the policy of the task that touches
 * it first: where that is another process, by process_vm_writev(2), the owner's task policy is not looked at
 * (get_vma_policy and get_task_policy take `current`).
 *
 * Areas are for node `far`, CPUs of node `near`, but for one area bound to both nodes: there the nearest to the CPU comes
 * first, or to the home node (set_mempolicy_home_node(2), Linux 5.17) if there is one.
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

#define PAGES 16 /* as the rows below have it */
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
	pair_end(k->w, &pair);
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

/* A child bound to the far node has three areas, one of them with a policy. Only its parent touches them. */
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

/* clang-format off */
#define PAGES_OF(name, what) { name, "pages", WL_REPORTED, .about = what }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the node of the CPUs" },
	{ "far", "nid", WL_REPORTED, .about = "the node that policies are for" },
	PAGES_OF("dropped", "of a bound area touched anew after MADV_DONTNEED"),
	PAGES_OF("protected", "of a bound area touched anew after half of it was read-only"),
	PAGES_OF("remapped", "of a bound area touched anew after mremap(2) moved it and made it twice as large"),
	PAGES_OF("no_home", "of an area bound to both nodes"),
	PAGES_OF("home", "of an area bound to both nodes, with the far node as its home node"),
	PAGES_OF("shared", "of a memfd bound by one process and touched by another"),
	PAGES_OF("others_area", "of a bound area, touched by another process"),
	PAGES_OF("others_task", "of an area without a policy of a bound task, touched by another process"),
	PAGES_OF("touchers_task", "of an area without a policy, touched by another process, which is bound"),
};

#define ALL_ON(name, node) { name, "16", "only on " node }

static const struct wl_expect expects[] = {
	{ "over-changes", "N4",
	  "a bound area keeps its policy over MADV_DONTNEED, mprotect(2) and mremap(2), also for what mremap(2) adds",
	  .wants = WL_WANTS(ALL_ON("dropped", "far"), ALL_ON("protected", "far"), { "remapped", "2 * 16", "only on far" }) },
	{ "home-first", "N4",
	  "an area bound to two nodes: all pages are on its home node, without a home node on the one nearest to the CPU",
	  .wants = WL_WANTS(ALL_ON("no_home", "near"), ALL_ON("home", "far")) },
	{ "with-the-file", "N4",
	  "mbind(2) of shared memory holds for a process that maps the file later: its pages are on the node bound to",
	  .wants = WL_WANTS(ALL_ON("shared", "far")) },
	{ "area-binds-others", "N4",
	  "pages of a bound area that another process touches first (process_vm_writev) are on the node bound to",
	  .wants = WL_WANTS(ALL_ON("others_area", "far")) },
	{ "toucher-decides", "N4",
	  "an area without a policy, first touched by another process: pages come by that process's policy, not the owner's",
	  .wants = WL_WANTS(ALL_ON("others_task", "near"), ALL_ON("touchers_task", "far")) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "no-policy", "Areas get no policy.",
	  "over-changes home-first with-the-file area-binds-others toucher-decides" },
	{ "far-toucher", "The process that touches another's memory runs on the far node.",
	  "toucher-decides" },
};

WORKLOAD(policy_kept) = {
	.about = "an area's policy outlives changes to the area, and holds for each process that touches it",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16, .kernel = "5.17" },
	.knobs = "thp.enabled=never",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
