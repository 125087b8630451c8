/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a real machine a topology is to have. */
#ifndef NUMARIG_TOPO_IMPORT_HOW_H
#define NUMARIG_TOPO_IMPORT_HOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct topo_import {
	unsigned num, den;    /* the scale, num/den; 1/1 leaves sizes as they are */
	unsigned cpus_most;   /* a node gets no more than this many; 0: no limit */
	bool keep_ids;	      /* of nodes, by empty ones in the gaps */
	uint64_t mem_bytes;   /* of each node whose size the source does not tell; 0: that is an error */
	struct text *changes; /* gets the changes that `about` tells, "a; b"; NULL: nobody asks */
};

#endif
