/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mount option mpol= of tmpfs: each new file starts with that policy for all its pages (mm/mempolicy.c,
 * mpol_shared_policy_init), and a file's policy goes before the task's (mm/shmem.c, shmem_get_pgoff_policy; in 6.1
 * shmem_pseudo_vma_init). mbind(2) of a mapping replaces the file's policy for pages that are not allocated yet.
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
	  "4 KiB pages of each file; of the interleaved file, for each node" },
};

struct mounted {
	struct wl *w;
	const struct params *p;
	int near, far;
	size_t bytes;
};

static char *new_file(const struct mounted *m, size_t bytes)
{
	int fd = files_new(m->w, AT "/file", 0, bytes);
	char *p = files_map(m->w, fd, bytes, PROT_READ | PROT_WRITE, MAP_SHARED);

	close(fd);
	return p;
}

static void touch_and_place(const struct mounted *m, char *p, size_t bytes, const char *metric)
{
	wl_touch(p, bytes, 1);
	wl_place(m->w, metric, p, bytes);
}

static void bind_near(const struct mounted *m, char *p)
{
	struct idset one = wl_one(wl_sabotaged(m->w, "other-node") ? m->far : m->near);

	wl_mbind(m->w, p, m->bytes, MPOL_BIND, &one, 0);
}

/* Touches files of a mount that is bound to `far`. */
static void on_far(const struct mounted *m)
{
	struct idset near = wl_one(m->near);
	size_t half = m->bytes / 2 / PAGE * PAGE;
	char *p = new_file(m, m->bytes);

	touch_and_place(m, p, m->bytes, "plain");
	munmap(p, m->bytes);
	p = new_file(m, m->bytes);
	wl_mempolicy(m->w, MPOL_BIND, &near);
	touch_and_place(m, p, m->bytes, "task");
	wl_mempolicy(m->w, MPOL_DEFAULT, NULL);
	munmap(p, m->bytes);
	p = new_file(m, m->bytes);
	wl_touch(p, half, 1);
	bind_near(m, p);
	wl_place(m->w, "early", p, half);
	touch_and_place(m, p + half, m->bytes - half, "late");
	munmap(p, m->bytes);
}

/* Remounts, bound to `near`, and touches one file from before and one from after. */
static void remount(const struct mounted *m)
{
	char *old = new_file(m, m->bytes), *new, options[32];

	snprintf(options, sizeof(options), "mpol=bind:%d", m->near);
	if (mount("numarig", AT, "tmpfs", MS_REMOUNT, options))
		wl_broken(m->w, "remount with %s: %s", options, strerror(errno));
	touch_and_place(m, old, m->bytes, "old");
	new = new_file(m, m->bytes);
	touch_and_place(m, new, m->bytes, "new");
	munmap(old, m->bytes); /* the mount must not be busy when it is unmounted */
	munmap(new, m->bytes);
}

/* Touches an interleaved file, and reports how many of its pages lie on the node after that of the page before. */
static void interleaved(const struct mounted *m)
{
	unsigned n = idset_count(&m->w->mem_nodes), steps = 0;
	size_t pages = m->p->pages * n;
	char *p = new_file(m, pages * PAGE);
	int nid[WL_NODES * 2];

	touch_and_place(m, p, pages * PAGE, "interleave");
	wl_page_nodes(m->w, p, 2 * n, nid);
	for (unsigned i = 1; i < 2 * n; i++) {
		unsigned next = idset_next(&m->w->mem_nodes, (unsigned)nid[i - 1] + 1);

		steps += nid[i] == (int)(next == IDSET_MAX ? idset_next(&m->w->mem_nodes, 0) : next);
	}
	wl_value(m->w, "steps", -1, steps);
}

static void run(struct wl *w)
{
	struct mounted m = { .w = w, .p = w->params };

	wl_two_nodes(w, &m.near, &m.far);
	wl_value(w, "near", -1, m.near);
	wl_value(w, "far", -1, m.far);
	m.bytes = m.p->pages * PAGE;
	wl_pin_node(w, m.near);
	if (wl_sabotaged(w, "no-option"))
		files_mount(w, "tmpfs", AT, "");
	else
		files_mount_on(w, AT, "bind", m.far);
	on_far(&m);
	remount(&m);
	files_unmount(w, AT);
	files_mount(w, "tmpfs", AT, wl_sabotaged(m.w, "no-option") ? "" : "mpol=interleave");
	interleaved(&m);
}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED,
	  .about = "the first node with CPUs and memory, from which the files are touched" },
	{ "far", "nid", WL_REPORTED, .about = "the node farthest from it, which the mount is bound to" },
	{ "plain", "pages", WL_REPORTED, .about = "of a file on the mount bound to far" },
	{ "task", "pages", WL_REPORTED,
	  .about = "of a file on the mount bound to far, touched by a task bound to near" },
	{ "early", "pages", WL_REPORTED,
	  .about = "of a file on the mount bound to far, touched before its mapping is bound to near" },
	{ "late", "pages", WL_REPORTED,
	  .about = "of a file on the mount bound to far, touched after its mapping is bound to near" },
	{ "old", "pages", WL_REPORTED,
	  .about = "of a file made before the remount with a policy for near, touched after it" },
	{ "new", "pages", WL_REPORTED, .about = "of a file made after the remount with a policy for near" },
	{ "interleave", "pages", WL_REPORTED, .about = "of a file on a mount that interleaves" },
	{ "steps", "1", WL_REPORTED,
	  .about =
		  "pages of the interleaved file that lie on the node after the previous page's, in two rounds" },
};

static const struct wl_expect expects[] = {
	{ "by-mount", "T8",
	  "tmpfs mounted with mpol=bind:NODE: a file's pages are on that node, none elsewhere",
	  .wants = WL_WANTS({ "plain", "pages", "only on far" }) },
	{ "over-task", "T8",
	  "tmpfs mounted with mpol=bind:NODE: pages touched by a task bound to another node are on the mount's node",
	  .wants = WL_WANTS({ "task", "pages", "only on far" }) },
	{ "mapping-over", "T8",
	  "mbind(2) of a tmpfs mapping: pages touched later are on the node bound to, earlier ones stay on the mount's node",
	  .wants = WL_WANTS({ "early", "pages / 2", "only on far" },
			    { "late", "pages - pages / 2", "only on near" }) },
	{ "files-keep", "T8",
	  "tmpfs remounted with another mpol: pages of old files go by the old policy, pages of new files by the new one",
	  .wants = WL_WANTS({ "old", "pages", "only on far" }, { "new", "pages", "only on near" }) },
	{ "interleaves", "T8",
	  "tmpfs mounted with mpol=interleave: a file's pages go to all nodes with memory in turn, equally many to each",
	  .wants = WL_WANTS({ "interleave", "pages", "each node" }, { "steps", "2 * mem_nodes - 1" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "no-option", "The file systems are mounted without mpol.",
	  "by-mount over-task files-keep interleaves" },
	{ "other-node", "Mappings are bound to the node of the mount.", "mapping-over" },
};

WORKLOAD(tmpfs_mpol) = {
	.about = "tmpfs mounted with mpol= places its files' pages by that policy, not by the task's",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never thp.shmem=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
