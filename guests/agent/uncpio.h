/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks a newc cpio archive from memory, in the guest: the files of an `exec` job, which come over fw_cfg
 * after the kernel has unpacked its own initramfs. Needs nothing but libc. Source: cpio(5); the writer is
 * harness/kit/initramfs.h, and no more of the format is taken than that writes.
 *
 * Taken: regular files, folders, symbolic links, modes. Owner and times are of whoever unpacks, and when.
 * Refused: everything else (devices, hard links, "070702" and other forms), a path that is absolute or has
 * "", "." or ".." in it, anything after the trailer but zeroes, an archive without trailer. Nothing is ever
 * written through a symbolic link below `root`: what is on the way must be a folder.
 */
#ifndef NUMARIG_AGENT_UNCPIO_H
#define NUMARIG_AGENT_UNCPIO_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Unpacks n bytes below the folder root, which must exist; dry_run only checks the archive (root may be
 * NULL). The whole archive is checked before the first file is made, so that a fault in it leaves nothing
 * behind.
 *
 * Missing folders on the way are made (0755), a folder that is there stays as it is, a file or link that is
 * there is replaced. Returns 0, or -1 with one line in why (cut to why_size, ended by 0).
 */
int uncpio(const char *bytes, size_t n, const char *root, char *why, size_t why_size, bool dry_run);

#endif
