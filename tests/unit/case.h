/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Case files for tests, out of text that the eye can bear. */
#ifndef NUMARIG_TESTS_CASE_H
#define NUMARIG_TESTS_CASE_H

#include <string.h>

#include "base/auto.h"
#include "cases/case.h"

/* With ' for ", for the eye. */
static inline char *quoted(const char *text)
{
	char *copy = xstrdup(text);

	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return copy;
}

/* The least there may be, and more members of the test's. */
#define LEAST(more) \
	"{'about': 'a', 'source': 's', 'topology': '2node', 'program': 'p.c', " more "'does_not': {'n': 1}}"
#define GOOD(more) LEAST("'shows': {'n': 0}, " more)

static inline struct case_file *parse(const char *text, struct err *err)
{
	auto_free char *json = quoted(text);
	struct case_file *c;

	return case_parse(json, strlen(json), "x", "/d", &c, err) ? NULL : c;
}

#endif
