/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of a guest's through the parsers of wire/procfs.h. The input's first byte selects the parser, the rest
 * is the text up to the first 0: v vmstat, m meminfo, z zoneinfo, n numa_maps,
 * a maps.
 *
 * Beyond not crashing: an error leaves an empty result and one line of message, and success means a whole
 * text.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "wire/procfs.h"
#include "tests/fuzz/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `v` and `n` are the result's, whatever its type. */
static void check(int r, const char *text, const void *v, size_t n, const struct err *err)
{
	size_t len = strlen(text);

	if (!r) {
		must(!len || text[len - 1] == '\n');
		must(!n == !v);
		return;
	}
	must(r == -EINVAL && err->code == r && !v && !n);
	must(*err->msg && !strchr(err->msg, '\n'));
}

#define PARSE(what, type)                               \
	do {                                            \
		struct type out;                        \
		int r = what##_parse(text, &out, &err); \
                                                        \
		check(r, text, out.v, out.n, &err);     \
		type##_free(&out);                      \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;

	if (!size)
		return 0;
	auto_free char *text = xcalloc(size, 1); /* exactly: a read behind it is seen */

	memcpy(text, data + 1, size - 1);
	switch (data[0]) {
	case 'v':
		PARSE(vmstat, counters);
		break;
	case 'm':
		PARSE(meminfo, counters);
		break;
	case 'z':
		PARSE(zoneinfo, zones);
		break;
	case 'n':
		PARSE(numa_maps, numa_maps);
		break;
	case 'a':
		PARSE(maps, maps);
		break;
	}
	return 0;
}
