/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page cache of ext4, which program text is a part of: it lies where it was first needed. A fault reads a window of the
 * file around it (mm/filemap.c, do_sync_mmap_readahead), all by the policy of the task that faults. A private mapping's
 * copy goes by the mapping's policy, the page it is made from stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/files.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/waiter.h"

#define READ \
	WAITER_ROOT "/bin/busybox" /* some hundred pages that nobody maps: the guest runs its other one */
#define AHEAD "/sys/block/ram0/queue/read_ahead_kb"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "32", 1, 1024,
	  "4 KiB pages of each file that is written" },
};

struct act {
	struct wl *w;
	const struct params *p;
	int near, far;
	size_t bytes; /* of a file that is written */
};

static void drop_between(const struct act *a)
{
	if (wl_sabotaged(a->w, "dropped"))
		waiter_drop_caches(a->w);
}

/* Read from CPUs of `far`, and then by a task that is bound to `near`. */
static void read_twice(const struct act *a)
{
	struct idset near = wl_one(a->near);

	waiter_drop_caches(a->w);
	wl_value(a->w, "size", -1, files_pages(a->w, READ));
	wl_pin_node(a->w, a->far);
	files_read(a->w, READ);
	files_place(a->w, "cold", READ);
	drop_between(a);
	wl_pin_node(a->w, a->near);
	wl_mempolicy(a->w, MPOL_BIND, &near);
	files_read(a->w, READ);
	wl_mempolicy(a->w, MPOL_DEFAULT, NULL);
	files_place(a->w, "warm", READ);
}

/* One page of a file by a mapping of its own. */
static void touch_page(const struct act *a, int64_t page)
{
	int fd = open(READ, O_RDONLY | O_CLOEXEC);
	char *p = files_map(a->w, fd, (size_t)(page + 1) * PAGE, PROT_READ, MAP_SHARED);

	files_touch(p + page * PAGE, PAGE);
	munmap(p, (size_t)(page + 1) * PAGE);
	close(fd);
}

/* A page in the middle from `near`; from `far` one of its window, before the mark that makes it go on, and one beyond. */
static void read_windows(const struct act *a)
{
	int64_t ahead = wl_read_number(a->w, AHEAD) * 1024 / PAGE, middle = files_pages(a->w, READ) / 2;

	if (middle < 2 * ahead || ahead < 8)
		wl_skip(a->w, READ " of %lld pages, readahead of %lld: no room for windows",
			(long long)middle * 2, (long long)ahead);
	wl_value(a->w, "ahead", -1, ahead);
	waiter_drop_caches(a->w);
	wl_pin_node(a->w, a->near);
	touch_page(a, middle);
	files_place(a->w, "window", READ);
	drop_between(a);
	wl_pin_node(a->w, a->far);
	touch_page(a, middle - ahead / 4);
	files_place(a->w, "inside", READ);
	touch_page(a, middle + ahead);
	files_place(a->w, "beyond", READ);
	wl_pin_node(a->w, a->near);
}

/* A file written by write(2) on `far`; then, read on `near`, a private mapping that is bound to `far` and written. */
static void write_copies(const struct act *a)
{
	int fd = files_new(a->w, WAITER_ROOT "/tmp/file-cache", 0, a->bytes);
	struct idset far = wl_one(a->far);
	char page[PAGE] = { 1 };

	wl_pin_node(a->w, a->far);
	for (size_t i = 0; i < a->p->pages; i++)
		if (write(fd, page, PAGE) != PAGE)
			wl_broken(a->w, "write: %s", strerror(errno));
	files_report(a->w, "written", fd);
	if (fsync(fd))
		wl_broken(a->w, "fsync: %s", strerror(errno));
	waiter_drop_caches(a->w);
	wl_pin_node(a->w, a->near);
	char *p = files_map(a->w, fd, a->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	files_touch(p, a->bytes);
	wl_mbind(a->w, p, a->bytes, MPOL_BIND, &far, 0);
	wl_touch(p, a->bytes, 2);
	wl_place(a->w, "copy", p, a->bytes);
	files_report(a->w, "under", fd);
	munmap(p, a->bytes);
	close(fd);
}

static void run(struct wl *w)
{
	struct act a = { .w = w, .p = w->params };

	wl_two_nodes(w, &a.near, &a.far);
	wl_value(w, "near", -1, a.near);
	wl_value(w, "far", -1, a.far);
	a.bytes = a.p->pages * PAGE;
	if (wl_sabotaged(a.w, "on-near"))
		a.far = a.near;
	read_twice(&a);
	read_windows(&a);
	write_copies(&a);
	waiter_drop_caches(w);
}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the one farthest from it" },
	{ "size", "pages", WL_REPORTED, .about = "of the file that is read" },
	{ "cold", "pages", WL_REPORTED, .about = "of it cached, once read from far" },
	{ "warm", "pages", WL_REPORTED, .about = "... and read again from near, by a task bound to near" },
	{ "ahead", "pages", WL_REPORTED, .about = "that a fault reads at most (read_ahead_kb)" },
	{ "window", "pages", WL_REPORTED, .about = "cached once one page was touched from near" },
	{ "inside", "pages", WL_REPORTED, .about = "... and one beside it from far" },
	{ "beyond", "pages", WL_REPORTED, .about = "... and one far away in the file from far" },
	{ "written", "pages", WL_REPORTED, .about = "cached of a file written from far" },
	{ "copy", "pages", WL_REPORTED, .about = "of a private mapping, bound to far, written from near" },
	{ "under", "pages", WL_REPORTED, .about = "cached of the file it maps, read from near before" },
};

static int nid_of(const struct wl_view *v, struct wl_verdict *out, const char *node)
{
	return (int)wl_get(v, out, node, -1);
}

static int64_t pages_of(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

static void cold_read(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "cold", nid_of(v, out, "far"), wl_get(v, out, "size", -1));
}

static void warm_read(const struct wl_view *v, struct wl_verdict *out)
{
	wl_documented_on(v, out, "warm", wl_get(v, out, "size", -1), nid_of(v, out, "far"),
			 nid_of(v, out, "near"), "all of it still lies where it was read first");
}

static void window(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t ahead = wl_get(v, out, "ahead", -1);

	wl_want_only_on(v, out, "window", nid_of(v, out, "near"), ahead);
	wl_want_only_on(v, out, "inside", nid_of(v, out, "near"), ahead);
}

static void next_window(const struct wl_view *v, struct wl_verdict *out)
{
	int near = nid_of(v, out, "near"), far = nid_of(v, out, "far");

	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "beyond", (int)nid,
			(int)nid == near || (int)nid == far ? wl_get(v, out, "ahead", -1) : 0);
	}
}

static void written(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "written", nid_of(v, out, "far"), pages_of(v));
}

static void private_copy(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "copy", nid_of(v, out, "far"), pages_of(v));
	wl_want_only_on(v, out, "under", nid_of(v, out, "near"), pages_of(v));
}

static const struct wl_expect expects[] = {
	{ "cold-read", "T3", "a file read with nothing cached lies on the reader's node, none elsewhere",
	  cold_read },
	{ "warm-read", "T3", "read again by a task bound to another node, it lies there", warm_read },
	{ "window", "T3",
	  "a fault brings its whole readahead window to the node of the first that touches it", window },
	{ "next-window", "T3", "who faults beyond it has the next window on its own node", next_window },
	{ "written", "T8", "a file's pages lie on the node of the task that writes them first", written },
	{ "private-copy", "T8",
	  "a private mapping's copies go by its policy, the file's pages stay where they are", private_copy },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "on-near",
	  .breaks = "What should be on `far` is on `near`.",
	  .fails = "cold-read warm-read next-window written private-copy" },
	{ .name = "dropped",
	  .breaks = "The page cache is dropped between first and second reader.",
	  .fails = "window" },
};

WORKLOAD(file_cache) = {
	.about = "a file's pages in the cache lie where they were first read or written, window by window",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
