/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/region.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "wire/mark.h"

#define REGION_BYTES_MOST (64u << 20) /* of all regions in all intervals */

static struct {
	char name[MARK_NAME_MAX + 1];
	uint64_t *n; /* of the running interval */
} region[TRACE_REGIONS];
static unsigned regions;
static size_t region_bytes; /* allocated */

static size_t columns(void)
{
	return trace.nodes + 1;
}

static size_t region_size(void)
{
	return columns() * MODES * KINDS * columns() * sizeof(uint64_t);
}

static uint64_t *region_alloc(void)
{
	uint64_t *n = NULL;

	if (region_bytes + region_size() <= REGION_BYTES_MOST)
		n = calloc(1, region_size());
	if (n)
		region_bytes += region_size();
	else
		trace.full = true;
	return n;
}

unsigned region_find(const char *name)
{
	for (unsigned i = 0; i < regions; i++)
		if (!strcmp(region[i].name, name))
			return i;
	if (regions == TRACE_REGIONS || !(region[regions].n = region_alloc())) {
		trace.full = true;
		return TRACE_REGIONS;
	}
	snprintf(region[regions].name, sizeof(region[regions].name), "%s", name);
	return regions++;
}

uint64_t *region_row(unsigned r, const struct cpu *c, enum mode mode, enum kind kind)
{
	if (c->column == TRACE_NONE)
		trace.lost++; /* it did something before it was told apart */
	return region[r].n + ((column_at(c->column) * MODES + mode) * KINDS + kind) * columns();
}

unsigned region_count(void)
{
	return regions;
}

void region_flush(unsigned r, uint64_t **to)
{
	if (!*to)
		*to = region_alloc();
	for (size_t i = 0; *to && i < region_size() / sizeof(**to); i++) {
		(*to)[i] += region[r].n[i];
		region[r].n[i] = 0;
	}
}

void region_print(FILE *f, unsigned r, const uint64_t *n)
{
	fprintf(f, "region %s\n", region[r].name);
	for (unsigned i = 0; i < region_size() / sizeof(*n); i++) {
		unsigned to = i % (unsigned)columns(), row = i / (unsigned)columns();

		if (n[i])
			fprintf(f, "r %d %c %c %d %" PRIu64 "\n", trace_nid(row / KINDS / MODES),
				trace_modes[row / KINDS % MODES], trace_kinds[row % KINDS], trace_nid(to),
				n[i]);
	}
}
