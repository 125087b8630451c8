/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory the nodes of an imported machine get; used by import_shape.c only. */
#ifndef NUMARIG_TOPO_IMPORT_SIZES_H
#define NUMARIG_TOPO_IMPORT_SIZES_H

#include "topo/import_how.h"
#include "topo/import_machine.h"

/* -EINVAL when the source does not tell a size and how->mem_bytes does not, or both do. */
int sizes_check(const struct machine *m, const struct topo_import *how, struct err *err);
/*
 * Multiplies the sizes, and gives how->mem_bytes to nodes whose size is not told. Appends ", sizes x 1/256" to `sizes`, and to
 * `notes` what became of them beyond that, each as "; what". True when the scale is not how's.
 */
bool sizes_set(struct machine *m, const struct topo_import *how, struct text *sizes, struct text *notes);

#endif
