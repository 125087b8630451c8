/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What there is to choose from, for `list`, `show` and completion: from the tables and files that run it. */
#ifndef NUMARIG_KINDS_H
#define NUMARIG_KINDS_H

#include <jansson.h>

#include "base/err.h"

extern const char *const kinds[]; /* "topologies" and so on; ends with NULL */

/*
 * All of a kind, objects with "name" and "about" first; a new reference. NULL with `err` when the cache folder can't be made. What can't be
 * read is said on standard error, and *code set: the others are there all the same.
 */
json_t *kind_all(const char *kind, int *code, struct err *err);

#endif
