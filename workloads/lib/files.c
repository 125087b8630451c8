/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_file(struct wl *w, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0755);

	if (fd < 0)
		wl_broken(w, "%s: %s", path, strerror(errno));
	return fd;
}

static size_t pages_of(struct wl *w, int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		wl_broken(w, "fstat: %s", strerror(errno));
	return ((size_t)st.st_size + PAGE - 1) / PAGE;
}

int64_t files_pages(struct wl *w, const char *path)
{
	int fd = open_file(w, path, O_RDONLY);
	size_t pages = pages_of(w, fd);

	close(fd);
	return (int64_t)pages;
}

static void copy(struct wl *w, const char *path, int in, int out)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (out >= 0 && write(out, buf, (size_t)n) != n)
			wl_broken(w, "a copy of %s can't be written: %s", path, strerror(errno));
	if (n < 0)
		wl_broken(w, "%s: %s", path, strerror(errno));
	close(in);
	if (out >= 0)
		close(out);
}

void files_read(struct wl *w, const char *path)
{
	copy(w, path, open_file(w, path, O_RDONLY), -1);
}

void files_copy(struct wl *w, const char *from, const char *to)
{
	char folder[512];

	for (const char *end = strchr(to + 1, '/'); end; end = strchr(end + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(end - to), to);
		mkdir(folder, 0755); /* one that is there is right; what else is wrong shows at the file */
	}
	copy(w, from, open_file(w, from, O_RDONLY), open_file(w, to, O_WRONLY | O_CREAT | O_TRUNC));
}

int files_new(struct wl *w, const char *path, unsigned flags, size_t bytes)
{
	int fd = path ? open_file(w, path, O_RDWR | O_CREAT | O_EXCL)
		      : memfd_create("numarig", MFD_CLOEXEC | flags);

	if (fd < 0)
		wl_skip(w, "memfd_create with flags %#x: %s", flags, strerror(errno));
	if (path && unlink(path))
		wl_broken(w, "%s: %s", path, strerror(errno));
	if (ftruncate(fd, (off_t)bytes))
		wl_broken(w, "ftruncate: %s", strerror(errno));
	return fd;
}

void *files_map(struct wl *w, int fd, size_t bytes, int prot, int flags)
{
	void *p = mmap(NULL, bytes, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		wl_broken(w, "a file can't be mapped: %s", strerror(errno));
	return p;
}

void files_touch(const void *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE)
		(void)*(const volatile char *)((const char *)p + i);
}

void files_report(struct wl *w, const char *metric, int fd)
{
	size_t pages = pages_of(w, fd), bytes = pages * PAGE;
	unsigned char *there = malloc(pages + 1);
	char *p = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);

	/* random: else the fault on a page that marks a readahead window would read the next (mm/filemap.c,
	 * do_async_mmap_readahead) */
	if (!there || p == MAP_FAILED || madvise(p, bytes, MADV_RANDOM) || mincore(p, bytes, there))
		wl_broken(w, "%s: a file's page cache can't be looked at: %s", metric, strerror(errno));
	for (size_t i = 0; i < pages; i++)
		if (there[i] & 1)
			(void)*(volatile char *)(p + i * PAGE);
	wl_place(w, metric, p, bytes);
	munmap(p, bytes);
	free(there);
}

void files_place(struct wl *w, const char *metric, const char *path)
{
	int fd = open_file(w, path, O_RDONLY);

	files_report(w, metric, fd);
	close(fd);
}

void files_mount(struct wl *w, const char *type, const char *at, const char *options)
{
	if (mkdir(at, 0755))
		wl_broken(w, "%s: %s", at, strerror(errno));
	if (mount("numarig", at, type, 0, options)) {
		int e = errno;

		rmdir(at);
		if (e == ENODEV)
			wl_skip(w, "the kernel has no %s (CONFIG_%s)", type,
				strcmp(type, "tmpfs") ? type : "TMPFS");
		wl_broken(w, "mount -t %s -o %s: %s", type, options, strerror(e));
	}
}

void files_mount_on(struct wl *w, const char *at, const char *mode, int nid)
{
	char options[64];

	snprintf(options, sizeof(options), "mpol=%s:%d", mode, nid);
	files_mount(w, "tmpfs", at, options);
}

void files_unmount(struct wl *w, const char *at)
{
	if (umount(at) || rmdir(at))
		wl_broken(w, "%s: can't be unmounted: %s", at, strerror(errno));
}
