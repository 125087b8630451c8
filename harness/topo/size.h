/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes of memory in the form in which topology files and options have them. */
#ifndef NUMARIG_TOPO_SIZE_H
#define NUMARIG_TOPO_SIZE_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

/* Reads "256M": digits and K, M, G or T (powers of 1024), or "0". Else -EINVAL: `"256X": want a size such as "256M"`. */
int topo_size_parse(const char *s, uint64_t *bytes, struct err *err);
/* Writes the shortest exact form that topo_size_parse() reads into buf, and returns buf. */
const char *topo_size_format(uint64_t bytes, char buf[24]);

/* Reads a member of `object` as a size that is 0 or a multiple of `step`. When the key is absent, *out keeps its value. */
int topo_size_get(json_t *object, const char *key, uint64_t step, uint64_t *out, struct err *err);

#endif
