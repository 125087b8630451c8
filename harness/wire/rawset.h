/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The raw text a guest showed at one instant: path -> content, as read in the guest, byte for byte.
 *
 * Paths are the guest's ("/proc/vmstat", "/sys/devices/system/node/node0/numastat"); for files of the workload's
 * process "PID" stands where its number was ("/proc/PID/numa_maps"). A file the guest could not read has no entry:
 * missing is not empty and not zero.
 */
#ifndef NUMARIG_WIRE_RAWSET_H
#define NUMARIG_WIRE_RAWSET_H

#include <stddef.h>

struct rawfile {
	char *path;
	char *text; /* ended by a 0; `len` bytes before it */
	size_t len;
};

struct rawset {
	struct rawfile *v; /* in the order in which they were first put */
	size_t n;
};

void rawset_free(struct rawset *s);
/* Copies both; a path already there gets the new text. */
void rawset_put(struct rawset *s, const char *path, const char *text, size_t len);
/* The text, or NULL when the guest did not show that file. The set's own. */
const char *rawset_get(const struct rawset *s, const char *path);
/* A deep copy, into an empty set. */
void rawset_copy(struct rawset *to, const struct rawset *from);

#define auto_rawset __attribute__((cleanup(rawset_free)))

#endif
