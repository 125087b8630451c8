/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages a process maps, and on which node: /proc/PID/numa_maps has the nodes, /proc/PID/maps the
 * permissions, the mapping's address joins them.
 */
#ifndef NUMARIG_JUDGE_MAPPED_H
#define NUMARIG_JUDGE_MAPPED_H

#include "wire/procfs.h"
#include "wire/rawset.h"

enum mapped_kind {
	MAPPED_TEXT, /* of files, in executable mappings */
	MAPPED_FILE, /* of files: page cache */
	MAPPED_ANON, /* anonymous, with the copies a writer of a private mapping made */
};

/*
 * Pages of 4 KiB by nid of process `as` (wl_maps) in the mappings chosen by `which`: of files whose path ends
 * so,
 * "[heap]", "[stack]", NULL for all. 1: counted; 0: not there (no text, or no such mapping: that is not 0 pages), or page cache and copies lie in one mapping on
 * several nodes, which numa_maps does not tell apart; -errno: the texts are malformed or are not of one
 * instant.
 */
int mapped_count(const struct rawset *raw, const char *as, enum mapped_kind kind, const char *which,
		 uint64_t pages[PROCFS_NIDS], struct err *err);

#endif
