/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of the topology parser; nobody else includes it. */
#ifndef NUMARIG_TOPO_PARSE_H
#define NUMARIG_TOPO_PARSE_H

#include "base/parse.h"
#include "topo/topo.h"

/* A size, a multiple of `step` or 0; *out untouched when the key is absent. */
int parse_size(json_t *object, const char *key, uint64_t step, uint64_t *out, struct err *err);
/* Fills t->node[] and all that comes from it; then checks what one node cannot know of the others. */
int parse_nodes(json_t *nodes, struct topo *t, struct err *err);
/* HMAT: initiators, latency and bandwidth of all nodes; after parse_nodes. */
int parse_hmat(json_t *nodes, struct topo *t, struct err *err);
/* The memory-side cache of one node. */
int parse_cache(json_t *cache, struct topo_cache *out, struct err *err);
/* The matrices: distances and expect_guest. */
int parse_distances(json_t *root, struct topo *t, struct err *err);

#endif
