/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inputs of `topo import` in a folder, and beside them in expected/ what is made of each: JSON, or how it is refused. */
#ifndef TESTS_UNIT_IMPORTED_H
#define TESTS_UNIT_IMPORTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <dirent.h>

#include "base/auto.h"
#include "base/file.h"
#include "topo/import.h"

#define IMPORTED_MOST (1u << 20)

/* How an input is imported that is not imported as the others are; the last has no name and is for these. */
struct imported_how {
	const char *name;
	struct topo_import how;
};

static inline struct topo_import imported_how(const struct imported_how *table, const char *name)
{
	while (table->name && strcmp(table->name, name) != 0)
		table++;
	return table->how;
}

/* Appends what is made of the input, the number-th of its folder. */
typedef void imported_fn(const char *name, size_t number, struct text *out);

static inline int imported_is_input(const struct dirent *e)
{
	return e->d_name[0] != '.' && strchr(e->d_name, '.');
}

/* Compares all of a folder, or writes all; `program` is the test's name. */
static inline void imported_goldens(const char *folder, imported_fn *made, bool write, const char *program)
{
	auto_free char *expected = xasprintf("%s/expected", folder);
	auto_text struct text wrong = { 0 };
	struct dirent **names, **goldens;
	int n = scandir(folder, &names, imported_is_input, alphasort);

	assert_true(n > 12);
	for (int i = 0; i < n; i++) {
		auto_free char *path = xasprintf("%s/%s.out", expected, names[i]->d_name);
		auto_text struct text is = { 0 }, want = { 0 };
		struct err err = ERR_INIT;

		made(names[i]->d_name, (size_t)i, &is);
		if (write ? file_write(path, is.s, is.len, &err)
			  : file_read(path, IMPORTED_MOST, &want, &err))
			text_printf(&wrong, "%s\n", err.msg);
		else if (!write && strcmp(text_str(&is), text_str(&want)) != 0)
			text_printf(&wrong, "%s: is\n%swant\n%s", names[i]->d_name, text_str(&is),
				    text_str(&want));
		free(names[i]);
	}
	free(names);
	if (wrong.len)
		fail_msg("`build/unit/%s --write` writes what differs anew\n%s", program, wrong.s);
	int left = scandir(expected, &goldens, imported_is_input, alphasort);
	for (int i = 0; i < left; i++)
		free(goldens[i]);
	free(goldens);
	assert_int_equal(left, n); /* each golden has its input */
}

#endif
