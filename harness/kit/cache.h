/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache folder: $NUMARIG_CACHE, else $XDG_CACHE_HOME/numarig, else ~/.cache/numarig.
 *
 *	snapshots/KEY/		a machine at its exact instant (snapshot.h)
 *	guests/KEY.cpio		initramfs images (guest.h)
 *	kernels/ABI/		stock kernels; apt/ their private apt root (guests/kernel/fetch)
 *	kernels/vmlinux/KEY/	the vmlinux out of each bzImage booted (vmlinux.h)
 *	hashes/			SHA-256 of files by path, size, times: QEMU is not read anew for every run
 *	locks/			one file a lock; flock(2), so a lock dies with its holder
 *	tmp/			work in progress, each folder under a lock; what a killed run left is swept by the next
 *
 * Everything in it can be removed at any time; nothing else is ever written outside of results/. Modes are by the umask: users
 * who share a cache share a group, its folders are that group's (setgid), and their umask is 002. One that is complete
 * serves those who can only read it; what is not kept there anyway then lies in $TMPDIR/numarig-UID.
 */
#ifndef NUMARIG_KIT_CACHE_H
#define NUMARIG_KIT_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sha256.h"
#include "base/text.h"

/* Snapshots, guests and unpacked kernels together; $NUMARIG_CACHE_MAX (like "8G") overrides. */
#define CACHE_MAX_BYTES (8ull << 30)

struct cache {
	char *root;
	uint64_t max_bytes;
};

/* Makes the folder and sweeps what killed runs left in tmp/. */
int cache_open(struct cache *c, struct err *err);
void cache_close(struct cache *c);
#define auto_cache __attribute__((cleanup(cache_close)))

/* ROOT/what, malloc'ed */
__attribute__((format(printf, 2, 3))) char *cache_path(const struct cache *c, const char *fmt, ...);

/* A file's SHA-256, remembered under its path, inode, size and change time. */
int cache_hash(const struct cache *c, const char *path, struct sha256 *out, struct err *err);

/*
 * A lock by name, shared or exclusive. *fd is the caller's to close, which unlocks. With `wait` false -EWOULDBLOCK
 * when another has it; with `wait` true it waits until interrupted. In a cache that can't be written a shared lock that is
 * not there already is none: *fd is -1.
 */
int cache_lock(const struct cache *c, const char *name, bool exclusive, bool wait, int *fd, struct err *err);

/* A folder of this process's own below `parent`, locked by *fd; dir_remove it and close fd when done. */
int cache_workspace(const char *parent, char **dir, int *fd, struct err *err);
/* The same in the cache's tmp/, or where the cache can't be written in $TMPDIR/numarig-UID, for what is not kept there. */
int cache_scratch(const struct cache *c, char **dir, int *fd, struct err *err);
/* Removes the folders of cache_workspace whose owner is dead. */
void cache_sweep(const char *parent);

/*
 * Removes least recently used snapshots, guests and unpacked kernels, but none that is in use, until at most max_bytes
 * are left.
 */
void cache_trim(const struct cache *c);
/* Removes all of "snapshots" or "guests" that is not in use. */
void cache_clear(const struct cache *c, const char *what);

#endif
