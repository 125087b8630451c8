/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The geometry of the caches that are modelled (caches.h), and the options that set it. */
#ifndef NUMARIG_TRACE_CACHES_OPTIONS_H
#define NUMARIG_TRACE_CACHES_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum caches_level { CACHES_L1I, CACHES_L1D, CACHES_L2, CACHES_LLC, CACHES_LEVELS };

struct caches_geometry {
	uint64_t bytes[CACHES_LEVELS]; /* that of the L2 may be 0: there is no L2 */
	uint64_t ways[CACHES_LEVELS];
	uint64_t line; /* bytes */
};

/* A row of the table of options, from which parser, range check, help and the result's text are made. */
struct caches_option {
	const char *name;
	bool size; /* the value is a size such as "1M"; else a count */
	size_t offset;
	uint64_t def, min, max;
	const char *about;
};

extern const struct caches_option caches_options[]; /* ends with a NULL name */

/* The value of an option in a geometry. */
uint64_t caches_value(const struct caches_geometry *g, const struct caches_option *o);
/* Sets all options to their defaults. */
void caches_default(struct caches_geometry *g);
/*
 * Sets the options of "l2=2M,llc_ways=8" in *g, then checks the geometry; "" and NULL change nothing. -EINVAL: the message has
 * option, value and what would be right.
 */
int caches_parse(const char *text, struct caches_geometry *g, struct err *err);
/* 0 when such caches are possible, else -EINVAL; the message names the option. */
int caches_check(const struct caches_geometry *g, struct err *err);

#endif
