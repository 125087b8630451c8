/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kit/initramfs.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/auto.h"
#include "base/file.h"

#define NEWC_MOST 0xffffffffull /* eight hex digits */
#define MAJOR_MOST 0xfff	/* the kernel's dev_t: 12 and 20 bits */
#define MINOR_MOST 0xfffff

struct item {
	char *path;   /* without a leading '/' */
	char *from;   /* where it comes from, in words, for messages only */
	mode_t mode;  /* type and permissions */
	bool implied; /* a folder made because something is in it */
	char *bytes;  /* content, or a link's target */
	size_t n;
	unsigned major, minor;
};

struct cpio {
	struct item *items; /* sorted by path, so a folder is before what is in it */
	size_t n, room;
};

struct cpio *cpio_new(void)
{
	return xcalloc(1, sizeof(struct cpio));
}

static void item_end(struct item *it)
{
	free(it->path);
	free(it->from);
	free(it->bytes);
}

void cpio_free(struct cpio *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		item_end(&c->items[i]);
	free(c->items);
	free(c);
}

/* The place of a path, or where it would be. */
static size_t place_of(const struct cpio *c, const char *path, bool *there)
{
	size_t low = 0, high = c->n;

	*there = false;
	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strcmp(c->items[mid].path, path);

		if (!order)
			*there = true;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const char *type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a file";
	case S_IFDIR:
		return "a folder";
	case S_IFLNK:
		return "a link";
	default:
		return "a device";
	}
}

/* Makes the archive's own form of a path: no '/' at either end, none doubled. */
static int path_tidy(const char *path, char *out, size_t size, struct err *err)
{
	size_t n = 0;

	if (strlen(path) >= size)
		return err_set(err, -ENAMETOOLONG,
			       "path in the guest of %zu bytes: want less than %zu (the kernel's PATH_MAX)",
			       strlen(path), size);
	for (const char *at = path + strspn(path, "/"); *at; at += strspn(at, "/")) {
		size_t len = strcspn(at, "/");

		if (at[0] == '.' && (len == 1 || (len == 2 && at[1] == '.')))
			return err_set(err, -EINVAL,
				       "path in the guest \"%s\": has a \"%.*s\" in it; want a plain path",
				       path, (int)len, at);
		if (n)
			out[n++] = '/';
		memcpy(out + n, at, len);
		n += len;
		at += len;
	}
	out[n] = 0;
	if (!n)
		return err_set(err, -EINVAL, "path in the guest \"%s\": names nothing; want a plain path",
			       path);
	if (!strcmp(out, "TRAILER!!!"))
		return err_set(err, -EINVAL, "path in the guest \"%s\": marks the end of a cpio archive",
			       path);
	return 0;
}

static bool same(const struct item *a, const struct item *b)
{
	return a->mode == b->mode && a->n == b->n && a->major == b->major && a->minor == b->minor &&
	       (!a->n || !memcmp(a->bytes, b->bytes, a->n));
}

/* Takes the new item over when it is in `it`'s place already: the same, or a folder so far only implied. */
static int put_again(struct item *it, struct item *new, struct err *err)
{
	bool folders = S_ISDIR(it->mode) && S_ISDIR(new->mode);

	if (folders && it->implied) {
		item_end(it);
		*it = *new;
		return 0;
	}
	if ((folders && new->implied) || same(it, new)) {
		item_end(new);
		return 0;
	}
	err_set(err, -EEXIST,
		"%s: added twice: %s %s, mode %o, %zu bytes, and %s %s, mode %o, %zu bytes; a path holds one of them",
		it->path, type_name(it->mode), it->from, it->mode & 07777u, it->n, type_name(new->mode),
		new->from, new->mode & 07777u, new->n);
	item_end(new);
	return err->code;
}

/* Puts an item in its place; owns it from here on. */
static int put(struct cpio *c, struct item *new, struct err *err)
{
	bool there;
	size_t at = place_of(c, new->path, &there);

	if (there)
		return put_again(&c->items[at], new, err);
	if (c->n == c->room) {
		c->room = c->room ? 2 * c->room : 64;
		c->items = xrealloc(c->items, c->room * sizeof(*c->items));
	}
	memmove(&c->items[at + 1], &c->items[at], (c->n - at) * sizeof(*c->items));
	c->items[at] = *new;
	c->n++;
	return 0;
}

static int put_parents(struct cpio *c, const char *path, struct err *err)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		auto_free char *dir = xasprintf("%.*s", (int)(slash - path), path);
		bool there;
		size_t at = place_of(c, dir, &there);

		if (there && S_ISDIR(c->items[at].mode))
			continue;
		if (there)
			return err_set(err, -ENOTDIR,
				       "%s: is below %s, which is %s %s; only a folder can hold it", path,
				       dir, type_name(c->items[at].mode), c->items[at].from);
		struct item new = { .path = take_ptr(dir),
				    .from = xasprintf("made for %s", path),
				    .mode = S_IFDIR | 0755,
				    .implied = true };
		if (put(c, &new, err))
			return err->code;
	}
	return 0;
}

/* Checks, makes the folders on the way, and puts a copy of what is given. `from` becomes the archive's. */
static int add(struct cpio *c, const char *path, mode_t type, unsigned mode, const struct item *what,
	       char *from, struct err *err)
{
	auto_free char *words = from;
	char tidy[PATH_MAX];

	if (path_tidy(path, tidy, sizeof(tidy), err))
		return err->code;
	if (mode & ~07777u)
		return err_set(err, -EINVAL, "%s: mode %o: permission bits, 0 to 7777, are right", path,
			       mode);
	if (what->n > NEWC_MOST)
		return err_set(err, -EFBIG,
			       "%s: has %zu bytes; a cpio archive (newc) holds files below 4 GiB", path,
			       what->n);
	if (put_parents(c, tidy, err))
		return err->code;
	struct item new = *what;
	new.mode = type | mode;
	new.path = xstrdup(tidy);
	new.from = take_ptr(words);
	new.bytes = NULL;
	if (what->n) {
		new.bytes = xrealloc(NULL, what->n);
		memcpy(new.bytes, what->bytes, what->n);
	}
	return put(c, &new, err);
}

int cpio_add_bytes(struct cpio *c, const char *path, unsigned mode, const void *bytes, size_t n,
		   struct err *err)
{
	struct item it = { .bytes = (char *)(uintptr_t)bytes, .n = n };

	return add(c, path, S_IFREG, mode, &it, xstrdup("made here"), err);
}

int cpio_add_file(struct cpio *c, const char *path, unsigned mode, const char *host_path, struct err *err)
{
	auto_text struct text t = { 0 };
	struct stat st;

	if (stat(host_path, &st))
		return err_sys(err, "%s", host_path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s: is not a file; only files can be copied into the guest",
			       host_path);
	/* before gigabytes are read */
	if ((uint64_t)st.st_size > NEWC_MOST)
		return err_set(err, -EFBIG,
			       "%s: has %lld bytes; a cpio archive (newc) holds files below 4 GiB", host_path,
			       (long long)st.st_size);
	if (file_read(host_path, NEWC_MOST, &t, err))
		return err->code;
	struct item it = { .bytes = t.s, .n = t.len };
	return add(c, path, S_IFREG, mode, &it, xasprintf("from %s", host_path), err);
}

int cpio_add_link(struct cpio *c, const char *path, const char *target, struct err *err)
{
	struct item it = { .bytes = (char *)(uintptr_t)target, .n = strlen(target) };

	if (!it.n || it.n >= PATH_MAX)
		return err_set(err, -EINVAL, "%s: link to a path of %zu bytes; 1 to %d are right", path, it.n,
			       PATH_MAX - 1);
	return add(c, path, S_IFLNK, 0777, &it, xasprintf("to %s", target), err);
}

int cpio_add_dir(struct cpio *c, const char *path, unsigned mode, struct err *err)
{
	struct item it = { 0 };

	return add(c, path, S_IFDIR, mode, &it, xstrdup("made here"), err);
}

int cpio_add_node(struct cpio *c, const char *path, unsigned mode, unsigned major, unsigned minor,
		  struct err *err)
{
	struct item it = { .major = major, .minor = minor };

	if (major > MAJOR_MOST || minor > MINOR_MOST)
		return err_set(err, -EINVAL, "%s: device %u:%u: want at most %u:%u, the kernel's dev_t", path,
			       major, minor, MAJOR_MOST, MINOR_MOST);
	return add(c, path, S_IFCHR, mode, &it, xasprintf("%u:%u", major, minor), err);
}

static void archive_writer_end(struct archive **a)
{
	archive_write_free(*a);
}

static void entry_end(struct archive_entry **e)
{
	archive_entry_free(*e);
}

static la_ssize_t into_text(struct archive *a, void *out, const void *bytes, size_t n)
{
	(void)a;
	text_add(out, bytes, n);
	return (la_ssize_t)n;
}

static int write_item(struct archive *a, struct archive_entry *e, const struct item *it, size_t ino,
		      struct err *err)
{
	archive_entry_clear(e);
	archive_entry_set_pathname(e, it->path);
	archive_entry_set_mode(e, it->mode);
	archive_entry_set_ino64(e, (la_int64_t)ino);
	archive_entry_set_nlink(e, S_ISDIR(it->mode) ? 2 : 1);
	archive_entry_set_mtime(e, 0, 0);
	archive_entry_set_size(e, S_ISREG(it->mode) ? (la_int64_t)it->n : 0);
	if (S_ISCHR(it->mode)) {
		archive_entry_set_rdevmajor(e, it->major);
		archive_entry_set_rdevminor(e, it->minor);
	}
	auto_free char *target = S_ISLNK(it->mode) ? xasprintf("%.*s", (int)it->n, it->bytes) : NULL;
	if (target)
		archive_entry_set_symlink(e, target);
	/* a warning (a name that can't be converted) would be a changed entry */
	if (archive_write_header(a, e) != ARCHIVE_OK ||
	    (S_ISREG(it->mode) && it->n && archive_write_data(a, it->bytes, it->n) != (la_ssize_t)it->n))
		return err_set(err, -EIO, "%s: can't be put in a cpio archive: %s", it->path,
			       archive_error_string(a));
	return 0;
}

static int write_all(const struct cpio *c, struct text *out, struct err *err)
{
	__attribute__((cleanup(archive_writer_end))) struct archive *a = archive_write_new();
	__attribute__((cleanup(entry_end))) struct archive_entry *e = archive_entry_new();

	if (!a || !e)
		return err_set(err, -ENOMEM, "cpio archive: out of memory");
	/* the last block is as long as it is: no padding to 10 KiB */
	if (archive_write_set_format_cpio_newc(a) || archive_write_set_bytes_in_last_block(a, 1) ||
	    archive_write_open(a, out, NULL, into_text, NULL))
		return err_set(err, -EIO, "cpio archive: libarchive: %s", archive_error_string(a));
	for (size_t i = 0; i < c->n; i++)
		if (write_item(a, e, &c->items[i], i + 1, err))
			return err->code;
	if (archive_write_close(a))
		return err_set(err, -EIO, "cpio archive: libarchive: %s", archive_error_string(a));
	return 0;
}

int cpio_write_text(struct cpio *c, struct text *out, struct err *err)
{
	auto_text struct text t = { 0 };

	if (write_all(c, &t, err))
		return err->code;
	text_add(out, t.s, t.len);
	return 0;
}

int cpio_write(struct cpio *c, const char *to_path, struct err *err)
{
	auto_text struct text t = { 0 };

	if (write_all(c, &t, err))
		return err_prefix(err, "%s", to_path);
	return file_write(to_path, t.s, t.len, err);
}
