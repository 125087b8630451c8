/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "kit/initramfs.h"

#define MODULE_MOST (256u * 1024 * 1024) /* with debug information the largest are about 100 MiB */

static void reader_end(struct archive **a)
{
	archive_read_free(*a);
}

static bool is_module(const struct text *t, size_t from)
{
	Elf64_Ehdr eh;

	if (t->len - from < sizeof(eh))
		return false;
	memcpy(&eh, t->s + from, sizeof(eh));
	return !memcmp(eh.e_ident, ELFMAG, SELFMAG) && eh.e_ident[EI_CLASS] == ELFCLASS64 &&
	       eh.e_ident[EI_DATA] == ELFDATA2LSB && eh.e_type == ET_REL && eh.e_machine == EM_X86_64;
}

static int read_all(struct archive *a, bool there, const char *path, struct text *out, struct err *err)
{
	char buf[65536];
	la_ssize_t n = 0;
	size_t from = out->len;

	while (there && (n = archive_read_data(a, buf, sizeof(buf))) > 0) {
		if (out->len - from + (size_t)n > MODULE_MOST)
			return err_set(err, -EFBIG,
				       "%s: unpacks to more than %u bytes, the most a module may have", path,
				       MODULE_MOST);
		text_add(out, buf, (size_t)n);
	}
	if (n < 0)
		return err_set(err, -EINVAL, "%s: can't be unpacked: %s", path, archive_error_string(a));
	if (!is_module(out, from))
		return err_set(
			err, -ENOEXEC,
			"%s: is not a kernel module; want an x86-64 object file, plain or packed by xz, gzip "
			"or zstd",
			path);
	return 0;
}

int module_read(const char *path, struct text *out, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* not to hang on a FIFO */
	struct archive_entry *e;					   /* the reader's */
	struct stat st;
	size_t from = out->len;
	int r;

	if (fd < 0 || fstat(fd, &st))
		return err_sys(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, -EINVAL, "%s: is not a file; want the path of a kernel module", path);
	__attribute__((cleanup(reader_end))) struct archive *a = archive_read_new();
	/* "raw" takes any file as one entry of that content; an empty file is a format of its own to
	 * libarchive */
	if (!a || archive_read_support_filter_xz(a) || archive_read_support_filter_gzip(a) ||
	    archive_read_support_filter_zstd(a) || archive_read_support_format_raw(a) ||
	    archive_read_support_format_empty(a))
		return err_set(err, -ENOSYS, "%s: libarchive is built without xz, gzip or zstd", path);
	r = archive_read_open_fd(a, fd, 65536);
	if (r == ARCHIVE_OK)
		r = archive_read_next_header(a, &e);
	if (r != ARCHIVE_OK && r != ARCHIVE_EOF)
		return err_set(err, -EINVAL, "%s: can't be unpacked: %s", path, archive_error_string(a));
	if (read_all(a, r == ARCHIVE_OK, path, out, err)) {
		/* half a module is none */
		out->len = from;
		if (out->s)
			out->s[from] = 0;
		return err->code;
	}
	return 0;
}
