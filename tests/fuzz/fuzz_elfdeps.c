/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of a user's program: 'L' and a loader's list, anything else a file's head (ELF or script). */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "run/elfdeps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int list(const uint8_t *data, size_t size)
{
	auto_strlist struct strlist files = { 0 };
	auto_text struct text t = { 0 };
	struct err err = ERR_INIT;

	text_add(&t, data, size);
	int bad = elf_list_parse("a.out", t.s, &files, &err);
	for (size_t i = 0; i < files.n; i++)
		if (files.v[i][0] != '/')
			abort();
	return bad != err.code || (bad && !err.msg[0]);
}

static int head(const uint8_t *data, size_t size)
{
	auto_close int fd = memfd_create("fuzz", MFD_CLOEXEC);
	auto_free char *path = xasprintf("/proc/self/fd/%d", fd);
	enum elf_kind kind = ELF_KIND_OTHER;
	struct err err = ERR_INIT;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		return 0;
	int bad = elf_kind(path, &kind, &err);
	return bad != err.code || (bad && !err.msg[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && data[0] == 'L' ? list(data + 1, size - 1) : head(data, size))
		abort();
	return 0;
}
