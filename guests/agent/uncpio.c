/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guests/agent/uncpio.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The header: "070701", then fields of eight hex digits. */
enum {
	INO,
	MODE,
	UID,
	GID,
	NLINK,
	MTIME,
	SIZE,
	DEV_MAJOR,
	DEV_MINOR,
	RDEV_MAJOR,
	RDEV_MINOR,
	NAME_SIZE,
	CHECK,
	FIELDS
};
#define MAGIC "070701"
#define HEADER (6 + 8 * FIELDS)
#define TRAILER "TRAILER!!!"

struct archive {
	const char *bytes;
	size_t n, at;
	char *why;
	size_t why_size;
};

struct entry {
	const char *name; /* in the archive, ended by 0 */
	const char *data;
	size_t size;
	mode_t mode;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct archive *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->why, a->why_size, fmt, ap);
	va_end(ap);
	/* names come out of the archive: one line, whatever is in them */
	for (char *c = a->why; a->why_size && *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return -1;
}

static int hex8(const char *s, unsigned long *value)
{
	*value = 0;
	for (int i = 0; i < 8; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF",
			   *d = s[i] ? strchr(digits, s[i]) : NULL;

		if (!d)
			return -1;
		*value = *value << 4 | (unsigned long)((d - digits) % 16);
	}
	return 0;
}

/* Takes n bytes and the zeroes up to the next multiple of four. */
static const char *take(struct archive *a, size_t n, const char *what)
{
	const char *p = a->bytes + a->at;
	size_t left = a->n - a->at, pad = -(a->at + n) & 3;

	if (n > left || pad > left - n) {
		refuse(a, "cpio archive: byte %zu: %s of %zu bytes is cut short, %zu are left", a->at, what,
		       n, left);
		return NULL;
	}
	for (size_t i = 0; i < pad; i++) {
		if (p[n + i]) {
			refuse(a, "cpio archive: byte %zu: padding is not zero", a->at + n + i);
			return NULL;
		}
	}
	a->at += n + pad;
	return p;
}

static int check_name(const struct archive *a, const char *name)
{
	const char *at = name;

	for (;;) {
		size_t len = strcspn(at, "/");

		if (!len || (at[0] == '.' && (len == 1 || (len == 2 && at[1] == '.'))))
			return refuse(
				a,
				"cpio archive: path \"%.200s\": want a relative path without \"\", \".\" and \"..\"",
				name);
		at += len;
		if (!*at++)
			return 0;
	}
}

static int check_type(const struct archive *a, const struct entry *e, unsigned long nlink)
{
	if (S_ISREG(e->mode) && nlink > 1)
		return refuse(a, "cpio archive: %.200s: has %lu hard links; want 1", e->name, nlink);
	if (S_ISDIR(e->mode) && e->size)
		return refuse(a, "cpio archive: %.200s: is a folder with content", e->name);
	if (S_ISLNK(e->mode) && (!e->size || e->size >= PATH_MAX || memchr(e->data, 0, e->size)))
		return refuse(
			a,
			"cpio archive: %.200s: link to a path of %zu bytes; 1 to %d, none of them 0, are right",
			e->name, e->size, PATH_MAX - 1);
	if (!S_ISREG(e->mode) && !S_ISDIR(e->mode) && !S_ISLNK(e->mode))
		return refuse(a, "cpio archive: %.200s: mode %lo: want a file, folder or link", e->name,
			      (unsigned long)e->mode);
	return 0;
}

/* 1: an entry; 0: the trailer, and nothing behind it; -1: a fault. */
static int next(struct archive *a, struct entry *e)
{
	unsigned long f[FIELDS];
	size_t start = a->at;

	if (a->at == a->n)
		return refuse(a, "cpio archive: byte %zu: ends without the entry " TRAILER, a->n);
	if (a->n - a->at < HEADER || memcmp(a->bytes + a->at, MAGIC, 6))
		return refuse(a, "cpio archive: byte %zu: not a header of the newc form (" MAGIC ")", start);
	for (int i = 0; i < FIELDS; i++)
		if (hex8(a->bytes + start + 6 + 8 * i, &f[i]))
			return refuse(a, "cpio archive: byte %zu: eight hex digits are right here",
				      start + 6 + 8 * i);
	a->at += HEADER; /* the name follows without padding */
	if (f[NAME_SIZE] < 2 || f[NAME_SIZE] > PATH_MAX)
		return refuse(a, "cpio archive: byte %zu: name of %lu bytes; 2 to %d are right", start,
			      f[NAME_SIZE], PATH_MAX);
	e->name = take(a, f[NAME_SIZE], "name");
	if (!e->name)
		return -1;
	if (memchr(e->name, 0, f[NAME_SIZE]) != e->name + f[NAME_SIZE] - 1)
		return refuse(a, "cpio archive: byte %zu: name is not ended by its only 0", start);
	e->mode = (mode_t)f[MODE];
	e->size = f[SIZE];
	e->data = take(a, e->size, "content");
	if (!e->data)
		return -1;
	if (f[CHECK])
		return refuse(a, "cpio archive: %.200s: checksum %lx; want 0 in this form", e->name,
			      f[CHECK]);
	if (strcmp(e->name, TRAILER))
		return check_name(a, e->name) || check_type(a, e, f[NLINK]) ? -1 : 1;
	for (; a->at < a->n; a->at++)
		if (a->bytes[a->at])
			return refuse(a, "cpio archive: byte %zu: more behind the entry " TRAILER, a->at);
	return e->size ? refuse(a, "cpio archive: the entry " TRAILER " has content") : 0;
}

/* Opens the folder a path is in, from `root` on, making what is missing. Follows no link. Returns the fd. */
static int open_parent(const struct archive *a, int root, const char *path, const char **leaf)
{
	int dir = dup(root);

	*leaf = path;
	for (const char *slash; dir >= 0 && (slash = strchr(*leaf, '/')); *leaf = slash + 1) {
		char part[PATH_MAX];
		size_t len = (size_t)(slash - *leaf);
		int up = dir;

		memcpy(part, *leaf, len);
		part[len] = 0;
		dir = -1;
		if (!mkdirat(up, part, 0755) || errno == EEXIST)
			dir = openat(up, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int code = errno;
		close(up);
		errno = code;
	}
	if (dir < 0)
		refuse(a, "%.200s: the folder it is in: %s", path, strerror(errno));
	return dir;
}

static int write_file(int dir, const char *leaf, const struct entry *e)
{
	/* made anew: the old one may be running (ETXTBSY), or be a link */
	int fd = openat(dir, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int code = 0;

	if (fd < 0)
		return -1;
	for (size_t done = 0; done < e->size && !code;) {
		ssize_t w = write(fd, e->data + done, e->size - done);

		if (w >= 0)
			done += (size_t)w;
		else if (errno != EINTR)
			code = errno;
	}
	if (!code && fchmod(fd, e->mode & 07777))
		code = errno;
	if (close(fd) && !code)
		code = errno;
	errno = code;
	return code ? -1 : 0;
}

static int make_link(int dir, const char *leaf, const struct entry *e)
{
	char target[PATH_MAX];

	memcpy(target, e->data, e->size);
	target[e->size] = 0;
	return symlinkat(target, dir, leaf);
}

static int make_dir(int dir, const char *leaf, const struct entry *e)
{
	struct stat st;

	if (!mkdirat(dir, leaf, 0700))
		return fchmodat(dir, leaf, e->mode & 07777, 0);
	if (errno != EEXIST || fstatat(dir, leaf, &st, AT_SYMLINK_NOFOLLOW))
		return -1;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? 0 : -1;
}

static int unpack(const struct archive *a, int root, const struct entry *e)
{
	const char *leaf;
	int dir = open_parent(a, root, e->name, &leaf), bad;

	if (dir < 0)
		return -1;
	if (!S_ISDIR(e->mode) && unlinkat(dir, leaf, 0) && errno != ENOENT)
		bad = -1;
	else if (S_ISDIR(e->mode))
		bad = make_dir(dir, leaf, e);
	else if (S_ISLNK(e->mode))
		bad = make_link(dir, leaf, e);
	else
		bad = write_file(dir, leaf, e);
	if (bad)
		refuse(a, "%.200s: %s", e->name, strerror(errno));
	close(dir);
	return bad;
}

/* One walk through all entries; root -1 only looks. */
static int walk(struct archive *a, int root)
{
	struct entry e;
	int more;

	a->at = 0;
	while ((more = next(a, &e)) > 0)
		if (root >= 0 && unpack(a, root, &e))
			return -1;
	return more;
}

int uncpio(const char *bytes, size_t n, const char *root, char *why, size_t why_size, bool dry_run)
{
	struct archive a = { .bytes = bytes, .n = n, .why = why, .why_size = why_size };

	if (walk(&a, -1))
		return -1;
	if (dry_run)
		return 0;
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return refuse(&a, "%.200s: %s", root, strerror(errno));
	int bad = walk(&a, fd);
	close(fd);
	return bad;
}
