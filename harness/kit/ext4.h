/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes an empty ext4 filesystem for the guest and keeps only its blocks that are not zero (10 blocks for 96 MiB). The guest
 * writes these into a brd device. Unpacking a compressed image would take a minute on the emulated CPU.
 *
 * The host's mke2fs makes it. Every parameter that mke2fs would otherwise choose at random or by the clock, its version or
 * /etc/mke2fs.conf is given, so that the bytes are always the same. There is no journal and no lazy initialization of inode
 * tables (each is a kernel thread with timers of its own), no reserved block, and 1024 inodes.
 */
#ifndef NUMARIG_KIT_EXT4_H
#define NUMARIG_KIT_EXT4_H

#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

#define EXT4_BLOCK 4096
#define EXT4_MAGIC "NRGBLK1\n" /* 8 bytes, no 0 */

/*
 * Appends to out, all numbers little-endian:
 *
 *	EXT4_MAGIC, u64 bytes of the image, u32 count, then count times: u32 block index (rising), 4096 bytes
 *
 * `mke2fs` is the program's path; NULL: it is searched in /sbin, /usr/sbin and $PATH. `bytes` is a multiple of 4096, from 1 MiB
 * to 64 GiB. The image is made in a memfd, so nothing is left on disk.
 */
int ext4_blank(const char *mke2fs, uint64_t bytes, struct text *out, struct err *err);

#endif
