/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sysfs shows of an HMAT (Documentation/admin-guide/mm/numaperf.rst; drivers/base/node.c). */
#include "topo/import_hmat.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "base/auto.h"

int machine_at(const struct machine *m, unsigned id)
{
	for (unsigned i = 0; i < m->nodes; i++)
		if (m->node[i].id == id)
			return (int)i;
	return -1;
}

/* A file of one number. Absent: *out stays. */
static int number_read(const struct rawset *files, const char *path, uint64_t *out, struct err *err)
{
	const char *text = rawset_get(files, path);
	char *end;

	if (!text)
		return 0;
	errno = 0;
	unsigned long long v = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
	if (!isdigit((unsigned char)*text) || errno || (*end && *end != '\n'))
		return err_set(err, -EINVAL, "%s: \"%.40s\": want a number", path, text);
	*out = v;
	return 0;
}

/* The nodes with CPUs that have a link in this class, by position. */
static struct idset linked(const struct rawset *files, const struct machine *m, unsigned at, unsigned class)
{
	struct idset found = { 0 };

	for (unsigned from = 0; from < m->nodes; from++) {
		auto_free char *link = xasprintf("node%u/access%u/initiators/node%u", m->node[at].id, class,
						 m->node[from].id);

		if (idset_count(&m->node[from].cpus) && rawset_get(files, link))
			idset_add(&found, from);
	}
	return found;
}

static int access_read(const struct rawset *files, struct machine *m, unsigned at, unsigned class,
		       struct err *err)
{
	static const char *const names[MACHINE_FIGURES] = {
		[READ_LATENCY] = "read_latency",
		[WRITE_LATENCY] = "write_latency",
		[READ_BANDWIDTH] = "read_bandwidth",
		[WRITE_BANDWIDTH] = "write_bandwidth",
	};

	for (unsigned k = 0; k < MACHINE_FIGURES; k++) {
		auto_free char *path =
			xasprintf("node%u/access%u/initiators/%s", m->node[at].id, class, names[k]);
		uint64_t v = 0;

		if (number_read(files, path, &v, err))
			return err->code;
		if (v > UINT32_MAX)
			return err_set(err, -EINVAL, "%s: %llu: want at most %u", path, (unsigned long long)v,
				       UINT32_MAX);
		idset_foreach (from, &m->hmat.initiators[at])
			m->hmat.figure[k][from][at] = (uint32_t)v;
	}
	return 0;
}

static int cache_read(const struct rawset *files, struct machine *m, unsigned at, struct err *err)
{
	static const char *const ways[] = { "direct", "complex", "none" };
	static const char *const policies[] = { "write-back", "write-through", "none" };
	static const char *const names[] = { "size", "line_size", "indexing", "write_policy" };
	struct topo_cache *c = &m->hmat.cache[at];

	for (unsigned level = 1; level <= 4; level++) {
		uint64_t v[ARRAY_SIZE(names)] = { 0, 0, 2, 2 };

		for (unsigned k = 0; k < ARRAY_SIZE(names); k++) {
			auto_free char *path = xasprintf("node%u/memory_side_cache/index%u/%s",
							 m->node[at].id, level, names[k]);

			if (number_read(files, path, &v[k], err))
				return err->code;
		}
		if (!v[0])
			continue;
		m->hmat.known = true;
		if (!m->hmat.levels[at]++)
			*c = (struct topo_cache){ .bytes = v[0],
						  .line = v[1] > UINT32_MAX ? 0 : (unsigned)v[1],
						  .associativity = ways[v[2] > 2 ? 2 : v[2]],
						  .policy = policies[v[3] > 2 ? 2 : v[3]] };
	}
	return 0;
}

int hmat_from_sysfs(const struct rawset *files, struct machine *m, struct err *err)
{
	for (unsigned at = 0; at < m->nodes; at++) {
		for (unsigned class = 0; class < 2 && !idset_count(&m->hmat.initiators[at]); class ++) {
			m->hmat.initiators[at] = linked(files, m, at, class);
			if (!idset_count(&m->hmat.initiators[at]))
				continue;
			m->hmat.known = true;
			if (access_read(files, m, at, class, err))
				return err->code;
		}
		if (cache_read(files, m, at, err))
			return err->code;
	}
	return 0;
}
