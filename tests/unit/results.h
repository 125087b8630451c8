/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results in JSON, as tests take them apart. */
#ifndef NUMARIG_TESTS_RESULTS_H
#define NUMARIG_TESTS_RESULTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/json.h"

static inline json_t *file(const char *path)
{
	json_t *j = json_load_file(path, 0, NULL);

	assert_non_null(j);
	return j;
}

/* The result that is kept for tests. */
static inline json_t *example(void)
{
	return file(TEST_SOURCE_DIR "/tests/data/result-example.json");
}

/* In an array of objects the one of that name. */
static inline json_t *called(const json_t *list, const char *name)
{
	json_t *x;
	size_t i;

	json_array_foreach (list, i, x) {
		if (!strcmp(json_word(x, "name"), name))
			return x;
	}
	fail_msg("there is no %s", name);
	return NULL;
}

static inline json_t *workload(json_t *r, const char *name)
{
	return called(json_object_get(r, "workloads"), name);
}

#endif
