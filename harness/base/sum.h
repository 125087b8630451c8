/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 64-bit checksum of a sparse file, to find damage by a bad disk or bad memory; it runs at the speed of memory. A hole counts
 * as zeroes. Any change within one 8-byte word changes the sum. It does not protect from deliberate changes: see sha256.h.
 */
#ifndef NUMARIG_BASE_SUM_H
#define NUMARIG_BASE_SUM_H

#include <stdint.h>

#include "base/err.h"

/* -EINTR when interrupted. */
int sum_file_sparse(const char *path, uint64_t *out, struct err *err);

#endif
