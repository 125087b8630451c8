/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For "did you mean ...?" in messages: the known name nearest to what was typed. */
#ifndef NUMARIG_BASE_SUGGEST_H
#define NUMARIG_BASE_SUGGEST_H

#include <stddef.h>

/*
 * The name in the NULL-ended list with the least edit distance to `word`. Inserting, deleting, replacing a letter and swapping
 * two neighbours count 1 each; letter case does not count. A name is near enough up to a distance of a third of its length (at
 * least 2), or when it begins with `word` and `word` has 3 letters or more. NULL when none is. The result points into the list.
 */
const char *suggest(const char *word, const char *const *names);

/*
 * The same for a table whose rows have a name; the last row's name is NULL. `first` is the address of the first row's name,
 * `row` the size of a row in bytes.
 */
const char *suggest_row(const char *word, const char *const *first, size_t row);

#endif
