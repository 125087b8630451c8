/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists what can be chosen (topologies, workloads, knobs, ...), for `list`, `show` and completion, from the program's own tables. */
#ifndef NUMARIG_KINDS_H
#define NUMARIG_KINDS_H

#include <jansson.h>

#include "base/err.h"

extern const char *const kinds[]; /* "topologies" and so on; ends with NULL */

/*
 * All items of a kind: an array of objects, whose first members are "name" and "about". New reference. When an item can't be read, a
 * line on standard error says so, *code is set, and the array has the others. NULL, with err set, when the cache can't be opened.
 */
json_t *kind_all(const char *kind, int *code, struct err *err);

#endif
