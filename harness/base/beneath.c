/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"

#define HOW (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

/* Without openat2: a step at a time, and no link at all. */
static int open_steps(int dir, const char *path)
{
	auto_close int at = fcntl(dir, F_DUPFD_CLOEXEC, 0);
	size_t n;

	for (; at >= 0; path += n + 1) {
		n = strcspn(path, "/");
		auto_free char *step = xasprintf("%.*s", (int)n, path);

		if (!strcmp(step, "..") || !*step) {
			errno = EXDEV;
			return -1;
		}
		int next = openat(at, step, HOW | O_NOFOLLOW | (path[n] ? O_DIRECTORY : 0));
		if (next < 0 && (errno == ELOOP || errno == ENOTDIR))
			errno = EXDEV;
		if (next < 0 || !path[n])
			return next;
		close(at);
		at = next;
	}
	return -1;
}

static int open_beneath(int dir, const char *path)
{
	struct open_how how = { .flags = HOW, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	/* EPERM: the sandbox of an older container does not know the call */
	return fd < 0 && (errno == ENOSYS || errno == EPERM) ? open_steps(dir, path) : fd;
}

/* A file's descriptor, or -1. */
static int open_file(const char *dir, const char *path, struct err *err)
{
	auto_close int folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (folder < 0) {
		err_sys(err, "%s", dir);
		return -1;
	}
	auto_close int fd = open_beneath(folder, path);
	if (fd < 0 && (errno == EXDEV || errno == ELOOP))
		err_set(err, -EINVAL,
			"%s: is a link that leads out of the folder: want a copy of the file (cp -L)", path);
	else if (fd < 0 || fstat(fd, &st))
		err_sys(err, "%s", path);
	else if (!S_ISREG(st.st_mode))
		err_set(err, -EINVAL, "%s: is no regular file", path);
	else
		return take_fd(&fd);
	return -1;
}

int beneath_check(const char *dir, const char *path, struct err *err)
{
	auto_close int fd = open_file(dir, path, err);

	return fd < 0 ? err->code : 0;
}

int beneath_read(const char *dir, const char *path, size_t most, struct text *into, struct err *err)
{
	auto_close int fd = open_file(dir, path, err);

	if (fd < 0)
		return err->code;
	auto_free char *opened = xasprintf("/proc/self/fd/%d", fd);
	return file_read(opened, most, into, err)
		       ? err_set(err, err->code, "%s: %s", path, strerror(-err->code))
		       : 0;
}

bool beneath_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

int beneath_plain(const char *dir, struct err *err)
{
	auto_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *e;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0
		       : errno == ELOOP || errno == ENOTDIR
			       ? err_set(err, -EINVAL, "%s: is no folder, or a link to one", dir)
			       : err_sys(err, "%s", dir);
	DIR *d = fdopendir(fd);
	if (!d)
		return err_sys(err, "%s", dir);
	int copy = take_fd(&fd);
	while (!err->code && (e = readdir(d)))
		if (fstatat(copy, e->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
			err_set(err, -EINVAL,
				"%s/%s: is a link or no regular file: want a copy of the file (cp -L)", dir,
				e->d_name);
	closedir(d);
	return err->code;
}
