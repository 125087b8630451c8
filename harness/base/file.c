/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

int file_read(const char *path, size_t most, struct text *into, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[65536];
	size_t total = 0;

	if (fd < 0)
		return err_sys(err, "%s", path);
	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "%s", path);
		total += (size_t)n;
		if (total > most)
			return err_set(err, -EFBIG,
				       "%s: is larger than %zu bytes, the most that is read of such a file",
				       path, most);
		text_add(into, buf, (size_t)n);
		if (!n)
			return 0;
	}
}

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int file_write(const char *path, const void *bytes, size_t n, struct err *err)
{
	auto_free char *tmp = xasprintf("%s.tmp.%d", path, (int)getpid());
	auto_close int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(err, "%s", path);
	if (write_all(fd, bytes, n) || rename(tmp, path)) {
		err_sys(err, "%s", path);
		unlink(tmp);
		return err->code;
	}
	return 0;
}

/* Is the page at i, or what there is of it before n, all zeroes? */
static bool is_zero(const char *buf, size_t i, size_t n)
{
	static const char zero[4096];

	return !memcmp(buf + i, zero, n - i < sizeof(zero) ? n - i : sizeof(zero));
}

/* A short write is not an error yet: on a full disk the next one says so. */
static int pwrite_all(int fd, const char *p, size_t n, off_t at)
{
	while (n) {
		ssize_t w = pwrite(fd, p, n, at);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		p += w;
		at += w;
		n -= (size_t)w;
	}
	return 0;
}

int file_copy_sparse(int from_fd, const char *to, struct err *err)
{
	char buf[65536];
	struct stat st;
	auto_close int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || fstat(from_fd, &st) || ftruncate(fd, st.st_size))
		return err_sys(err, "%s", to);
	for (off_t at = 0; at < st.st_size;) {
		at = lseek(from_fd, at, SEEK_DATA);
		if (at < 0)
			return errno == ENXIO ? 0 : err_sys(err, "%s: copying", to);
		ssize_t n = pread(from_fd, buf, sizeof(buf), at);
		if (n <= 0)
			return n ? err_sys(err, "%s: copying", to) : 0;
		/* page by page: touched memory is mostly pages among zeroes; a run of pages is one write */
		for (size_t i = 0, len = (size_t)n, end; i < len; i = end) {
			bool data = !is_zero(buf, i, len);

			for (end = i + 4096; end < len && is_zero(buf, end, len) != data; end += 4096)
				;
			end = end < len ? end : len;
			if (data && pwrite_all(fd, buf + i, end - i, at + (off_t)i))
				return err_sys(err, "%s", to);
		}
		at += n;
	}
	return 0;
}

int dir_make(const char *path, struct err *err)
{
	auto_free char *p = xstrdup(path);
	struct stat st;

	for (char *slash = p + (*p == '/');; slash++) {
		char c = *slash;

		if (c && c != '/')
			continue;
		*slash = 0;
		if (mkdir(p, 0755) && errno != EEXIST)
			return err_sys(err, "%s", p);
		if (!stat(p, &st) && !S_ISDIR(st.st_mode))
			return err_set(err, -ENOTDIR, "%s: is no folder", p);
		*slash = c;
		if (!c)
			return 0;
	}
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path) && errno != ENOENT ? -1 : 0;
}

int dir_remove(const char *path, struct err *err)
{
	if (nftw(path, remove_one, 32, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
		return err_sys(err, "%s: can't be removed", path);
	return 0;
}

static _Thread_local uint64_t counted_bytes; /* nftw hands its callback nothing of ours */

static int count_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)path;
	(void)flag;
	(void)ftw;
	counted_bytes += (uint64_t)st->st_blocks * 512;
	return 0;
}

uint64_t dir_bytes(const char *path)
{
	counted_bytes = 0;
	nftw(path, count_one, 32, FTW_PHYS);
	return counted_bytes;
}

bool path_exists(const char *path)
{
	return !access(path, F_OK);
}
