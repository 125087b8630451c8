/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A checksum that finds what a bad disk or bad memory does, at the speed of memory: 64 bits over the bytes of a sparse file, a
 * hole being as zeroes. Any change of one 8-byte word shows; against somebody who wants the same sum it is no help (sha256.h).
 */
#ifndef NUMARIG_BASE_SUM_H
#define NUMARIG_BASE_SUM_H

#include <stdint.h>

#include "base/err.h"

/* -EINTR when interrupted. */
int sum_file_sparse(const char *path, uint64_t *out, struct err *err);

#endif
