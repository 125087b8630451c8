/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small areas of memory of many kinds, to see which of them something moves. Guest only.
 *
 *	kinds_map(w, kind, near, far)	from a CPU of `near`, where its pages are then
 *	kinds_use(kind, area)		as often as one likes
 */
#ifndef NUMARIG_WORKLOADS_LIB_KINDS_H
#define NUMARIG_WORKLOADS_LIB_KINDS_H

#include "workloads/lib/guest.h"

enum kind {
	KIND_PLAIN,	/* private, anonymous */
	KIND_LOCKED,	/* ... locked by mlock(2) */
	KIND_COPIED,	/* private copies of a file's pages */
	KIND_CLEAN,	/* page cache of ext4, writable and not written */
	KIND_DIRTY,	/* ... written */
	KIND_TEXT,	/* ... mapped for reading and execution */
	KIND_SHARED,	/* MAP_SHARED, anonymous: tmpfs inside */
	KIND_BOUND,	/* mbind(2): MPOL_BIND to near */
	KIND_PREFERRED, /* MPOL_PREFERRED near */
	KIND_LOCAL,	/* MPOL_LOCAL, set, though it is what the default does */
	KIND_WITHIN,	/* MPOL_BIND | MPOL_F_NUMA_BALANCING to near and far */
	KIND_OUTSIDE,	/* ... to near only */
	KIND_MERGED,	/* one page of KSM's */
	KIND_HUGETLB,	/* one huge page of 2 MiB from near's pool, which gets one more for it */
	KINDS,
};

#define KIND_PAGES 16

const char *kinds_name(enum kind kind);
void *kinds_map(struct wl *w, enum kind kind, int near, int far);
/* Reads or writes each page, so that it stays of its kind. */
void kinds_use(enum kind kind, void *area);

#endif
