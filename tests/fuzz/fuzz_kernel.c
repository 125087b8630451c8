/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel of the user's: a bzImage, with what is packed in it, or a vmlinux.
 *
 * Beyond not crashing: an error has one line of message; what was taken out of a bzImage is a vmlinux that passes its own check
 * again, and costs at most UNPACKED times the input's size in memory, whatever it says of itself; release and banner are
 * printable and end.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "kit/kernel.h"
#include "tests/fuzz/must.h"

#define UNPACKED 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void printable(const char *s, size_t most)
{
	must(s && strlen(s) <= most);
	for (; *s; s++)
		must(*s >= ' ' && *s < 0x7f);
}

static void unpack(const char *p, size_t n)
{
	auto_text struct text out = { 0 };
	struct err err = ERR_INIT;
	size_t needs;
	int bad = vmlinux_unpack(p, n, &out, &err);

	must_explain(bad, &err);
	must(out.len <= UNPACKED * (n + 1));
	must(bad || (!vmlinux_check(out.s, out.len, &needs, &err) && needs == out.len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_free char *copy = xcalloc(size, 1); /* exactly: a read behind it is seen */
	auto_kernel struct kernel k = { 0 };
	struct err err = ERR_INIT;
	unsigned v[3];

	memcpy(copy, data, size);
	int bad = kernel_identify("fuzz", copy, size, &k, &err);
	must_explain(bad, &err);
	if (!bad) {
		printable(k.release, 128);
		printable(k.banner, 512);
		kernel_upstream(&k, v);
	}
	unpack(copy, size);
	return 0;
}
