/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The HMAT of a machine that a topology is made from: read from sysfs or ACPI tables, and brought into the form of a file. */
#ifndef NUMARIG_TOPO_IMPORT_HMAT_H
#define NUMARIG_TOPO_IMPORT_HMAT_H

#include "base/json.h"
#include "topo/import_machine.h"
#include "wire/rawset.h"

/* The position of the node that Linux calls `id`, or -1. */
int machine_at(const struct machine *m, unsigned id);

/*
 * What nodeN/access0 and nodeN/memory_side_cache show: the figures of each node's nearest initiators, and no others. For nodes that
 * only a device without CPUs is nearest to, access1.
 */
int hmat_from_sysfs(const struct rawset *files, struct machine *m, struct err *err);

/*
 * What the ACPI tables say (ACPI 6.5, 5.2.16 and 5.2.28): figures of all pairs. Node ids are Linux's: SRAT's proximity domains
 * in the order in which acpi_numa_init() meets them. Tables that do not fit the node folders are
 * left out.
 */
int hmat_from_tables(const struct dump *d, struct machine *m, struct err *err);

/* Takes out what no topology file can say, and tells it in `notes`. After that, nodes are only renamed. */
void hmat_fit(struct machine *m, struct text *notes);
/* Adds the keys of the node at this position. */
void hmat_json(const struct machine *m, unsigned at, json_t *node);

#endif
