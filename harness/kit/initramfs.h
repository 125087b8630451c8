/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes a newc cpio archive (cpio(5); Documentation/driver-api/early-userspace/buffer-format.rst), the form
 * of a Linux initramfs, without root and without a temporary tree. What goes in decides every byte that comes
 * out: entries are sorted by path, owner 0:0, time 0, inode numbers by position, and no host path is in the
 * archive. Not compressed: unpacking costs emulated CPU.
 *
 * Life cycle: cpio_new, cpio_add_* in any order, cpio_write or cpio_write_text any number of times,
 * cpio_free. All content is copied into memory when added.
 *
 * A path in the guest may begin with '/' or not; "." and ".." in it are refused. Folders on the way are made
 * (0755). The same path may be added twice with the same type, mode and content; otherwise it is an error
 * (-EEXIST) that names both sources. Nothing can be put below a path that is not a folder here, a link to one
 * included. `mode` is permission bits only (07777). Limits of the format, checked: files of less than 4 GiB,
 * paths and link targets shorter than PATH_MAX (4096, what the kernel unpacks).
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
/* The content of a file of the host; links are followed. */
int cpio_add_file(struct cpio *c, const char *path, unsigned mode, const char *host_path, struct err *err);
int cpio_add_link(struct cpio *c, const char *path, const char *target, struct err *err);
int cpio_add_dir(struct cpio *c, const char *path, unsigned mode, struct err *err);
/* A character device. An initramfs needs /dev/console, 5:1, before anything can be mounted. */
int cpio_add_node(struct cpio *c, const char *path, unsigned mode, unsigned major, unsigned minor,
		  struct err *err);

/* Writes the archive to a file: whole or not at all (file_write of base/file.h). */
int cpio_write(struct cpio *c, const char *to_path, struct err *err);
/* Appends the archive to out. */
int cpio_write_text(struct cpio *c, struct text *out, struct err *err);

/*
 * Appends a kernel module's bytes to out: FILE.ko, or decompressed from FILE.ko.xz, .ko.gz, .ko.zst (told by
 * content, not by name). Checked to be an x86-64 object file; at most 256 MiB.
 */
int module_read(const char *path, struct text *out, struct err *err);

#endif
