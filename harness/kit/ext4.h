/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An empty ext4 filesystem for the guest, as its few blocks that are not zero: the guest writes them into a
 * sparse file or a brd device (10 blocks for 96 MiB). Unpacking a compressed image would cost a minute of
 * emulated CPU.
 *
 * Source: the host's mke2fs, with everything given that it would otherwise take from chance, the clock, its
 * version or /etc/mke2fs.conf: the same bytes on every run. No journal (a kernel thread with timers of its
 * own), no lazily made inode tables (another), no reserved blocks, 1024 inodes.
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
 * mke2fs is the program's path, NULL to look in /sbin, /usr/sbin and $PATH. `bytes`: a multiple of 4096, 1
 *MiB to 64 GiB. The image is made in a file without a name (memfd): nothing is left behind, however this
 *ends.
 */
int ext4_blank(const char *mke2fs, uint64_t bytes, struct text *out, struct err *err);

#endif
