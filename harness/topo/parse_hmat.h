/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing the HMAT members of a topology file; used by parse.c and parse_node.c only. */
#ifndef NUMARIG_TOPO_PARSE_HMAT_H
#define NUMARIG_TOPO_PARSE_HMAT_H

#include "base/json.h"
#include "topo/topo.h"

/* Initiators, latency and bandwidth of all nodes; to be called after parse_nodes(). */
int parse_hmat(json_t *nodes, struct topo *t, struct err *err);
/* The memory-side cache of one node. */
int parse_cache(json_t *cache, struct topo_cache *out, struct err *err);

#endif
