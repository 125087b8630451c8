/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing the nodes of a topology file and the distances between them; used by parse.c only. */
#ifndef NUMARIG_TOPO_PARSE_NODE_H
#define NUMARIG_TOPO_PARSE_NODE_H

#include "base/json.h"
#include "topo/topo.h"

/* Fills t->node[] and what is computed from it (CPU numbers, sums), then checks the rules that concern several nodes. */
int parse_nodes(json_t *nodes, struct topo *t, struct err *err);
/* The matrices: distances and expect_guest. */
int parse_distances(json_t *root, struct topo *t, struct err *err);

#endif
