/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a guest as they were at one instant: for each path its text, byte for byte as read in the guest.
 *
 * Paths are the guest's ("/proc/vmstat", "/sys/devices/system/node/node0/numastat"); for files of the workload's
 * process "PID" stands where its number was ("/proc/PID/numa_maps"). A file the guest could not read has no entry:
 * missing is not empty and not zero.
 *
 * Sets that were made by rawset_share() have one common history, of which each set sees the part up to its own instant. So a
 * set takes memory only for what was put into it since the one before. A text that was put as changes is assembled when it is
 * first asked for.
 */
#ifndef NUMARIG_WIRE_RAWSET_H
#define NUMARIG_WIRE_RAWSET_H

#include <stddef.h>
#include <stdint.h>

struct rawlog;

struct rawset {
	struct rawlog *log; /* NULL: nothing was put */
	size_t at;	    /* what was put later is not in this set */
};

void rawset_free(struct rawset *s);
/* Adds a file; path and text are copied. A path that is in the set already gets the new text. */
void rawset_put(struct rawset *s, const char *path, const char *text, size_t len);
/*
 * Gives a file that is in the set its old text with some lines changed. `changes` has a line "LINE TEXT\n" for each, LINE
 * counted from 0 and ascending. Returns NULL, or the reason why it can't be done; then the set is unchanged.
 */
const char *rawset_change(struct rawset *s, const char *path, const char *changes, size_t len);
/* The text, or NULL when the guest did not show that file. It is valid as long as the set or one that shares with it lives. */
const char *rawset_get(const struct rawset *s, const char *path);
/* The i-th path in the order in which they were first put, NULL behind the last. */
const char *rawset_path(const struct rawset *s, size_t i);
/* Makes `to`, which must be empty, a set of the same files as `from`. What is put into one of them later is in that one only. */
void rawset_share(struct rawset *to, const struct rawset *from);
/* The bytes of all texts in the history, each changed text counted whole. */
uint64_t rawset_bytes(const struct rawset *s);

#define auto_rawset __attribute__((cleanup(rawset_free)))

#endif
