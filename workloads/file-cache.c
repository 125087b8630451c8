/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page cache of ext4, which program text is a part of, lies on the node where it was first needed. A fault reads a window of
 * the file around its address (mm/filemap.c, do_sync_mmap_readahead), all of it by the policy of the faulting task. A write
 * to a private mapping is copied by the mapping's policy; the page cache's page stays.
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

/* A file of some hundred pages that no process maps: the guest runs another busybox. */
#define READ WAITER_ROOT "/bin/busybox"
#define AHEAD "/sys/block/ram0/queue/read_ahead_kb"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "32", 1, 1024,
	  "4 KiB pages of the file that is written" },
};

struct caching {
	struct wl *w;
	const struct params *p;
	int near, far;
	size_t bytes; /* of the file that is written */
};

static void drop_between(const struct caching *c)
{
	if (wl_sabotaged(c->w, "dropped"))
		waiter_drop_caches(c->w);
}

/* Reads the file from CPUs of `far`, and then by a task that is bound to `near`. */
static void read_twice(const struct caching *c)
{
	struct idset near = wl_one(c->near);

	waiter_drop_caches(c->w);
	wl_value(c->w, "size", -1, files_pages(c->w, READ));
	wl_pin_node(c->w, c->far);
	files_read(c->w, READ);
	files_place(c->w, "cold", READ);
	drop_between(c);
	wl_pin_node(c->w, c->near);
	wl_mempolicy(c->w, MPOL_BIND, &near);
	files_read(c->w, READ);
	wl_mempolicy(c->w, MPOL_DEFAULT, NULL);
	files_place(c->w, "warm", READ);
}

/* Reads one page of the file by a new mapping. */
static void touch_page(const struct caching *c, int64_t page)
{
	int fd = open(READ, O_RDONLY | O_CLOEXEC);
	char *p = files_map(c->w, fd, (size_t)(page + 1) * PAGE, PROT_READ, MAP_SHARED);

	files_touch(p + page * PAGE, PAGE);
	munmap(p, (size_t)(page + 1) * PAGE);
	close(fd);
}

/*
 * Reads a page in the middle from `near`, and from `far` one of the same window, before the mark that starts further
 * readahead (PG_readahead), and one beyond the window.
 */
static void read_windows(const struct caching *c)
{
	int64_t ahead = wl_read_number(c->w, AHEAD) * 1024 / PAGE, middle = files_pages(c->w, READ) / 2;

	if (middle < 2 * ahead || ahead < 8)
		wl_skip(c->w, READ " of %lld pages, readahead of %lld: no room for windows",
			(long long)middle * 2, (long long)ahead);
	wl_value(c->w, "ahead", -1, ahead);
	waiter_drop_caches(c->w);
	wl_pin_node(c->w, c->near);
	touch_page(c, middle);
	files_place(c->w, "window", READ);
	drop_between(c);
	wl_pin_node(c->w, c->far);
	touch_page(c, middle - ahead / 4);
	files_place(c->w, "inside", READ);
	touch_page(c, middle + ahead);
	files_place(c->w, "beyond", READ);
}

/* Writes a file by write(2) on `far`, reads it on `near`, and there writes a private mapping of it that is bound to `far`. */
static void write_copies(const struct caching *c)
{
	int fd = files_new(c->w, WAITER_ROOT "/tmp/file-cache", 0, c->bytes);
	struct idset far = wl_one(c->far);
	char page[PAGE] = { 1 };

	wl_pin_node(c->w, c->far);
	for (size_t i = 0; i < c->p->pages; i++)
		if (write(fd, page, PAGE) != PAGE)
			wl_broken(c->w, "write: %s", strerror(errno));
	files_report(c->w, "written", fd);
	if (fsync(fd))
		wl_broken(c->w, "fsync: %s", strerror(errno));
	waiter_drop_caches(c->w);
	wl_pin_node(c->w, c->near);
	char *p = files_map(c->w, fd, c->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	files_touch(p, c->bytes);
	wl_mbind(c->w, p, c->bytes, MPOL_BIND, &far, 0);
	wl_touch(p, c->bytes, 2);
	wl_place(c->w, "copy", p, c->bytes);
	files_report(c->w, "under", fd);
}

static void run(struct wl *w)
{
	struct caching c = { .w = w, .p = w->params };

	wl_two_nodes(w, &c.near, &c.far);
	wl_value(w, "near", -1, c.near);
	wl_value(w, "far", -1, c.far);
	c.bytes = c.p->pages * PAGE;
	if (wl_sabotaged(w, "on-near"))
		c.far = c.near;
	read_twice(&c);
	read_windows(&c);
	write_copies(&c);
}

static const struct wl_metric metrics[] = {
	{ "near", "nid", WL_REPORTED, .about = "the first node with CPUs and memory" },
	{ "far", "nid", WL_REPORTED, .about = "the node with CPUs and memory farthest from it" },
	{ "size", "pages", WL_REPORTED, .about = "of the file that is read" },
	{ "cold", "pages", WL_REPORTED, .about = "of the file cached, once it is read from far" },
	{ "warm", "pages", WL_REPORTED,
	  .about = "of the file cached, read from far and again from near by a task bound to near" },
	{ "ahead", "pages", WL_REPORTED, .about = "that a fault reads at most (read_ahead_kb)" },
	{ "window", "pages", WL_REPORTED,
	  .about = "of the file cached, once one page was touched from near" },
	{ "inside", "pages", WL_REPORTED,
	  .about = "of the file cached, once a page of the window was touched from far" },
	{ "beyond", "pages", WL_REPORTED,
	  .about = "of the file cached, once a page beyond the window was touched from far" },
	{ "written", "pages", WL_REPORTED, .about = "cached of a file written by write(2) from far" },
	{ "copy", "pages", WL_REPORTED,
	  .about = "of a private file mapping, bound to far and written from near" },
	{ "under", "pages", WL_REPORTED,
	  .about = "cached of the file that is mapped privately, read from near before" },
};

static const struct wl_expect expects[] = {
	{ "cold-read", "T3",
	  "a file read with nothing cached: all its pages are cached on the reader's node, none elsewhere",
	  .wants = WL_WANTS({ "cold", "size", "only on far" }) },
	{ "warm-read", "T3",
	  "a cached file read again by a task that MPOL_BIND binds to another node: its pages are on the node bound to",
	  .documented = WL_WANTS({ "warm", "size", "only on far" }),
	  .wished = WL_WANTS({ "warm", "size", "only on near" }),
	  .why = "all of the file's page cache still lies where the file was read first" },
	{ "window", "T3",
	  "the first fault reads a whole readahead window to its node; a fault in the window from another node moves nothing",
	  .wants = WL_WANTS({ "window", "ahead", "only on near" }, { "inside", "ahead", "only on near" }) },
	{ "next-window", "T3",
	  "a fault beyond the first readahead window from another node caches a whole window on that node",
	  .wants = WL_WANTS({ "beyond", "ahead", "on near" }, { "beyond", "ahead", "on far" },
			    { "beyond", "0", "not on near, far" }) },
	{ "written", "T8",
	  "a file written by write(2): its pages are cached on the writer's node, none elsewhere",
	  .wants = WL_WANTS({ "written", "pages", "only on far" }) },
	{ "private-copy", "T8",
	  "writes to a private file mapping are copied to the node that it is bound to; the file's page cache stays",
	  .wants = WL_WANTS({ "copy", "pages", "only on far" }, { "under", "pages", "only on near" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "on-near", "The near node is used in the far node's place.",
	  "cold-read warm-read next-window written private-copy" },
	{ "dropped", "The page cache is dropped between the first and the second reader.", "window" },
};

WORKLOAD(file_cache) = {
	.about = "a file's page cache lies where the file was first read or written, window by window",
	.needs = { .mem_nodes = 2, .cpu_nodes = 2, .fs = "ext4", .free_mib_per_node = 32 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 30,
	.run = run,
};
