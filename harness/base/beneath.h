/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a folder that someone else made (a dump of a machine, a run that was sent): no link in it leads out of it, and
 * nothing but files is opened. What such a link leads to would be read with our rights and quoted in a message.
 */
#ifndef NUMARIG_BASE_BENEATH_H
#define NUMARIG_BASE_BENEATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

/*
 * As file_read for the relative path `path` beneath the folder `dir`, which may be a link itself. Links within the folder
 * are followed where the kernel can hold them to it (openat2, Linux 5.6), else none is. -ENOENT, not there; -EINVAL, leads
 * out or is no file. Messages begin with `path`.
 */
int beneath_read(const char *dir, const char *path, size_t most, struct text *into, struct err *err);

/* Whether it could be read so. */
int beneath_check(const char *dir, const char *path, struct err *err);

/* Is it the name of something in a folder: not empty, no way to another one? */
bool beneath_name(const char *name);

/* The folder and what is in it are folders and files, no links or others; one that is not there is fine. */
int beneath_plain(const char *dir, struct err *err);

#endif
