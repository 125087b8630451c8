/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SHA-256, computed by libcrypto, as a string of 64 lower-case hex digits. */
#ifndef NUMARIG_BASE_SHA256_H
#define NUMARIG_BASE_SHA256_H

#include <stddef.h>

#include "base/err.h"

struct sha256 {
	char hex[65];
};

void sha256_bytes(const void *bytes, size_t n, struct sha256 *out);
int sha256_file(const char *path, struct sha256 *out, struct err *err);
/* The digest of a sparse file: of its size, and of offset and bytes of each 4 KiB block that is not zero. Holes are not read. */
int sha256_file_sparse(const char *path, struct sha256 *out, struct err *err);

#endif
