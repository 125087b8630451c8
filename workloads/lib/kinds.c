/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES ((size_t)KIND_PAGES * PAGE)
#include "workloads/lib/hugetlb.h"

#define FILE_NAME "/ext4/kinds"
#define KSM "/sys/kernel/mm/ksm/"
#define DEADLINE_NS 5000000000ull

#define RW (PROT_READ | PROT_WRITE)

static const struct {
	const char *name;
	int prot, flags; /* of mmap(2); flags 0: wl_map() */
	bool file, read_only;
	int mode; /* of mbind(2) */
} table[KINDS] = {
	[KIND_PLAIN] = { "plain" },
	[KIND_LOCKED] = { "locked" },
	[KIND_COPIED] = { "copied", RW, MAP_PRIVATE, .file = true },
	[KIND_CLEAN] = { "clean", RW, MAP_SHARED, .file = true, .read_only = true },
	[KIND_DIRTY] = { "dirty", RW, MAP_SHARED, .file = true },
	[KIND_TEXT] = { "text", PROT_READ | PROT_EXEC, MAP_PRIVATE, .file = true, .read_only = true },
	[KIND_SHARED] = { "shared", RW, MAP_SHARED | MAP_ANONYMOUS },
	[KIND_BOUND] = { "bound", .mode = MPOL_BIND },
	[KIND_PREFERRED] = { "preferred", .mode = MPOL_PREFERRED },
	[KIND_LOCAL] = { "local", .mode = MPOL_LOCAL },
	[KIND_WITHIN] = { "within", .mode = MPOL_BIND | MPOL_F_NUMA_BALANCING },
	[KIND_OUTSIDE] = { "outside", .mode = MPOL_BIND | MPOL_F_NUMA_BALANCING },
	[KIND_MERGED] = { "merged", .read_only = true },
	[KIND_HUGETLB] = { "hugetlb", RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB },
};

const char *kinds_name(enum kind kind)
{
	return table[kind].name;
}

/* Pages as numa_maps counts them: a huge page of hugetlb is one. */
static unsigned pages_of(enum kind kind)
{
	return kind == KIND_HUGETLB ? 1 : KIND_PAGES;
}

/* A file of its own, gone when it is not mapped any more; its pages clean and on this CPU's node. */
static int make_file(struct wl *w)
{
	static const char page[PAGE] = "kinds";
	int fd = open(FILE_NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ssize_t n = 0;

	for (unsigned i = 0; fd >= 0 && i < KIND_PAGES; i++)
		n += write(fd, page, PAGE);
	if (n != (ssize_t)BYTES || fsync(fd) || unlink(FILE_NAME))
		wl_broken(w, FILE_NAME ": %s", strerror(errno));
	return fd;
}

static void *map(struct wl *w, enum kind kind)
{
	size_t bytes = kind == KIND_HUGETLB ? HUGE : BYTES;
	int fd = table[kind].file ? make_file(w) : -1;

	if (!table[kind].flags)
		return wl_map(w, bytes);
	void *p = mmap(NULL, bytes, table[kind].prot, table[kind].flags, fd, 0);
	if (p == MAP_FAILED)
		wl_broken(w, "mmap of %s memory: %s", table[kind].name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return p;
}

static void merge(struct wl *w, void *area)
{
	uint64_t until = wl_now() + DEADLINE_NS;

	if (madvise(area, BYTES, MADV_MERGEABLE))
		wl_skip(w, "the kernel has no KSM (CONFIG_KSM)");
	wl_write(w, KSM "run", "1");
	while (wl_read_number(w, KSM "pages_sharing") < KIND_PAGES - 1) {
		if (wl_now() > until)
			wl_broken(w, "KSM has not merged %d equal pages in 5 s", KIND_PAGES);
		wl_sleep_ms(20);
	}
	wl_write(w, KSM "run", "0");
}

void *kinds_map(struct wl *w, enum kind kind, int near, int far)
{
	struct idset nodes = wl_one(near);

	if (kind == KIND_WITHIN)
		idset_add(&nodes, (unsigned)far);
	if (kind == KIND_HUGETLB)
		hugepool_add(w, near, 1);
	void *p = map(w, kind);
	if (table[kind].mode)
		wl_mbind(w, p, BYTES, table[kind].mode, kind == KIND_LOCAL ? NULL : &nodes, 0);
	if (kind == KIND_LOCKED && mlock(p, BYTES))
		wl_broken(w, "mlock: %s", strerror(errno));
	if (kind == KIND_MERGED) {
		wl_touch(p, BYTES, 1);
		merge(w, p);
	}
	kinds_use(kind, p);
	return p;
}

void kinds_use(enum kind kind, void *area)
{
	for (size_t i = 0; i < pages_of(kind); i++) {
		volatile uint64_t *word = (uint64_t *)((char *)area + i * PAGE);

		if (table[kind].read_only)
			(void)*word;
		else
			*word = 1;
	}
}
