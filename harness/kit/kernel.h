/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the guest's kernel: one of Debian's by its version, or the user's own as a file or a build folder. */
#ifndef NUMARIG_KIT_KERNEL_H
#define NUMARIG_KIT_KERNEL_H

#include <stdbool.h>

#include "base/err.h"
#include "base/sha256.h"
#include "base/text.h"
#include "kit/cache.h"
#include "kit/vmlinux.h"

#define KERNEL_DEFAULT "6.12"

struct kernel {
	char *asked;   /* as the user typed it */
	char *name;    /* for folders and tables: "6.12.117+deb12-cloud-amd64", "lab", "bzImage" */
	char *image;   /* path of the bzImage or vmlinux */
	char *modules; /* folder with brd.ko and others; NULL: not known */
	char *config;  /* path of the .config; NULL: not known */
	char *package; /* "linux-image-... version sha256"; NULL: not from a package */
	char *release; /* from the image: "6.12.117+deb12-cloud-amd64"; "" when not known */
	char *banner;  /* from the image: the "Linux version" line, from the release on; "" when not known */
	bool elf;      /* the image is a vmlinux, started through PVH */
	struct sha256 sha256; /* of image; identifies the kernel */
	/* what QEMU boots: the vmlinux unpacked from a bzImage (vmlinux.h); NULL: image itself */
	const char *boot_image;
	struct sha256 boot_sha256; /* of boot_image, or of image */
	struct vmlinux unpacked;   /* owns boot_image */
};

/*
 * `asked` is "6.12" or "6.1" (Debian's newest of that series), an ABI ("6.1.0-50-cloud-amd64"), "lab", a file, or a kernel build
 * folder. A kernel of Debian's that is not in the cache is fetched. -ENOENT: unknown name (the message has the nearest);
 * -ENOEXEC: the file is no kernel; -ENOPKG: the lab kernel is not built; -ENODATA: the archive no longer has that ABI (a SKIP);
 * -EIO: it could not be fetched.
 */
int kernel_find(const struct cache *c, const char *tree, const char *asked, struct kernel *out,
		struct err *err);
void kernel_free(struct kernel *k);
/* The folder in which guests/kernel/lab puts the kernel of this tree's lab.config; it need not exist. malloc'ed, or NULL. */
char *kernel_lab(const struct cache *c, const char *tree);
#define auto_kernel __attribute__((cleanup(kernel_free)))

/*
 * Fills elf, release and banner of an empty kernel from the bytes of an image; no file is read. Messages begin with `path`.
 * -ENOEXEC: the bytes are no kernel.
 */
int kernel_identify(const char *path, const char *bytes, size_t n, struct kernel *k, struct err *err);

/* The numbers of a release: 6, 12, 117 for "6.12.117+deb12-cloud-amd64"; 0 for those that it does not have. */
void kernel_version(const char *release, unsigned v[3]);

/*
 * The upstream version that the kernel was built from. A distribution's release may end in the number of its ABI instead: Debian's
 * 6.1.0-50-cloud-amd64 is 6.1.176, which its package and its banner show ("... Debian 6.1.176-1 (...)"). False when the last
 * number is not known; v[2] is 0 then.
 */
bool kernel_upstream(const struct kernel *k, unsigned v[3]);

/*
 * Appends those of `options` ("CONFIG_CMA_DEBUGFS CONFIG_DMA_NUMA_CMA"; NULL: none) that the kernel's .config does not have, each
 * once. Appends nothing when no .config is known.
 */
int kernel_lacks(const struct kernel *k, const char *options, struct strlist *out, struct err *err);

/* Appends a line for each option that the guest needs and .config lacks: "CONFIG_BLK_DEV_RAM: ext4 in RAM (text-binding)". */
int kernel_missing(const char *config_path, struct text *out, unsigned *count, struct err *err);

#endif
