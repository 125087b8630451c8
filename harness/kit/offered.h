/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernels that Debian's archive has at present (guests/kernel/fetch --list). */
#ifndef NUMARIG_KIT_OFFERED_H
#define NUMARIG_KIT_OFFERED_H

#include "kit/cache.h"

struct offered_kernel {
	char *abi;	 /* "6.1.0-50-cloud-amd64" */
	char *package;	 /* its version: "6.1.176-1" */
	char series[16]; /* "6.1" */
};

struct offered {
	struct offered_kernel *v; /* series by series, oldest first */
	size_t n;
};

/* Asks the archive, at most once in 24 hours; no kernel is fetched. */
int offered_get(const struct cache *c, const char *tree, struct offered *out, struct err *err);
/* Parses the output of fetch --list, whose lines are "ABI VERSION SUITE". */
int offered_parse(const char *text, struct offered *out, struct err *err);
void offered_free(struct offered *o);
#define auto_offered __attribute__((cleanup(offered_free)))

#endif
