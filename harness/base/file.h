/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole files and folders. Paths are the caller's; errors name the path. */
#ifndef NUMARIG_BASE_FILE_H
#define NUMARIG_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

/*
 * Appends the file's bytes to `into`. More than `most` bytes is -EFBIG: what a user hands us is never read without
 * a bound. Works for /proc and /sys, whose st_size says nothing. What is no regular file is refused (-EINVAL), so that no
 * FIFO is waited for; a descriptor by name (file_named_fd) may be a pipe: that is a shell's `<(command)`.
 */
int file_read(const char *path, size_t most, struct text *into, struct err *err);
/* The same of a descriptor, whatever it is; `name` is for messages. -EINTR when interrupted. */
int file_read_fd(int fd, const char *name, size_t most, struct text *into, struct err *err);

/* Opens a regular file for reading, without waiting for anything: the descriptor, or -errno. */
int file_open(const char *path, struct err *err);
/* What file_open asks of a descriptor opened otherwise; -1 is errno's error. */
int file_check(int fd, const char *path, struct err *err);
/* The descriptor that /dev/stdin, /dev/stdout, /dev/stderr, /dev/fd/N or /proc/self/fd/N name, open or not; else -1. */
int file_named_fd(const char *path);

/*
 * Writes to PATH.tmp.RANDOM and renames: the old file stays whole whatever happens (disk full, kill). On error the
 * temporary file is removed. No fsync: eight files a run at 10 to 30 ms each would be half of a short run, and what
 * a power cut may take can be made again. The mode is 0666 by the umask.
 */
int file_write(const char *path, const void *bytes, size_t n, struct err *err);
/* With this mode, whatever the umask; 0: as file_write. */
int file_write_mode(const char *path, const void *bytes, size_t n, mode_t mode, struct err *err);

/*
 * For files that users name: devices, FIFOs, symbolic links and descriptors by name are written into and never replaced;
 * a regular file is replaced as a whole and keeps its mode.
 */
int file_output(const char *path, const void *bytes, size_t n, struct err *err);

/* Letters for a name that nobody foresees: of temporary files, which are made with O_EXCL and O_NOFOLLOW. */
#define FILE_RANDOM 11
void file_random(char name[FILE_RANDOM]);

/*
 * Copies keeping holes: blocks of zeroes are not written. `to` must not be there. Not atomic: copy into a temporary folder.
 * -EINTR when interrupted.
 */
int file_copy_sparse(int from_fd, const char *to, struct err *err);

/* mkdir -p; 0777 by the umask. */
int dir_make(const char *path, struct err *err);
/* rm -rf, not following links; a path that is not there is fine. */
int dir_remove(const char *path, struct err *err);
/* Bytes on disk (st_blocks), recursively; 0 when it can't be read. */
uint64_t dir_bytes(const char *path);

bool path_exists(const char *path);

#endif
