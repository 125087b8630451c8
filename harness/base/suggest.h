/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "did you mean": the known name nearest to what was typed. */
#ifndef NUMARIG_BASE_SUGGEST_H
#define NUMARIG_BASE_SUGGEST_H

#include <stddef.h>

/*
 * The name in the NULL-ended list with the least edit distance to `word` (insert, delete, replace, swap of
 * neighbours, letter case free), or NULL when none is near enough to be a slip of the finger (a third of its
 * length, at least 2) and none has `word`, of 3 letters or more, as its beginning. Points into the list.
 */
const char *suggest(const char *word, const char *const *names);

/*
 * The same of a table whose rows have a name and that ends with a row whose name is NULL: `first` is the address of the
 * first row's name, `row` the size of a row.
 */
const char *suggest_row(const char *word, const char *const *first, size_t row);

#endif
