/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The CPUs of a topology's nodes: a number ("cpus": 4), for which the next ids are taken, or a list of ids ("cpus": "0,2").
 * All nodes of a file say it in one form, and their ids together are 0 to n-1, each once.
 */
#ifndef NUMARIG_TOPO_CPUS_H
#define NUMARIG_TOPO_CPUS_H

#include "base/json.h"
#include "topo/topo.h"

/* Reads a node's "cpus" into n; t->cpus, the CPUs of the nodes before, is where a number's ids begin. */
int cpus_parse(json_t *object, struct topo *t, struct topo_node *n, struct err *err);
/* The rules for all nodes together. */
int cpus_check(const struct topo *t, struct err *err);
/* CPUs of a socket when each node with CPUs can be one: as many on each, ids in a row. 0 when not. */
unsigned cpus_per_socket(const struct topo *t);

/*
 * Where QEMU has each CPU: place[id]. Linux numbers nodes in the order of the CPUs in the SRAT, so an empty node, too, has a place
 * there, with a CPU that is not plugged in: empty[slot]. All places are one CPU a socket then. Returns their number.
 */
unsigned cpus_places(const struct topo *t, unsigned place[TOPO_CPUS_MAX], unsigned empty[TOPO_NODES_MAX]);

#endif
