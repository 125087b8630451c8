/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is read of a user's program: its bytes as a file, ELF or script; or 'C' and an ld.so.cache; or 'P' and a program that
 * is also a library beside it (lib.so), whose needs are looked for.
 *
 * Beyond not crashing: an error has one line of message, what is a linked ELF file keeps to the bounds of kit/elffile.h, and
 * no read takes more memory than they allow. A path that the cache hands out begins with '/'.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "kit/elfcache.h"
#include "kit/elfdeps.h"
#include "kit/elffile.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void cache(const uint8_t *data, size_t size)
{
	auto_text struct text t = { 0 };

	text_add(&t, data, size);
	const char *path = elf_cache_find(&t, "libc.so.6");
	must(!path || (*path == '/' && path > t.s && path < t.s + t.len));
}

static char dir[] = "/tmp/numarig-fuzz-elf.XXXXXX";

static void end(void)
{
	struct err ignored = ERR_INIT;

	dir_remove(dir, &ignored);
}

static void program(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.out", "lib.so" };
	auto_strlist struct strlist files = { 0 };
	struct err err = ERR_INIT;

	if (dir[strlen(dir) - 1] == 'X' && (!mkdtemp(dir) || atexit(end)))
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		auto_free char *to = xasprintf("%s/%s", dir, names[i]);

		if (file_write(to, data, size, &err) || chmod(to, 0755))
			abort();
	}
	auto_free char *path = xasprintf("%s/a.out", dir);
	int bad = elf_closure(path, &files, &err);
	must(bad == err.code && !bad == !err.msg[0] && !strpbrk(err.msg, "\r\n"));
	for (size_t i = 0; i < files.n; i++)
		must(files.v[i][0] == '/');
}

static void file(const uint8_t *data, size_t size)
{
	auto_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	auto_free char *path = xasprintf("/proc/self/fd/%d", fd);
	auto_elf_file struct elf_file f = { 0 };
	enum elf_kind kind = ELF_KIND_OTHER;
	struct err err = ERR_INIT, also = ERR_INIT;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return;
	int bad = elf_kind(path, &kind, &err);
	must(bad == err.code && !bad == !err.msg[0] && !strpbrk(err.msg, "\r\n"));
	bad = elf_file_read(fd, path, &f, &also);
	must(bad == also.code && !bad == !also.msg[0]);
	must(f.needed.n <= ELF_MOST_NEEDED && f.optional.n <= ELF_MOST_NEEDED);
	for (size_t i = 0; i < f.needed.n; i++)
		must(*f.needed.v[i]);
	must(bad || !f.interp || *f.interp == '/');
	must(!f.rpath || strlen(f.rpath) < ELF_MOST_SEARCH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && data[0] == 'C')
		cache(data + 1, size - 1);
	else if (size && data[0] == 'P')
		program(data + 1, size - 1);
	else
		file(data, size);
	return 0;
}
