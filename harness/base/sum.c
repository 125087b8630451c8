/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/sum.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/text.h"

#define PAGE 4096
#define LANES 4 /* independent of each other, so that the multiplications overlap */
#define ODD 0x9e3779b97f4a7c15ull

/*
 * One page into the sum. Each step is a bijection of the lane for a given word, and of the word for a given lane: a word that
 * differs makes a lane that differs. A page of zeroes adds nothing, wherever it is: holes are skipped.
 */
static void add_page(uint64_t *sum, const unsigned char *page, uint64_t at)
{
	uint64_t lane[LANES] = { at | 1, at + 3, at + 5, at + 7 }, word[LANES], any = 0;

	for (size_t i = 0; i < PAGE; i += sizeof(word)) {
		memcpy(word, page + i, sizeof(word));
		for (size_t l = 0; l < LANES; l++) {
			any |= word[l];
			lane[l] = (lane[l] ^ word[l]) * ODD;
			lane[l] ^= lane[l] >> 29;
		}
	}
	for (size_t l = 0; any && l < LANES; l++)
		*sum += lane[l];
}

int sum_file_sparse(const char *path, uint64_t *out, struct err *err)
{
	auto_close int fd = file_open(path, err);
	size_t size = 1 << 18;
	auto_free unsigned char *buf = xcalloc(1, size);
	off_t at = 0;
	ssize_t n = 0;

	*out = 0;
	if (fd < 0)
		return err->code;
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && (n = pread(fd, buf, size, at)) > 0) {
		size_t whole = ((size_t)n + PAGE - 1) / PAGE * PAGE;

		memset(buf + n, 0, whole - (size_t)n);
		for (size_t i = 0; i < whole; i += PAGE)
			add_page(out, buf + i, (uint64_t)at + i);
		at += n;
		if (interrupt_check(err))
			return err->code;
	}
	return n < 0 || (at < 0 && errno != ENXIO) ? err_sys(err, "%s", path) : 0;
}
