/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The archive writer, and kernel modules in their packings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/initramfs.h"

#define MIB (1024ull * 1024)

struct dir {
	char path[64];
};

static int setup(void **state)
{
	struct dir *d = xcalloc(1, sizeof(*d));

	snprintf(d->path, sizeof(d->path), "/tmp/numarig-test-cpio.XXXXXX");
	*state = d;
	return !mkdtemp(d->path);
}

static int teardown(void **state)
{
	struct dir *d = *state;
	struct err err = ERR_INIT;
	int bad = dir_remove(d->path, &err);

	free(d);
	return bad;
}

#define OK(call)                                            \
	do {                                                \
		struct err err = ERR_INIT;                  \
		if (call)                                   \
			fail_msg("%s: %s", #call, err.msg); \
	} while (0)

#define REFUSED(call, number, message)                 \
	do {                                           \
		struct err err = ERR_INIT;             \
		assert_int_equal(call, number);        \
		assert_int_equal(err.code, number);    \
		assert_string_equal(err.msg, message); \
	} while (0)

/* Reads an archive back, one line an entry: path, mode, owner, time, inode, links, device, content. */
static void listing(const struct text *archive, struct text *out)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;

	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_memory(a, archive->s, archive->len), ARCHIVE_OK);
	while (archive_read_next_header(a, &e) == ARCHIVE_OK) {
		char content[64] = "";
		la_ssize_t n = archive_read_data(a, content, sizeof(content) - 1);
		const char *link = archive_entry_symlink(e);

		assert_true(n >= 0);
		text_printf(out, "%s %o %d:%d %lld ino %lld nlink %u dev %u:%u %s%s\n",
			    archive_entry_pathname(e), (unsigned)archive_entry_mode(e),
			    (int)archive_entry_uid(e), (int)archive_entry_gid(e),
			    (long long)archive_entry_mtime(e), (long long)archive_entry_ino64(e),
			    archive_entry_nlink(e), (unsigned)archive_entry_rdevmajor(e),
			    (unsigned)archive_entry_rdevminor(e), link ? link : "", content);
	}
	archive_read_free(a);
}

static void entries(void **state)
{
	const struct dir *d = *state;
	auto_cpio struct cpio *c = cpio_new();
	auto_free char *host = xasprintf("%s/program", d->path);
	auto_free char *link = xasprintf("%s/link", d->path);
	auto_text struct text archive = { 0 }, list = { 0 };

	OK(file_write(host, "#!prog", 6, &err));
	assert_int_equal(symlink("program", link), 0);
	OK(cpio_add_node(c, "/dev/console", 0600, 5, 1, &err));
	OK(cpio_add_bytes(c, "init", 0755, "#!init", 6, &err));
	OK(cpio_add_file(c, "/usr//bin/prog", 04755, link, &err));
	OK(cpio_add_link(c, "usr/bin/sh", "/bin/busybox", &err));
	OK(cpio_add_dir(c, "tmp/", 01777, &err));
	OK(cpio_add_dir(c, "usr", 0700, &err));
	OK(cpio_add_bytes(c, "usr-local", 0644, "", 0, &err));
	OK(cpio_add_bytes(c, "\303\244", 0, "x", 1, &err));
	OK(cpio_write_text(c, &archive, &err));
	listing(&archive, &list);
	assert_string_equal(list.s, "dev 40755 0:0 0 ino 1 nlink 2 dev 0:0 \n"
				    "dev/console 20600 0:0 0 ino 2 nlink 1 dev 5:1 \n"
				    "init 100755 0:0 0 ino 3 nlink 1 dev 0:0 #!init\n"
				    "tmp 41777 0:0 0 ino 4 nlink 2 dev 0:0 \n"
				    "usr 40700 0:0 0 ino 5 nlink 2 dev 0:0 \n"
				    "usr-local 100644 0:0 0 ino 6 nlink 1 dev 0:0 \n"
				    "usr/bin 40755 0:0 0 ino 7 nlink 2 dev 0:0 \n"
				    "usr/bin/prog 104755 0:0 0 ino 8 nlink 1 dev 0:0 #!prog\n"
				    "usr/bin/sh 120777 0:0 0 ino 9 nlink 1 dev 0:0 /bin/busybox\n"
				    "\303\244 100000 0:0 0 ino 10 nlink 1 dev 0:0 x\n");
	/* not a word of the host */
	assert_null(memmem(archive.s, archive.len, d->path, strlen(d->path)));
	assert_int_equal(archive.len % 4, 0);
}

/* The bytes themselves, once: whatever the library does in its next version. */
static void exact_bytes(void **state)
{
	static const char want[] = "070701"
				   "00000001"
				   "000081a4"
				   "00000000"
				   "00000000"
				   "00000001"
				   "00000000"
				   "00000003"
				   "00000000"
				   "00000000"
				   "00000000"
				   "00000000"
				   "00000003"
				   "00000000"
				   "hi\0\0\0\0"
				   "abc\0"
				   "070701"
				   "00000000"
				   "00000000"
				   "00000000"
				   "00000000"
				   "00000001"
				   "00000000"
				   "00000000"
				   "00000000"
				   "00000000"
				   "00000000"
				   "00000000"
				   "0000000b"
				   "00000000"
				   "TRAILER!!!\0\0\0";
	auto_cpio struct cpio *c = cpio_new();
	auto_text struct text archive = { 0 };
	(void)state;

	OK(cpio_add_bytes(c, "hi", 0644, "abc", 3, &err));
	OK(cpio_write_text(c, &archive, &err));
	assert_int_equal(archive.len, sizeof(want));
	assert_memory_equal(archive.s, want, sizeof(want));
}

static void order_of_adding(void **state)
{
	static const char *const paths[] = { "b/c", "a", "b/c-d", "b/a/x", "z" };
	auto_text struct text once = { 0 }, again = { 0 };
	auto_cpio struct cpio *c = cpio_new(), *r = cpio_new();
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		const char *back = paths[ARRAY_SIZE(paths) - 1 - i];

		OK(cpio_add_bytes(c, paths[i], 0644, paths[i], strlen(paths[i]), &err));
		OK(cpio_add_bytes(r, back, 0644, back, strlen(back), &err));
	}
	OK(cpio_write_text(c, &once, &err));
	OK(cpio_write_text(r, &again, &err));
	assert_int_equal(once.len, again.len);
	assert_memory_equal(once.s, again.s, once.len);
	/* a second write of the same builder is the same, too */
	OK(cpio_write_text(c, &again, &err));
	assert_int_equal(again.len, 2 * once.len);
	assert_memory_equal(again.s + once.len, once.s, once.len);
}

static void twice(void **state)
{
	const struct dir *d = *state;
	auto_cpio struct cpio *c = cpio_new();
	auto_free char *host = xasprintf("%s/program", d->path);
	auto_free char *message =
		xasprintf("bin/p: added twice: a file made here, mode 755, 3 bytes, and a file from "
			  "%s, mode 755, 4 bytes; a path holds one of them",
			  host);

	OK(file_write(host, "abcd", 4, &err));
	OK(cpio_add_bytes(c, "bin/p", 0755, "abc", 3, &err));
	OK(cpio_add_bytes(c, "/bin/p", 0755, "abc", 3, &err));
	REFUSED(cpio_add_file(c, "/bin/p", 0755, host, &err), -EEXIST, message);
	REFUSED(cpio_add_bytes(c, "bin/p", 0755, "abd", 3, &err), -EEXIST,
		"bin/p: added twice: a file made here, mode 755, 3 bytes, and a file made here, mode 755, 3 bytes; a "
		"path holds one of them");
	REFUSED(cpio_add_bytes(c, "bin/p", 0644, "abc", 3, &err), -EEXIST,
		"bin/p: added twice: a file made here, mode 755, 3 bytes, and a file made here, mode 644, 3 bytes; a "
		"path holds one of them");
	REFUSED(cpio_add_link(c, "bin", "usr/bin", &err), -EEXIST,
		"bin: added twice: a folder made for bin/p, mode 755, 0 bytes, and a link to usr/bin, mode 777, 7 "
		"bytes; a path holds one of them");
	OK(cpio_add_dir(c, "bin", 0700, &err)); /* was only implied */
	OK(cpio_add_dir(c, "bin", 0700, &err));
	OK(cpio_add_bytes(c, "bin/q", 0755, "abc", 3, &err));
	REFUSED(cpio_add_dir(c, "bin", 0755, &err), -EEXIST,
		"bin: added twice: a folder made here, mode 700, 0 bytes, and a folder made here, mode 755, 0 bytes; "
		"a path holds one of them");
	REFUSED(cpio_add_bytes(c, "bin/p/x", 0755, "", 0, &err), -ENOTDIR,
		"bin/p/x: is below bin/p, which is a file made here; only a folder can hold it");
	OK(cpio_add_link(c, "lib", "usr/lib", &err));
	REFUSED(cpio_add_bytes(c, "lib/x", 0755, "", 0, &err), -ENOTDIR,
		"lib/x: is below lib, which is a link to usr/lib; only a folder can hold it");
}

static void bad_paths(void **state)
{
	auto_cpio struct cpio *c = cpio_new();
	auto_text struct text longer = { 0 };
	(void)state;

	for (int i = 0; i < 4095; i++)
		text_add(&longer, i % 2 ? "/" : "a", 1);
	OK(cpio_add_dir(c, longer.s, 0755, &err));
	text_add(&longer, "/", 1);
	REFUSED(cpio_add_dir(c, longer.s, 0755, &err), -ENAMETOOLONG,
		"path in the guest of 4096 bytes: want less than 4096 (the kernel's PATH_MAX)");
	REFUSED(cpio_add_link(c, "l", longer.s, &err), -EINVAL,
		"l: link to a path of 4096 bytes; 1 to 4095 are right");
	REFUSED(cpio_add_link(c, "l", "", &err), -EINVAL,
		"l: link to a path of 0 bytes; 1 to 4095 are right");
	REFUSED(cpio_add_dir(c, "/", 0755, &err), -EINVAL,
		"path in the guest \"/\": names nothing; want a plain path");
	REFUSED(cpio_add_dir(c, "", 0755, &err), -EINVAL,
		"path in the guest \"\": names nothing; want a plain path");
	REFUSED(cpio_add_dir(c, "a/../b", 0755, &err), -EINVAL,
		"path in the guest \"a/../b\": has a \"..\" in it; want a plain path");
	REFUSED(cpio_add_dir(c, "a/.", 0755, &err), -EINVAL,
		"path in the guest \"a/.\": has a \".\" in it; want a plain path");
	REFUSED(cpio_add_dir(c, "/TRAILER!!!", 0755, &err), -EINVAL,
		"path in the guest \"/TRAILER!!!\": marks the end of a cpio archive");
	OK(cpio_add_dir(c, "...", 0755, &err));
}

static void limits(void **state)
{
	const struct dir *d = *state;
	auto_cpio struct cpio *c = cpio_new();
	auto_free char *host = xasprintf("%s/big", d->path);
	auto_free char *message =
		xasprintf("%s: has 4294967296 bytes; a cpio archive (newc) holds files below 4 GiB", host);
	auto_free char *folder =
		xasprintf("%s: is not a file; only files can be copied into the guest", d->path);

	REFUSED(cpio_add_bytes(c, "a", 0644, "", 1ull << 32, &err), -EFBIG,
		"a: has 4294967296 bytes; a cpio archive (newc) holds files below 4 GiB");
	OK(file_write(host, "", 0, &err));
	assert_int_equal(truncate(host, 1ll << 32), 0);
	REFUSED(cpio_add_file(c, "a", 0644, host, &err), -EFBIG, message);
	REFUSED(cpio_add_file(c, "a", 0644, d->path, &err), -EINVAL, folder);
	REFUSED(cpio_add_file(c, "a", 0644, "/no/file", &err), -ENOENT,
		"/no/file: No such file or directory");
	REFUSED(cpio_add_bytes(c, "a", S_IFCHR | 0644, "", 0, &err), -EINVAL,
		"a: mode 20644: permission bits, 0 to 7777, are right");
	REFUSED(cpio_add_node(c, "a", 0600, 4096, 1, &err), -EINVAL,
		"a: device 4096:1: want at most 4095:1048575, the kernel's dev_t");
	REFUSED(cpio_add_node(c, "a", 0600, 5, 1u << 20, &err), -EINVAL,
		"a: device 5:1048576: want at most 4095:1048575, the kernel's dev_t");
	OK(cpio_add_node(c, "a", 0600, 4095, (1u << 20) - 1, &err));
}

static unsigned files_in(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2; /* "." and ".." */
}

static void written_whole_or_not(void **state)
{
	const struct dir *d = *state;
	auto_cpio struct cpio *c = cpio_new();
	auto_free char *to = xasprintf("%s/initramfs", d->path);
	auto_free char *nowhere = xasprintf("%s/no/initramfs", d->path);
	auto_free char *message = xasprintf("%s: No such file or directory", nowhere);
	auto_text struct text want = { 0 }, got = { 0 };

	OK(file_write(to, "old", 3, &err));
	OK(cpio_add_bytes(c, "init", 0755, "#!", 2, &err));
	OK(cpio_write(c, to, &err));
	OK(cpio_write_text(c, &want, &err));
	OK(file_read(to, MIB, &got, &err));
	assert_int_equal(got.len, want.len);
	assert_memory_equal(got.s, want.s, want.len);
	assert_int_equal(files_in(d->path), 1);
	REFUSED(cpio_write(c, nowhere, &err), -ENOENT, message);
	assert_int_equal(files_in(d->path), 1);
}

/* An object file's head and some content, packed by a filter of libarchive's (NULL: as it is). */
static char *module(const struct dir *d, const char *filter, struct text *plain)
{
	char *path = xasprintf("%s/m.ko.%s", d->path, filter ? filter : "plain");
	Elf64_Ehdr eh = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			  .e_type = ET_REL,
			  .e_machine = EM_X86_64 };
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	text_free(plain);
	text_add(plain, &eh, sizeof(eh));
	for (unsigned i = 0; i < 50000; i++)
		text_printf(plain, "%u", i * i);
	assert_int_equal(archive_write_set_format_raw(a), ARCHIVE_OK);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	archive_entry_set_filetype(e, AE_IFREG);
	assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
	assert_int_equal(archive_write_data(a, plain->s, plain->len), plain->len);
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_entry_free(e);
	archive_write_free(a);
	return path;
}

/* Cut in half it is no module, nor half of one. */
static void cut_in_half(const char *path, off_t size, struct text *got)
{
	size_t before = got->len;
	struct err err = ERR_INIT;

	assert_int_equal(truncate(path, size / 2), 0);
	assert_int_equal(module_read(path, got, &err), -EINVAL);
	assert_non_null(strstr(err.msg, ": can't be unpacked: "));
	assert_int_equal(got->len, before);
}

static void modules(void **state)
{
	static const char *const filters[] = { NULL, "xz", "gzip", "zstd" };
	const struct dir *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		auto_text struct text plain = { 0 }, got = { 0 };
		auto_free char *path = module(d, filters[i], &plain);
		struct stat st;

		OK(module_read(path, &got, &err));
		assert_int_equal(got.len, plain.len);
		assert_memory_equal(got.s, plain.s, plain.len);
		assert_int_equal(stat(path, &st), 0);
		if (filters[i]) {
			assert_true((size_t)st.st_size < plain.len / 4 * 3); /* it is packed */
			cut_in_half(path, st.st_size, &got);
		}
	}
}

static void not_modules(void **state)
{
	const struct dir *d = *state;
	auto_free char *path = xasprintf("%s/m.ko", d->path);
	auto_free char *message =
		xasprintf("%s: is not a kernel module; want an x86-64 object file, plain or "
			  "packed by xz, gzip or zstd",
			  path);
	auto_text struct text t = { 0 };
	auto_free char *made = module(d, NULL, &t);

	OK(file_write(path, "", 0, &err));
	REFUSED(module_read(path, &t, &err), -ENOEXEC, message);
	OK(file_write(path, "words", 5, &err));
	REFUSED(module_read(path, &t, &err), -ENOEXEC, message);
	t.s[offsetof(Elf64_Ehdr, e_type)] = ET_DYN; /* a program */
	OK(file_write(path, t.s, t.len, &err));
	REFUSED(module_read(path, &t, &err), -ENOEXEC, message);
	REFUSED(module_read("/no/m.ko", &t, &err), -ENOENT, "/no/m.ko: No such file or directory");
	auto_free char *folder = xasprintf("%s: is not a file; want the path of a kernel module", d->path);
	REFUSED(module_read(d->path, &t, &err), -EINVAL, folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(entries, setup, teardown),
		cmocka_unit_test(exact_bytes),
		cmocka_unit_test(order_of_adding),
		cmocka_unit_test_setup_teardown(twice, setup, teardown),
		cmocka_unit_test(bad_paths),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(written_whole_or_not, setup, teardown),
		cmocka_unit_test_setup_teardown(modules, setup, teardown),
		cmocka_unit_test_setup_teardown(not_modules, setup, teardown),
	};

	return cmocka_run_group_tests_name("initramfs", tests, NULL, NULL);
}
