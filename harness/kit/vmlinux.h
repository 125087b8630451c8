/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks the vmlinux that is inside a bzImage, to start it at its PVH entry.
 *
 * A bzImage unpacks itself in the guest, which takes 800 M instructions of the emulated CPU at each boot. When it is unpacked on
 * the host, once, the same kernel starts without them. The format is that of Documentation/arch/x86/boot.rst: payload_offset and
 * payload_length at 0x248, since boot protocol 2.08. The payload is a packed ELF file, followed by relocations for KASLR. The
 * size when unpacked follows the packed stream; only gzip's streams have it in themselves.
 */
#ifndef NUMARIG_KIT_VMLINUX_H
#define NUMARIG_KIT_VMLINUX_H

#include <stdbool.h>

#include "base/err.h"
#include "base/sha256.h"
#include "base/text.h"
#include "kit/cache.h"

/* True when the bytes have the boot sector and the header ("HdrS") of a bzImage. */
bool bzimage_is(const char *p, size_t n);

/*
 * 0 when the bytes are a vmlinux that QEMU can start: an ELF64 executable for x86-64, complete with all segments, with a PVH note.
 * *needs is the offset at which the last segment ends; a boot does not need what follows. Else -ENOEXEC; the message does not
 * name the file.
 */
int vmlinux_check(const char *p, size_t n, size_t *needs, struct err *err);

/* The same for the bytes of a bzImage; messages do not name a file. */
int vmlinux_unpack(const char *p, size_t n, struct text *out, struct err *err);

struct vmlinux {
	char *path;	      /* NULL: it can't be unpacked, and the bzImage is to be booted */
	struct sha256 sha256; /* of the file at path; of the bzImage when path is NULL */
	int lock;	      /* a shared lock on the entry, so that cache_trim() does not remove it */
};

/*
 * Takes the vmlinux from the cache, where it is kept under the bzImage's digest `of`; when it is not there or was damaged, it is
 * unpacked into the cache. That a bzImage can't be unpacked is remembered there, too. -ENOEXEC: the bzImage is cut short; other
 * errors are those of reading and writing.
 */
int vmlinux_get(const struct cache *c, const char *bzimage, const struct sha256 *of, struct vmlinux *out,
		struct err *err);
void vmlinux_free(struct vmlinux *v);
#define auto_vmlinux __attribute__((cleanup(vmlinux_free)))

#endif
