/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache folder: $NUMARIG_CACHE, else $XDG_CACHE_HOME/numarig, else ~/.cache/numarig.
 *
 *	snapshots/KEY/		a machine at its exact instant (snapshot.h)
 *	guests/KEY.cpio		initramfs images (guest.h)
 *	kernels/ABI/		stock kernels; apt/ their private apt root (guests/kernel/fetch)
 *	kernels/vmlinux/KEY/	the vmlinux out of each bzImage booted (vmlinux.h)
 *	hashes/			SHA-256 of files by path, size, times: QEMU is not read anew for every run
 *	locks/			one file for each lock; flock(2), so that a lock ends with its holder
 *	tmp/			work in progress, each folder under a lock; the next run removes what a killed run left
 *
 * Everything in the cache can be removed at any time. Beside it, only results/ is written to. File modes follow the umask: users
 * who share a cache need a common group, folders with that group and setgid, and umask 002. A user who can only read the cache can
 * use what is in it; temporary files are then made in $TMPDIR/numarig-UID.
 */
#ifndef NUMARIG_KIT_CACHE_H
#define NUMARIG_KIT_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sha256.h"
#include "base/text.h"

/* The limit for snapshots, guests and unpacked kernels together; $NUMARIG_CACHE_MAX (such as "8G") sets another. */
#define CACHE_MAX_BYTES (8ull << 30)

struct cache {
	char *root;
	uint64_t max_bytes;
};

/* Makes the folder and sweeps what killed runs left in tmp/. */
int cache_open(struct cache *c, struct err *err);
void cache_close(struct cache *c);
#define auto_cache __attribute__((cleanup(cache_close)))

/* The path of a file or folder in the cache; malloc'ed. */
__attribute__((format(printf, 2, 3))) char *cache_path(const struct cache *c, const char *fmt, ...);

/* A file's SHA-256, remembered under its path, inode, size and change time. */
int cache_hash(const struct cache *c, const char *path, struct sha256 *out, struct err *err);

/*
 * Takes a lock by name, shared or exclusive. The caller closes *fd to release it. When somebody else has the lock: with `wait`
 * false -EWOULDBLOCK; with `wait` true it is waited for (-EINTR when interrupted). In a cache that can't be written, a shared
 * lock whose file does not exist is not taken, and *fd is -1.
 */
int cache_lock(const struct cache *c, const char *name, bool exclusive, bool wait, int *fd, struct err *err);

/* Makes a folder for this process below `parent`, locked by *fd. The caller removes it (dir_remove) and then closes fd. */
int cache_workspace(const char *parent, char **dir, int *fd, struct err *err);
/* The same in the cache's tmp/, or in $TMPDIR/numarig-UID when the cache can't be written: for temporary files. */
int cache_scratch(const struct cache *c, char **dir, int *fd, struct err *err);
/* Removes the folders of cache_workspace() whose process has ended. */
void cache_sweep(const char *parent);

/*
 * Removes the least recently used snapshots, guests and unpacked kernels until at most max_bytes are left; none that is in use
 * is removed.
 */
void cache_trim(const struct cache *c);
/* Removes everything of the cache's folder `what` ("snapshots" or "guests") that is not in use. */
void cache_clear(const struct cache *c, const char *what);

#endif
