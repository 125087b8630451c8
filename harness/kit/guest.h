/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the guest's initramfs: the agent (as /init), the workloads, busybox, the kernel's brd module, an empty ext4 and the files
 * that are copied onto it (numactl and other programs with their libraries, the project's guest programs). The same input files
 * give the same bytes, on any host and at any time.
 */
#ifndef NUMARIG_KIT_GUEST_H
#define NUMARIG_KIT_GUEST_H

#include "base/err.h"
#include "base/sha256.h"
#include "kit/cache.h"
#include "kit/kernel.h"

/* The size of the ext4 in RAM (guests/agent/boot.c loads brd with it). Only blocks that were written take RAM. */
#define GUEST_EXT4_BYTES (96ull << 20)

struct guest {
	char *initramfs; /* path in the cache */
	struct sha256 sha256;
	int lock; /* a shared lock, so that the file stays in the cache; -1: none */
};

/*
 * Finds the initramfs for kernel `k` in the cache, or makes it. `build` is the folder of the built programs (place_built()). When
 * a program that is needed (numactl, busybox) is not installed on this host, the message names it and its package.
 */
int guest_get(const struct cache *c, const char *build, const struct kernel *k, struct guest *out,
	      struct err *err);
void guest_free(struct guest *g);
#define auto_guest __attribute__((cleanup(guest_free)))

#endif
