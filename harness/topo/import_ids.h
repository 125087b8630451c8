/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeping the node ids of the machine that a topology is made from; used by import_shape.c only. */
#ifndef NUMARIG_TOPO_IMPORT_IDS_H
#define NUMARIG_TOPO_IMPORT_IDS_H

#include "base/text.h"
#include "topo/import_machine.h"

/*
 * Puts each node to the position of its id: a node that the machine lists and that has nothing becomes an empty one that is online,
 * an id that it does not list an offline one; `notes` gets both. -E2BIG when an id is too high.
 */
int ids_keep(struct machine *m, struct text *notes, struct err *err);

#endif
