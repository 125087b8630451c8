/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the machine that was read to the text of a topology file; used by import.c only. */
#ifndef NUMARIG_TOPO_IMPORT_SHAPE_H
#define NUMARIG_TOPO_IMPORT_SHAPE_H

#include "topo/import_how.h"
#include "topo/import_machine.h"

/* Appends the file's text, also when it is refused as a topology; its `about` names every change. *m is used up. `name` is the source's, for `about`. */
int import_shape(struct machine *m, const struct topo_import *how, const char *name, struct text *out,
		 struct err *err);

#endif
