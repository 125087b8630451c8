/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shape of the caches that are modelled (caches.h), and the options it comes from. */
#ifndef NUMARIG_TRACE_CACHES_OPTIONS_H
#define NUMARIG_TRACE_CACHES_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum caches_level { CACHES_L1I, CACHES_L1D, CACHES_L2, CACHES_LLC, CACHES_LEVELS };

struct caches_geometry {
	uint64_t bytes[CACHES_LEVELS]; /* the L2's may be 0: there is none */
	uint64_t ways[CACHES_LEVELS];
	uint64_t line; /* bytes */
};

/* --- options: one row serves parser, range check, help and echo ------------------------------------------------ */
struct caches_option {
	const char *name;
	bool size; /* "1M" is understood; else a count */
	size_t offset;
	uint64_t def, min, max;
	const char *about;
};

extern const struct caches_option caches_options[]; /* ends with a NULL name */

/* An option's value. */
uint64_t caches_value(const struct caches_geometry *g, const struct caches_option *o);
/* The defaults. */
void caches_default(struct caches_geometry *g);
/* "l2=2M,llc_ways=8" over what *g has; "" and NULL change nothing. -EINVAL naming option, value and what would be right. */
int caches_parse(const char *text, struct caches_geometry *g, struct err *err);
/* Whether such caches can be: 0, or -EINVAL naming the option. caches_parse() ends with it. */
int caches_check(const struct caches_geometry *g, struct err *err);

#endif
