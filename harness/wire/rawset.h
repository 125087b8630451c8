/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The raw text a guest showed at one instant: path -> content, as read in the guest, byte for byte.
 *
 * Paths are the guest's ("/proc/vmstat", "/sys/devices/system/node/node0/numastat"); for files of the workload's
 * process "PID" stands where its number was ("/proc/PID/numa_maps"). A file the guest could not read has no entry:
 * missing is not empty and not zero.
 *
 * Sets that were shared have one history between them, of which each sees as much as there was then: a set costs what
 * was put into it since the one before, however many files it has. A text that was put as changes is made whole when
 * it is first asked for.
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
/* Copies both; a path already there gets the new text. */
void rawset_put(struct rawset *s, const char *path, const char *text, size_t len);
/*
 * Puts the file's text with some lines changed: "LINE TEXT\n" of each, LINE from 0 and ascending. NULL, or why that can't
 * be: the set stays as it is then.
 */
const char *rawset_change(struct rawset *s, const char *path, const char *changes, size_t len);
/* The text, or NULL when the guest did not show that file. Lives as long as the set and those that share it. */
const char *rawset_get(const struct rawset *s, const char *path);
/* The i-th path in the order in which they were first put, NULL behind the last. */
const char *rawset_path(const struct rawset *s, size_t i);
/* `to`, which is empty, becomes a set of the same files. What is put into one of them is in that one only. */
void rawset_share(struct rawset *to, const struct rawset *from);
/* The bytes of all texts in the history, as if each change were a text of its own. */
uint64_t rawset_bytes(const struct rawset *s);

#define auto_rawset __attribute__((cleanup(rawset_free)))

#endif
