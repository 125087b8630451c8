/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving the pages of a shared file mapping by mbind(2) with MOVE: on ext4, where its policy places nothing, and on
 * tmpfs. Dirty pages move as clean ones do, and stay dirty: not written before (ext4 has .migrate_folio =
 * buffer_migrate_folio, tmpfs migrate_folio). What one process maps twice counts as shared (folio_likely_mapped_shared
 * goes by mappings, not by processes; 6.1: page_mapcount) and stays.
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

struct act {
	struct wl *w;
	const struct params *p;
	int near, far, fd;
	size_t bytes;
	char *at;
};

/* Where it lies once it is bound to `far`, and how many pages have their content. */
static void move(const struct act *a, const char *metric)
{
	struct idset far = wl_one(a->far);
	int64_t same = 0;

	wl_mbind(a->w, a->at, a->bytes, MPOL_BIND, &far, wl_sabotaged(a->w, "no-move") ? 0 : MPOL_MF_MOVE);
	wl_place(a->w, metric, a->at, a->bytes);
	for (uint64_t i = 0; i < a->p->pages; i++)
		same += *(uint64_t *)(a->at + i * PAGE) == i + 1;
	wl_value(a->w, WL_NAMED(metric, "intact"), -1, same);
}

/* A new file, written on `near`; all of it is moved. */
static void write_and_move(struct act *a, const char *metric, const char *path, enum state state)
{
	bool twice = state == TWICE && !wl_sabotaged(a->w, "mapped-once");
	bool clean = wl_sabotaged(a->w, "cleaned") || state == CLEAN;
	char *again = NULL;

	a->fd = files_new(a->w, path, 0, a->bytes);
	a->at = files_map(a->w, a->fd, a->bytes, PROT_READ | PROT_WRITE, MAP_SHARED);
	for (uint64_t i = 0; i < a->p->pages; i++)
		*(uint64_t *)(a->at + i * PAGE) = i + 1;
	if (clean && fsync(a->fd))
		wl_broken(a->w, "%s: fsync: %s", path, strerror(errno));
	if (twice)
		again = files_map(a->w, a->fd, a->bytes, PROT_READ, MAP_SHARED | MAP_POPULATE);
	if (state == DIRTY)
		wl_phase(a->w, "written");
	move(a, metric);
	if (state == DIRTY)
		wl_phase(a->w, "moved");
	if (twice)
		munmap(again, a->bytes);
	munmap(a->at, a->bytes);
	close(a->fd);
}

static void run(struct wl *w)
{
	struct act a = { .w = w, .p = w->params };

	wl_two_nodes(w, &a.near, &a.far);
	wl_value(w, "near", -1, a.near);
	wl_value(w, "far", -1, a.far);
	a.bytes = a.p->pages * PAGE;
	wl_pin_node(w, a.near);
	write_and_move(&a, "dirty", WAITER_ROOT "/tmp/file-move", DIRTY);
	write_and_move(&a, "clean", WAITER_ROOT "/tmp/file-move", CLEAN);
	write_and_move(&a, "twice", WAITER_ROOT "/tmp/file-move", TWICE);
	write_and_move(&a, "tmpfs", "/dev/shm/file-move", MEMORY);
	waiter_drop_caches(w);
}

/* clang-format off */
#define MOVED(name, what) \
	{ name, "pages", WL_REPORTED, .about = what }, \
	{ name "_intact", "pages", WL_REPORTED, .about = "of them with their content" }

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory: what writes runs there" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it" },
	MOVED("dirty", "of a file on ext4, bound to far with MOVE, dirty"),
	MOVED("clean", "... written back before"),
	MOVED("twice", "... mapped twice by this process"),
	MOVED("tmpfs", "of a file on tmpfs, bound to far with MOVE"),
	{ "nr_dirty", "pages", WL_NODE_VMSTAT, "nr_dirty", "written", "moved",
	  .about = "that the node has more of, once dirty pages were moved" },
};
/* clang-format on */

static int64_t pages_of(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

static void want_on_far(const struct wl_view *v, struct wl_verdict *out, const char *metric)
{
	wl_want(v, out, WL_NAMED(metric, "intact"), -1, pages_of(v));
	wl_want_only_on(v, out, metric, (int)wl_get(v, out, "far", -1), pages_of(v));
}

static void clean_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_on_far(v, out, "clean");
}

static void dirty_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_on_far(v, out, "dirty");
}

static void stays_dirty(const struct wl_view *v, struct wl_verdict *out)
{
	int near = (int)wl_get(v, out, "near", -1), far = (int)wl_get(v, out, "far", -1);

	idset_foreach (nid, &v->mem_nodes) {
		int sign = (int)nid == near ? -1 : (int)nid == far;

		wl_want(v, out, "nr_dirty", (int)nid, sign * pages_of(v));
	}
}

static void twice_stays(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "twice_intact", -1, pages_of(v));
	wl_documented_on(
		v, out, "twice", pages_of(v), (int)wl_get(v, out, "near", -1), (int)wl_get(v, out, "far", -1),
		"two mappings count as shared, one process's or not: mbind returns 0 and moves nothing");
}

static void tmpfs_moves(const struct wl_view *v, struct wl_verdict *out)
{
	want_on_far(v, out, "tmpfs");
}

static const struct wl_expect expects[] = {
	{ "dirty-moves", "T5", "bound with MOVE: dirty pages of a file are on the node, with their content",
	  dirty_moves },
	{ "stays-dirty", "T5", "they are dirty there: moving writes nothing back", stays_dirty },
	{ "clean-moves", "T5", "bound with MOVE: clean pages of a file are on the node, with their content",
	  clean_moves },
	{ "twice-stays", "T5", "bound with MOVE: pages that one process maps twice are on the node",
	  twice_stays },
	{ "tmpfs-moves", "T5",
	  "bound with MOVE: pages of a file on tmpfs are on the node, with their content", tmpfs_moves },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "no-move",
	  .breaks = "Bound without MOVE.",
	  .fails = "dirty-moves clean-moves tmpfs-moves" },
	{ .name = "cleaned", .breaks = "Dirty pages are written back first.", .fails = "stays-dirty" },
	{ .name = "mapped-once", .breaks = "Each file is mapped once only.", .fails = "twice-stays" },
};

WORKLOAD(file_move) = {
	.about =
		"a file's pages in the cache move with their mapping, clean or dirty; mapped twice they stay",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 16 },
	.knobs = "thp.enabled=never thp.shmem=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
