/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing whole files and folders. Error messages begin with the path. */
#ifndef NUMARIG_BASE_FILE_H
#define NUMARIG_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/text.h"

/*
 * Appends the file's bytes to `into`. A file of more than `most` bytes is -EFBIG. Works for /proc and /sys, where st_size is 0.
 * Anything but a regular file is -EINVAL, so that no FIFO is waited for. The exception is a descriptor by name
 * (file_named_fd), which may be a pipe: a shell's `<(command)` is one.
 */
int file_read(const char *path, size_t most, struct text *into, struct err *err);
/* Reads from a descriptor of any kind to its end; `name` stands for it in messages. -EINTR when interrupted. */
int file_read_fd(int fd, const char *name, size_t most, struct text *into, struct err *err);

/* Opens a regular file for reading and never blocks. Returns the descriptor, or -errno. */
int file_open(const char *path, struct err *err);
/* The number of the descriptor that /dev/stdin, /dev/stdout, /dev/stderr, /dev/fd/N or /proc/self/fd/N names, or -1. */
int file_named_fd(const char *path);

/*
 * Writes to PATH.tmp.RANDOM and renames that to PATH: the old file stays whole whatever happens (disk full, kill). On error
 * the temporary file is removed. There is no fsync: it takes 10 to 30 ms for each of a run's eight files, which is half of a
 * short run, and what a power cut destroys can be made again. The mode is 0666 less the umask.
 */
int file_write(const char *path, const void *bytes, size_t n, struct err *err);

/*
 * Writes a file that the user named. Devices, FIFOs, symbolic links and descriptors by name are written into and never
 * replaced; a regular file is replaced as a whole and keeps its mode.
 */
int file_output(const char *path, const void *bytes, size_t n, struct err *err);

/* Fills `name` with random letters, for the names of temporary files (which are opened with O_EXCL and O_NOFOLLOW). */
#define FILE_RANDOM 11
void file_random(char name[FILE_RANDOM]);

/*
 * Copies a file and keeps it sparse: blocks of zeroes are not written. `to` must not exist. An interrupted copy leaves a part
 * of the file, so copy into a temporary folder. -EINTR when interrupted.
 */
int file_copy_sparse(int from_fd, const char *to, struct err *err);

/* Like mkdir -p, with mode 0777 less the umask. */
int dir_make(const char *path, struct err *err);
/* Like rm -rf: links are removed, not followed; a path that does not exist is no error. */
int dir_remove(const char *path, struct err *err);
/* Bytes that the folder and everything in it take on disk (st_blocks); 0 when it can't be read. */
uint64_t dir_bytes(const char *path);

bool path_exists(const char *path);

#endif
