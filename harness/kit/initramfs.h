/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a newc cpio archive (cpio(5); Documentation/driver-api/early-userspace/buffer-format.rst), the format of a Linux
 * initramfs, without root and without a temporary folder. The archive depends on its contents only: entries are sorted by path,
 * their owner is 0:0, their time 0, their inode number the position, and no host path is in the archive. It is not compressed,
 * since unpacking would cost time on the emulated CPU.
 *
 * Life cycle: cpio_new, cpio_add_* in any order, cpio_write or cpio_write_text any number of times,
 * cpio_free. All content is copied into memory when added.
 *
 * A path in the guest may begin with '/' or not; "." and ".." in it are errors. Parent folders are added with mode 0755. A path
 * may be added twice with the same type, mode and content; otherwise it is -EEXIST, and the message names both sources. Nothing
 * can be added below a path that is not a folder of the archive (a link to a folder is none). `mode` has permission bits only
 * (07777). Limits of the format are checked: a file has less than 4 GiB, and a path or link target is shorter than PATH_MAX
 * (4096, the kernel's limit).
 */
#ifndef NUMARIG_KIT_INITRAMFS_H
#define NUMARIG_KIT_INITRAMFS_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

struct cpio;

struct cpio *cpio_new(void); /* never NULL */
void cpio_free(struct cpio *c);

static inline void auto_cpio_(struct cpio **c)
{
	cpio_free(*c);
}
#define auto_cpio __attribute__((cleanup(auto_cpio_)))

int cpio_add_bytes(struct cpio *c, const char *path, unsigned mode, const void *bytes, size_t n,
		   struct err *err);
/* Adds a file with the content of a file of the host; links are followed. */
int cpio_add_file(struct cpio *c, const char *path, unsigned mode, const char *host_path, struct err *err);
int cpio_add_link(struct cpio *c, const char *path, const char *target, struct err *err);
int cpio_add_dir(struct cpio *c, const char *path, unsigned mode, struct err *err);
/* Adds a character device. An initramfs needs /dev/console (5:1) before anything is mounted. */
int cpio_add_node(struct cpio *c, const char *path, unsigned mode, unsigned major, unsigned minor,
		  struct err *err);

/* Writes the archive to a file, completely or not at all (file_write() of base/file.h). */
int cpio_write(struct cpio *c, const char *to_path, struct err *err);
/* Appends the archive to out. */
int cpio_write_text(struct cpio *c, struct text *out, struct err *err);

/*
 * Appends the bytes of a kernel module to out. A module that is packed with xz, gzip or zstd is unpacked; the content decides, not
 * the name. It must be an x86-64 object file of at most 256 MiB.
 */
int module_read(const char *path, struct text *out, struct err *err);

#endif
