/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes of memory as topology files and options write them. */
#ifndef NUMARIG_TOPO_SIZE_H
#define NUMARIG_TOPO_SIZE_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

/* "256M": digits and K, M, G or T (powers of 1024), or "0". Message: `"256X": want a size such as "256M"`. */
int topo_size_parse(const char *s, uint64_t *bytes, struct err *err);
/* The shortest exact form, as topo_size_parse reads it; returns buf. */
const char *topo_size_format(uint64_t bytes, char buf[24]);

/* A member of `object` as a size, a multiple of `step` or 0; *out untouched when the key is absent. */
int topo_size_get(json_t *object, const char *key, uint64_t step, uint64_t *out, struct err *err);

#endif
