/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the kernel's nodes is which of the file's; used by attest.c only. */
#ifndef NUMARIG_TOPO_ATTEST_MAP_H
#define NUMARIG_TOPO_ATTEST_MAP_H

#include "topo/guest.h"
#include "wire/rawset.h"

struct attest {
	const struct topo *t;
	const struct rawset *boot;
	struct topo_guest *g;
	const struct topo_guest_node
		*of[TOPO_NODES_MAX]; /* by slot; NULL: not mapped yet, or empty and offline */
};

/* Fills a->of[], and in a->g the slots and nids. -ENODEV, with both sides, at the first node that is not there. */
int attest_map(struct attest *a, struct err *err);

#endif
