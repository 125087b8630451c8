/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/interrupt.h"

int file_named_fd(const char *path)
{
	static const char *const folders[] = { "/dev/fd/", "/proc/self/fd/" };
	static const char *const streams[] = { "/dev/stdin", "/dev/stdout", "/dev/stderr" };
	char *end;

	for (int i = 0; i < 3; i++)
		if (!strcmp(path, streams[i]))
			return i;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		size_t n = strlen(folders[i]);

		if (strncmp(path, folders[i], n) || path[n] < '0' || path[n] > '9')
			continue;
		unsigned long fd = strtoul(path + n, &end, 10);
		if (!*end && fd <= INT_MAX)
			return (int)fd;
	}
	return -1;
}

static const char *kind_of(mode_t mode)
{
	return S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : "a device";
}

/* Checks that an open descriptor is a regular file. For fd -1 it reports errno as the error. */
static int file_check(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "%s", path);
	if (S_ISREG(st.st_mode))
		return 0;
	if (S_ISDIR(st.st_mode))
		return errno = EISDIR, err_sys(err, "%s", path);
	return err_set(err, -EINVAL, "%s: is %s: want a regular file", path, kind_of(st.st_mode));
}

int file_open(const char *path, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	return file_check(fd, path, err) ? err->code : take_fd(&fd);
}

int file_read_fd(int fd, const char *name, size_t most, struct text *into, struct err *err)
{
	char buf[65536];
	size_t total = 0;

	for (;;) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t n;

		if (interrupt_check(err))
			return err->code;
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EAGAIN) /* somebody's pipe that does not block */
			poll(&p, 1, -1);
		else if (n < 0 && errno != EINTR)
			return err_sys(err, "%s", name);
		if (n < 0)
			continue;
		total += (size_t)n;
		if (total > most)
			return err_set(err, -EFBIG,
				       "%s: is larger than %zu bytes, the most that is read of such a file",
				       name, most);
		text_add(into, buf, (size_t)n);
		if (!n)
			return 0;
	}
}

int file_read(const char *path, size_t most, struct text *into, struct err *err)
{
	int named = file_named_fd(path);
	auto_close int fd = named < 0 ? file_open(path, err) : fcntl(named, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		return named < 0 ? err->code : err_sys(err, "%s", path);
	return file_read_fd(fd, path, most, into, err);
}

/* --- writing ---------------------------------------------------------------------------------------------------------- */
static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR && !interrupted())
			continue;
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

/* The room that is wanting is named with what was to be put there. */
static int no_write(const char *path, size_t n, struct err *err)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return err_sys(err, "%s: can't be written, %zu bytes", path, n);
	return err_sys(err, "%s", path);
}

void file_random(char name[FILE_RANDOM])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	unsigned char raw[FILE_RANDOM - 1];

	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		abort(); /* the kernel gives so few at once */
	for (size_t i = 0; i < sizeof(raw); i++)
		name[i] = digits[raw[i] % 32];
	name[sizeof(raw)] = 0;
}

/* As file_write() with exactly this mode, whatever the umask; mode 0 means 0666 less the umask. */
static int file_write_mode(const char *path, const void *bytes, size_t n, mode_t mode, struct err *err)
{
	char random[FILE_RANDOM];

	file_random(random);
	auto_free char *tmp = xasprintf("%s.tmp.%s", path, random);
	auto_close int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_sys(err, "%s", path);
	if ((mode && fchmod(fd, mode)) || write_all(fd, bytes, n) || rename(tmp, path)) {
		no_write(path, n, err);
		unlink(tmp);
		return err->code;
	}
	return 0;
}

int file_write(const char *path, const void *bytes, size_t n, struct err *err)
{
	return file_write_mode(path, bytes, n, 0, err);
}

/* Into what is there already, which may have a reader that takes its time. */
static int write_into(int fd, const char *path, const void *bytes, size_t n, struct err *err)
{
	if (fd < 0 || write_all(fd, bytes, n))
		return interrupt_check(err) ? err->code : no_write(path, n, err);
	return 0;
}

int file_output(const char *path, const void *bytes, size_t n, struct err *err)
{
	int named = file_named_fd(path), how = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY;
	auto_close int fd = named < 0 ? -1 : fcntl(named, F_DUPFD_CLOEXEC, 3);
	struct stat st;

	if (named >= 0)
		return write_into(fd, path, bytes, n, err);
	if (lstat(path, &st))
		return file_write(path, bytes, n, err);
	if (S_ISREG(st.st_mode))
		return file_write_mode(path, bytes, n, st.st_mode & 07777, err);
	do /* a FIFO is open when it has a reader */
		fd = open(path, how, 0666);
	while (fd < 0 && errno == EINTR && !interrupted());
	return write_into(fd, path, bytes, n, err);
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
	auto_close int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

	if (fd < 0 || fstat(from_fd, &st))
		return err_sys(err, "%s", to);
	if (ftruncate(fd, st.st_size))
		return no_write(to, (size_t)st.st_size, err);
	for (off_t at = 0; at < st.st_size;) {
		if (interrupt_check(err))
			return err->code;
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
				return no_write(to, (size_t)st.st_size, err);
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
		if (mkdir(p, 0777) && errno != EEXIST)
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
