/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/mapped.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"

static bool chosen(const struct numa_map *m, const char *which)
{
	size_t n = which ? strlen(which) : 0, len = m->file ? strlen(m->file) : 0;

	if (!which)
		return true;
	if (!strcmp(which, "[heap]"))
		return m->heap;
	if (!strcmp(which, "[stack]"))
		return m->stack;
	return len >= n && !strcmp(m->file + len - n, which);
}

static const struct map *at(const struct maps *maps, uint64_t start)
{
	for (size_t i = 0; i < maps->n; i++)
		if (maps->v[i].start == start)
			return &maps->v[i];
	return NULL;
}

static uint64_t all_nodes(const struct numa_map *m)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->nodes; i++)
		sum += m->node[i].pages;
	return sum;
}

/* One mapping's part; false when it can't be told. */
static bool count_one(const struct numa_map *m, const struct map *s, enum mapped_kind kind, uint64_t *pages)
{
	uint64_t all = all_nodes(m), wanted = kind == MAPPED_ANON ? m->anon : all - m->anon;

	if (kind == MAPPED_TEXT && !strchr(s->perms, 'x'))
		return true;
	if (kind != MAPPED_ANON && !m->file)
		return true;
	if (m->anon > all || (wanted && wanted != all && m->nodes > 1))
		return false;
	for (unsigned i = 0; wanted && i < m->nodes; i++)
		pages[m->node[i].nid] += (wanted == all ? m->node[i].pages : wanted) * (m->page_kb / 4);
	return true;
}

int mapped_count(const struct rawset *raw, const char *as, enum mapped_kind kind, const char *which,
		 uint64_t pages[PROCFS_NIDS], struct err *err)
{
	auto_numa_maps struct numa_maps nodes = { 0 };
	auto_maps struct maps perms = { 0 };
	auto_free char *nodes_path = xasprintf("/proc/%s/numa_maps", as),
		       *perms_path = xasprintf("/proc/%s/maps", as);
	const char *nodes_text = rawset_get(raw, nodes_path), *perms_text = rawset_get(raw, perms_path);

	bool any = !which;

	memset(pages, 0, PROCFS_NIDS * sizeof(*pages));
	if (!nodes_text || !perms_text)
		return 0;
	if (numa_maps_parse(nodes_text, &nodes, err) || maps_parse(perms_text, &perms, err))
		return err_prefix(err, "/proc/%s", as);
	for (size_t i = 0; i < nodes.n; i++) {
		const struct map *s = at(&perms, nodes.v[i].start);

		if (!s)
			return err_set(err, -EINVAL,
				       "/proc/%s: maps has nothing at %" PRIx64 ", numa_maps has", as,
				       nodes.v[i].start);
		if (!chosen(&nodes.v[i], which))
			continue;
		any = true;
		if (!count_one(&nodes.v[i], s, kind, pages))
			return 0;
	}
	return any;
}
