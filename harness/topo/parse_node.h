/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes of a topology file and what holds between them; for parse.c. */
#ifndef NUMARIG_TOPO_PARSE_NODE_H
#define NUMARIG_TOPO_PARSE_NODE_H

#include "base/json.h"
#include "topo/topo.h"

/* Fills t->node[] and all that comes from it; then checks what one node cannot know of the others. */
int parse_nodes(json_t *nodes, struct topo *t, struct err *err);
/* The matrices: distances and expect_guest. */
int parse_distances(json_t *root, struct topo *t, struct err *err);

#endif
