/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For the tests of harness/topo: a guest's texts as captured, tests/data/sysfs-NAME/boot.txt. "=== PATH"
 * opens each text; "=== fallback" holds what that kernel's dmesg said of its fallback order ("0: 0 1 3 2").
 */
#ifndef NUMARIG_TESTS_TOPO_DUMP_H
#define NUMARIG_TESTS_TOPO_DUMP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/auto.h"
#include "base/file.h"
#include "wire/rawset.h"

/* Into an empty set; ends the test when the file is not there. */
static inline void dump_load(const char *name, struct rawset *out)
{
	auto_free char *path = xasprintf(TEST_SOURCE_DIR "/tests/data/%s/boot.txt", name);
	auto_text struct text text = { 0 };
	struct err err = ERR_INIT;

	if (file_read(path, 1 << 20, &text, &err))
		fail_msg("%s", err.msg);
	for (char *p = strstr(text.s, "=== "); p;) {
		char *end = strchr(p, '\n'), *next = strstr(end, "\n=== ");
		auto_free char *at = xasprintf("%.*s", (int)(end - p - 4), p + 4);

		next = next ? next + 1 : NULL;
		rawset_put(out, at, end + 1, next ? (size_t)(next - end - 1) : strlen(end + 1));
		p = next;
	}
}

/* Replaces the first `from` in the text at `path` by `to`; ends the test when there is none. */
static inline void dump_edit(struct rawset *set, const char *path, const char *from, const char *to)
{
	const char *text = rawset_get(set, path), *at = text ? strstr(text, from) : NULL;

	if (!at)
		fail_msg("no \"%s\" in %s", from, path);
	auto_free char *edited = xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	rawset_put(set, path, edited, strlen(edited));
}

/* As if the guest had not shown the file. */
static inline void dump_drop(struct rawset *set, const char *path)
{
	struct rawset left = { 0 };
	const char *p;

	if (!rawset_get(set, path))
		fail_msg("no %s", path);
	for (size_t i = 0; (p = rawset_path(set, i)); i++)
		if (strcmp(p, path) != 0)
			rawset_put(&left, p, rawset_get(set, p), strlen(rawset_get(set, p)));
	rawset_free(set);
	*set = left;
}

#endif
