/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/suggest.h"
#include "topo/topo.h"
#include "trace/caches_options.h"
#include "topo/size.h"

#define BYTES(level) offsetof(struct caches_geometry, bytes[level])
#define WAYS(level) offsetof(struct caches_geometry, ways[level])
#define K 1024ull

/*
 * Of today's servers: L1s whose index is inside of the page, so that it is the same by virtual and physical address; 1
 * MiB of L2; 4 MiB of the last level for each of a node's two CPUs. Nodes are a thousand times smaller than a server's,
 * caches are not: they are to be small beside what a workload writes (16 to 64 MiB), and larger than the L2s they hold.
 */
const struct caches_option caches_options[] = {
	{ "l1i", true, BYTES(CACHES_L1I), 32 * K, 1 * K, 1024 * K, "each CPU's cache of instructions" },
	{ "l1i_ways", false, WAYS(CACHES_L1I), 8, 1, 64, "its ways" },
	{ "l1d", true, BYTES(CACHES_L1D), 32 * K, 1 * K, 1024 * K, "each CPU's cache of data" },
	{ "l1d_ways", false, WAYS(CACHES_L1D), 8, 1, 64, "its ways" },
	{ "l2", true, BYTES(CACHES_L2), 1024 * K, 0, 64 * 1024 * K,
	  "each CPU's second cache, of both; 0: there is none" },
	{ "l2_ways", false, WAYS(CACHES_L2), 16, 1, 64, "its ways" },
	{ "llc", true, BYTES(CACHES_LLC), 8 * 1024 * K, 1 * K, 1024 * 1024 * K,
	  "each node's last cache, of its CPUs" },
	{ "llc_ways", false, WAYS(CACHES_LLC), 16, 1, 64, "its ways" },
	{ "line", false, offsetof(struct caches_geometry, line), 64, 16, 4096,
	  "bytes of a line, of all of them: a power of two" },
	{ 0 }
};

static uint64_t *value_of(struct caches_geometry *g, const struct caches_option *o)
{
	return (uint64_t *)(void *)((char *)g + o->offset);
}

uint64_t caches_value(const struct caches_geometry *g, const struct caches_option *o)
{
	return *value_of((struct caches_geometry *)(uintptr_t)g, o);
}

void caches_default(struct caches_geometry *g)
{
	for (const struct caches_option *o = caches_options; o->name; o++)
		*value_of(g, o) = o->def;
}

static const struct caches_option *find(const char *name, struct err *err)
{
	for (const struct caches_option *o = caches_options; o->name; o++)
		if (!strcmp(o->name, name))
			return o;
	const char *near = suggest_row(name, &caches_options->name, sizeof(*caches_options));
	err_set(err, -EINVAL,
		"the cache model has no \"%s\"%s%s%s: l1i, l1d, l2, llc, each with _ways, and line", name,
		near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
	return NULL;
}

static int set(struct caches_geometry *g, const char *name, const char *value, struct err *err)
{
	const struct caches_option *o = find(name, err);
	char min[24], max[24], *end;
	uint64_t v;

	if (!o)
		return -EINVAL;
	if (o->size && topo_size_parse(value, &v, err))
		return err_prefix(err, "%s", name);
	if (!o->size) {
		errno = 0;
		v = strtoull(value, &end, 10);
		if (!isdigit((unsigned char)*value) || *end || errno)
			return err_set(err, -EINVAL, "%s: \"%s\" is no number", name, value);
	}
	if (v < o->min || v > o->max) {
		if (o->size)
			return err_set(err, -EINVAL, "%s: %s is out of range (%s to %s)", name, value,
				       topo_size_format(o->min, min), topo_size_format(o->max, max));
		return err_set(err, -EINVAL, "%s: %s is out of range (%" PRIu64 " to %" PRIu64 ")", name,
			       value, o->min, o->max);
	}
	*value_of(g, o) = v;
	return 0;
}

int caches_parse(const char *text, struct caches_geometry *g, struct err *err)
{
	auto_free char *copy = xstrdup(text ? text : "");
	char *rest = copy, *word;

	while (*copy && (word = strsep(&rest, ","))) {
		char *value = strchr(word, '=');

		if (!value)
			return err_set(err, -EINVAL, "\"%s\": want NAME=VALUE, such as l2=1M", word);
		*value++ = 0;
		int r = set(g, word, value, err);
		if (r)
			return r;
	}
	return caches_check(g, err);
}

static bool power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* A cache's row and the one of its ways stand together. */
static int check_level(const struct caches_geometry *g, enum caches_level level, struct err *err)
{
	const char *name = caches_options[2 * level].name;
	uint64_t bytes = g->bytes[level], set = g->ways[level] * g->line, fits = set;
	char is[24], less[24], more[24];

	if (level == CACHES_L2 && !bytes)
		return 0;
	if (!(bytes % set) && power_of_two(bytes / set))
		return 0;
	while (fits * 2 < bytes)
		fits *= 2;
	return err_set(err, -EINVAL,
		       "%s: %s is no power of two of sets of %" PRIu64 " ways and %" PRIu64
		       "-byte lines: %s or %s would be",
		       name, topo_size_format(bytes, is), g->ways[level], g->line,
		       topo_size_format(fits, less), topo_size_format(fits * 2, more));
}

int caches_check(const struct caches_geometry *g, struct err *err)
{
	char upper[24], lower[24];

	if (!power_of_two(g->line))
		return err_set(err, -EINVAL, "line: %" PRIu64 " is no power of two", g->line);
	for (enum caches_level l = 0; l < CACHES_LEVELS; l++) {
		int r = check_level(g, l, err);
		if (r)
			return r;
	}
	for (enum caches_level l = 0; l < CACHES_LLC; l++) {
		enum caches_level below = l == CACHES_L2 || !g->bytes[CACHES_L2] ? CACHES_LLC : CACHES_L2;

		if (g->bytes[l] > g->bytes[below])
			return err_set(err, -EINVAL,
				       "%s: %s is less than %s has (%s), and it is to hold all of that",
				       caches_options[2 * below].name,
				       topo_size_format(g->bytes[below], lower), caches_options[2 * l].name,
				       topo_size_format(g->bytes[l], upper));
	}
	return 0;
}
