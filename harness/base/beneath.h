/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads files of a folder that somebody else made (a dump of a machine, a run that was sent). No symbolic link is followed
 * out of the folder, and only regular files are opened: otherwise a message could quote a file that this user may read and
 * the sender may not.
 */
#ifndef NUMARIG_BASE_BENEATH_H
#define NUMARIG_BASE_BENEATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

/*
 * Like file_read(), for the relative path `path` beneath the folder `dir`, which may itself be a link. Links that stay within
 * the folder are followed where the kernel can enforce it (openat2, since Linux 5.6); on older kernels no link is followed.
 * -ENOENT: the file does not exist. -EINVAL: the path leads out of the folder, or is no regular file. Messages begin with `path`.
 */
int beneath_read(const char *dir, const char *path, size_t most, struct text *into, struct err *err);

/* 0 when beneath_read() could open the file, else its error. */
int beneath_check(const char *dir, const char *path, struct err *err);

/* True when `name` can be an entry of a folder: it is none of "", "." and "..", and has no '/'. */
bool beneath_name(const char *name);

/* 0 when the folder holds, at every depth, only folders and regular files (no links, no devices), or does not exist. */
int beneath_plain(const char *dir, struct err *err);

#endif
