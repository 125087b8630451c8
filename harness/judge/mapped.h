/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts the pages that a process maps by node. /proc/PID/numa_maps has the nodes and /proc/PID/maps the permissions; a mapping is
 * found in both by its address.
 */
#ifndef NUMARIG_JUDGE_MAPPED_H
#define NUMARIG_JUDGE_MAPPED_H

#include "wire/procfs.h"
#include "wire/rawset.h"

enum mapped_kind {
	MAPPED_TEXT, /* pages of files in executable mappings */
	MAPPED_FILE, /* pages of files (page cache) in all mappings */
	MAPPED_ANON, /* anonymous pages, also copies made by writing to a private mapping of a file */
};

/*
 * Counts pages of 4 KiB, by nid, of process `as` (wl_maps) in the mappings that `which` names: those of files whose path ends with
 * it, "[heap]", "[stack]", or all for NULL. Returns 1 when they were counted. Returns 0 when there is no count, which does not mean
 * 0 pages: the texts or the mapping do not exist, or page cache and copies lie in one mapping on several nodes, which numa_maps
 * does not distinguish. -errno: the texts are malformed, or are not from the same instant.
 */
int mapped_count(const struct rawset *raw, const char *as, enum mapped_kind kind, const char *which,
		 uint64_t pages[PROCFS_NIDS], struct err *err);

#endif
