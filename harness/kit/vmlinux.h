/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vmlinux inside a bzImage, started through PVH.
 *
 * A bzImage unpacks itself in the guest, on an emulated CPU: 800 M of a boot's instructions. Unpacked here,
 * once, and started at its PVH entry, the same kernel needs none of them. The format is that of
 * Documentation/arch/x86/boot.rst: payload_offset and payload_length at 0x248, since boot protocol 2.08; what
 * is packed is an ELF file, with relocations for KASLR behind it, and behind each stream but gzip's (which
 * ends in it) the build puts the size unpacked.
 */
#ifndef NUMARIG_KIT_VMLINUX_H
#define NUMARIG_KIT_VMLINUX_H

#include <stdbool.h>

#include "base/err.h"
#include "base/sha256.h"
#include "base/text.h"
#include "kit/cache.h"

/* Has the boot sector and header ("HdrS") of a bzImage. */
bool bzimage_is(const char *p, size_t n);

/*
 * Is it a vmlinux QEMU can start: ELF64 for x86-64, executable, with all its segments there and a PVH note?
 * *needs is where its last segment ends: a boot needs nothing behind. -ENOEXEC otherwise, the message without
 * the file's name.
 */
int vmlinux_check(const char *p, size_t n, size_t *needs, struct err *err);

/*
 * Unpacks a bzImage (gzip, bzip2, lzma, xz, lz4, zstd) into `out`: a vmlinux that passes vmlinux_check, cut
 * behind its last segment, without section headers. -ENOEXEC with the reason when it can't be done; -EBADMSG
 * when the file ends before its payload does, which boots nowhere; others when it can't be read. `out` is
 * empty before; after an error what it holds means nothing.
 */
int vmlinux_extract(const char *bzimage, struct text *out, struct err *err);
/* The same over bytes; messages without a file's name. */
int vmlinux_unpack(const char *p, size_t n, struct text *out, struct err *err);

struct vmlinux {
	char *path;	      /* NULL: it can't be unpacked, boot the bzImage */
	struct sha256 sha256; /* of path; of the bzImage when there is none */
	int lock;	      /* shared, on the cache's entry: cache_trim leaves it alone */
};

/*
 * From the cache, where it is kept under the bzImage's digest, else unpacked into it. That a kernel can't be
 * unpacked is remembered in its place. What was damaged since it was made is made anew. Errors: -ENOEXEC for
 * a bzImage that is cut short, else those of reading and writing.
 */
int vmlinux_get(const struct cache *c, const char *bzimage, const struct sha256 *of, struct vmlinux *out,
		struct err *err);
void vmlinux_free(struct vmlinux *v);
#define auto_vmlinux __attribute__((cleanup(vmlinux_free)))

#endif
