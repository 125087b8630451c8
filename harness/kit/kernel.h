/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's kernel: Debian's stock ones by name, and the user's own as a file or a build folder. */
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
	char *asked;   /* as the user said it */
	char *name;    /* for folders and tables: "6.12.117+deb12-cloud-amd64", "lab", "bzImage" */
	char *image;   /* bzImage or vmlinux */
	char *modules; /* folder with brd.ko and others, NULL: none known */
	char *config;  /* .config, NULL: none known */
	char *package; /* "linux-image-... version sha256", NULL when no package */
	char *release; /* from the image: "6.12.117+deb12-cloud-amd64"; "" when it can't be told */
	char *banner;  /* from the image: what it says of itself at boot, from the release on; "" likewise */
	bool elf;      /* a vmlinux, started through PVH */
	struct sha256 sha256; /* of image: what the kernel is known by */
	/* what QEMU is given: the vmlinux out of a bzImage (vmlinux.h); NULL: image itself */
	const char *boot_image;
	struct sha256 boot_sha256; /* of boot_image, or of image */
	struct vmlinux unpacked;   /* owns boot_image */
};

/*
 * `asked`: "6.12", "6.1" (newest stock), an ABI ("6.1.0-50-cloud-amd64"), "lab", a file, or a kernel build folder.
 * Fetches what is not in the cache. Errors: -ENOENT unknown (nearest name),
 * -ENOEXEC is no kernel, -ENOPKG the lab kernel is not built, -ENODATA an ABI that has left the archive (a SKIP), -EIO could not be fetched.
 */
int kernel_find(const struct cache *c, const char *tree, const char *asked, struct kernel *out,
		struct err *err);
void kernel_free(struct kernel *k);
/* Where guests/kernel/lab puts the kernel of this tree's lab.config, whether it is there or not; malloc'ed, or NULL. */
char *kernel_lab(const struct cache *c, const char *tree);
#define auto_kernel __attribute__((cleanup(kernel_free)))

/*
 * What the bytes of an image say: fills elf, release and banner of an empty kernel. Reads nothing else; messages begin with
 * `path`. -ENOEXEC: is no kernel.
 */
int kernel_identify(const char *path, const char *bytes, size_t n, struct kernel *k, struct err *err);

/* Version as numbers from "6.12.117+deb12-cloud-amd64"; zeroes where it says nothing. */
void kernel_version(const char *release, unsigned v[3]);

/*
 * The version of the source that it was made of. A distribution's release may number its own ABI instead: Debian's
 * 6.1.0-50-cloud-amd64 is 6.1.176, as its package and its banner say ("... Debian 6.1.176-1 (...)"). False when the last number
 * is the distribution's and nothing says what it stands for: v[2] is 0 then.
 */
bool kernel_upstream(const struct kernel *k, unsigned v[3]);

/*
 * Appends those of `options` ("CONFIG_CMA_DEBUGFS CONFIG_DMA_NUMA_CMA"; NULL: none) that the kernel's .config has not and
 * that are not there yet. None when no .config is known.
 */
int kernel_lacks(const struct kernel *k, const char *options, struct strlist *out, struct err *err);

/* What the guest needs and the .config lacks, a line each: "CONFIG_BLK_DEV_RAM: ext4 in RAM (text-binding)". */
int kernel_missing(const char *config_path, struct text *out, unsigned *count, struct err *err);

#endif
