/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files and folders. Paths are the caller's; errors name the path. */
#ifndef NUMARIG_BASE_FILE_H
#define NUMARIG_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/*
 * Appends the file's bytes to `into`. More than `most` bytes is -EFBIG: what a user hands us is never read without
 * a bound. Works for /proc and /sys, whose st_size says nothing.
 */
int file_read(const char *path, size_t most, struct text *into, struct err *err);

/*
 * Writes to PATH.tmp.PID and renames: the old file stays whole whatever happens (disk full, kill). On error the
 * temporary file is removed. No fsync: eight files a run at 10 to 30 ms each would be half of a short run, and what
 * a power cut may take can be made again.
 */
int file_write(const char *path, const void *bytes, size_t n, struct err *err);

/* Copies keeping holes: blocks of zeroes are not written. Not atomic: copy into a temporary folder. */
int file_copy_sparse(int from_fd, const char *to, struct err *err);

/* mkdir -p; 0755. */
int dir_make(const char *path, struct err *err);
/* rm -rf, not following links; a path that is not there is fine. */
int dir_remove(const char *path, struct err *err);
/* Bytes on disk (st_blocks), recursively; 0 when it can't be read. */
uint64_t dir_bytes(const char *path);

bool path_exists(const char *path);

#endif
