/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passes accesses to the cache model (trace/caches.h). plugin/trace.h has an overview. */
#ifndef NUMARIG_PLUGIN_CACHED_H
#define NUMARIG_PLUGIN_CACHED_H

#include "plugin/trace.h"

/* Makes the model from "BYTES WAYS" of L1i, L1d, L2 and LLC, and the bytes of a line. Nodes and CPUs must be known. */
bool cached_setup(const char *words);
/* Adds the block's instruction i, whose code is at `host`, to the block's pieces; to be called in order. */
void cached_translate(struct block *b, unsigned i, const void *host);
/* Passes the fetch of a block's code to the model. */
void cached_block(const struct cpu *c, const struct block *b);
/* Passes an access to the model; its bytes are in one page. */
void cached_access(const struct cpu *c, enum mode mode, enum kind kind, unsigned column, uint64_t physical,
		   unsigned bytes);
/* Adds what was counted since the last call to this interval. */
void cached_flush(unsigned interval);
void cached_print(FILE *f, unsigned interval);

#endif
