/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving the pages of a shared file mapping by mbind(2) with MPOL_MF_MOVE: on ext4, where a mapping's policy places no page,
 * and on tmpfs. Dirty pages move as clean ones do and stay dirty, they are not written back first (ext4 has .migrate_folio =
 * buffer_migrate_folio, tmpfs migrate_folio). Pages that one process maps twice stay, because they count as shared:
 * folio_likely_mapped_shared() goes by mappings and not by processes, and so does page_mapcount() in 6.1.
 */
#include <errno.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/files.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/named.h"
#include "workloads/lib/waiter.h"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "32", 1, 1024, "4 KiB pages of each file" },
};

enum state { DIRTY, CLEAN, TWICE, MEMORY };

struct moving {
	struct wl *w;
	const struct params *p;
	int near, far, fd;
	size_t bytes;
	char *at;
};

/* Binds the area to `far`, and reports where it lies then and how many of its pages have their content. */
static void move(const struct moving *m, const char *metric)
{
	struct idset far = wl_one(m->far);
	int64_t same = 0;

	wl_mbind(m->w, m->at, m->bytes, MPOL_BIND, &far, wl_sabotaged(m->w, "no-move") ? 0 : MPOL_MF_MOVE);
	wl_place(m->w, metric, m->at, m->bytes);
	for (uint64_t i = 0; i < m->p->pages; i++)
		same += *(uint64_t *)(m->at + i * PAGE) == i + 1;
	wl_value(m->w, WL_NAMED(metric, "intact"), -1, same);
}

/* Writes a new file on `near` and moves all of it. */
static void write_and_move(struct moving *m, const char *metric, const char *path, enum state state)
{
	bool twice = state == TWICE && !wl_sabotaged(m->w, "mapped-once");
	bool clean = wl_sabotaged(m->w, "cleaned") || state == CLEAN;
	char *again = NULL;

	m->fd = files_new(m->w, path, 0, m->bytes);
	m->at = files_map(m->w, m->fd, m->bytes, PROT_READ | PROT_WRITE, MAP_SHARED);
	for (uint64_t i = 0; i < m->p->pages; i++)
		*(uint64_t *)(m->at + i * PAGE) = i + 1;
	if (clean && fsync(m->fd))
		wl_broken(m->w, "%s: fsync: %s", path, strerror(errno));
	if (twice)
		again = files_map(m->w, m->fd, m->bytes, PROT_READ, MAP_SHARED | MAP_POPULATE);
	if (state == DIRTY)
		wl_phase(m->w, "written");
	move(m, metric);
	if (state == DIRTY)
		wl_phase(m->w, "moved");
	if (twice)
		munmap(again, m->bytes);
	munmap(m->at, m->bytes);
	close(m->fd);
}

static void run(struct wl *w)
{
	struct moving m = { .w = w, .p = w->params };

	wl_two_nodes(w, &m.near, &m.far);
	wl_value(w, "near", -1, m.near);
	wl_value(w, "far", -1, m.far);
	m.bytes = m.p->pages * PAGE;
	wl_pin_node(w, m.near);
	write_and_move(&m, "dirty", WAITER_ROOT "/tmp/file-move", DIRTY);
	write_and_move(&m, "clean", WAITER_ROOT "/tmp/file-move", CLEAN);
	write_and_move(&m, "twice", WAITER_ROOT "/tmp/file-move", TWICE);
	write_and_move(&m, "tmpfs", "/dev/shm/file-move", MEMORY);
}

/* clang-format off */
#define MOVED(name, what) \
	{ name, "pages", WL_REPORTED, .about = "of " what ", bound to far with MPOL_MF_MOVE" }, \
	{ name "_intact", "pages", WL_REPORTED, .about = "of " what " with their content after the move" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory, from which the files are written" },
	{ "far", "nid", WL_REPORTED, .about = "the node with CPUs and memory farthest from it" },
	MOVED("dirty", "a dirty file on ext4"),
	MOVED("clean", "a written back file on ext4"),
	MOVED("twice", "a file on ext4 that this process maps twice"),
	MOVED("tmpfs", "a file on tmpfs"),
	{ "nr_dirty", "pages", WL_NODE_VMSTAT, "nr_dirty", "written", "moved",
	  .about = "by which the node's nr_dirty rose when dirty pages were moved" },
};

/* All pages of the file are on `far` and have their content. */
#define ON_FAR(name) WL_WANTS({ name "_intact", "pages" }, { name, "pages", "only on far" })
/* clang-format on */

static const struct wl_expect expects[] = {
	{ "dirty-moves", "T5",
	  "mbind(2) with MPOL_MF_MOVE: all dirty pages of an ext4 file are on the node bound to, with their content",
	  .wants = ON_FAR("dirty") },
	{ "stays-dirty", "T5",
	  "mbind(2) with MPOL_MF_MOVE writes no page back: nr_dirty moves from node to node by the number of pages moved",
	  .wants = WL_WANTS({ "nr_dirty", "-pages", "on near" }, { "nr_dirty", "pages", "on far" },
			    { "nr_dirty", "0", "not on near, far" }) },
	{ "clean-moves", "T5",
	  "mbind(2) with MPOL_MF_MOVE: all clean pages of an ext4 file are on the node bound to, with their content",
	  .wants = ON_FAR("clean") },
	{ "twice-stays", "T5",
	  "mbind(2) with MPOL_MF_MOVE: all pages of a file that one process maps twice are on the node bound to",
	  .wants = WL_WANTS({ "twice_intact", "pages" }),
	  .documented = WL_WANTS({ "twice", "pages", "only on near" }),
	  .wished = WL_WANTS({ "twice", "pages", "only on far" }),
	  .why = "two mappings count as shared, even of one process: mbind(2) returns 0 and moves no page" },
	{ "tmpfs-moves", "T5",
	  "mbind(2) with MPOL_MF_MOVE: all pages of a tmpfs file are on the node bound to, with their content",
	  .wants = ON_FAR("tmpfs") },
};

static const struct wl_sabotage sabotage[] = {
	{ "no-move", "The mappings are bound without MPOL_MF_MOVE.", "dirty-moves clean-moves tmpfs-moves" },
	{ "cleaned", "Dirty pages are written back before the move.", "stays-dirty" },
	{ "mapped-once", "Each file is mapped once only.", "twice-stays" },
};

WORKLOAD(file_move) = {
	.about =
		"mbind(2) moves a file's page cache with its mapping, clean or dirty; pages that are mapped twice stay",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never thp.shmem=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
