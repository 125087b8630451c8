/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plugin/host.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct mapping {
	uintptr_t from, to;
	uint64_t offset; /* in the file */
	const struct file *file;
} mapping[2 * TRACE_FILES];
static unsigned mappings;

static void learn_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char *s = NULL;
	size_t size = 0;

	while (f && getline(&s, &size, f) > 0 && mappings < 2 * TRACE_FILES) {
		struct mapping *m = &mapping[mappings];
		char *path = strchr(s, '/');

		s[strcspn(s, "\n")] = 0;
		for (unsigned i = 0; path && i < trace.files; i++)
			if (!strcmp(trace.file[i].path, path) &&
			    sscanf(s, "%lx-%lx %*s %" SCNx64, &m->from, &m->to, &m->offset) == 3) {
				m->file = &trace.file[i];
				mappings++;
				break;
			}
	}
	if (f)
		fclose(f);
	free(s);
}

static const struct mapping *mapping_of(const void *host)
{
	static const struct mapping *last = mapping;
	uintptr_t at = (uintptr_t)host;

	if (!mappings)
		learn_mappings();
	if (at >= last->from && at < last->to)
		return last;
	for (unsigned i = 0; i < mappings; i++)
		if (at >= mapping[i].from && at < mapping[i].to)
			return last = &mapping[i];
	return NULL;
}

uint8_t host_column(const void *host)
{
	const struct mapping *m = mapping_of(host);

	return m ? m->file->column : TRACE_NONE;
}

bool host_physical(const void *host, uint64_t *physical)
{
	const struct mapping *m = mapping_of(host);
	uint64_t at = m ? m->offset + ((uintptr_t)host - m->from) : 0;

	for (unsigned i = 0; m && i < m->file->ranges; i++) {
		const struct ram *r = &m->file->ram[i];

		if (at < r->to - r->from) {
			*physical = r->from + at;
			return true;
		}
		at -= r->to - r->from;
	}
	return false;
}
