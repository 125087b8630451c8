/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the guest is made of beside its kernel: an initramfs with the agent (as /init), the workloads, busybox, the
 * kernel's brd module, an empty ext4 and what goes onto it (numactl and others with their libraries, guest programs).
 * The same files give the same bytes wherever and whenever it is made.
 */
#ifndef NUMARIG_KIT_GUEST_H
#define NUMARIG_KIT_GUEST_H

#include "base/err.h"
#include "base/sha256.h"
#include "kit/cache.h"
#include "kit/kernel.h"

/* The size of ext4 in RAM (guests/agent/boot.c loads brd with it); RAM is used only for what is written. */
#define GUEST_EXT4_BYTES (96ull << 20)

struct guest {
	char *initramfs; /* path in the cache */
	struct sha256 sha256;
	int lock; /* shared, so that the cache keeps the file; -1: none */
};

/*
 * `build` is the folder of this project's built programs (build/guest below it). A program that should be on this
 * machine and is not (numactl, busybox) is an error that names it and its package.
 */
int guest_get(const struct cache *c, const char *build, const struct kernel *k, struct guest *out,
	      struct err *err);
void guest_free(struct guest *g);
#define auto_guest __attribute__((cleanup(guest_free)))

#endif
