/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a program's memory lies: the table that `exec` prints. */
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "base/idset.h"
#include "report/nids.h"
#include "report/text.h"
#include "wire/procfs.h"

#define COLUMN 9
#define MAPPING 40 /* characters; of a longer path the end is shown, which tells it from others */
#define GUEST_ROOT "/ext4"

const char *report_guest_path(const char *path)
{
	size_t n = strlen(GUEST_ROOT);

	return !strncmp(path, GUEST_ROOT "/", n + 1) ? path + n : path;
}

/* What the mapping is of, in at most MAPPING characters. malloc'ed. */
static char *mapping_words(const struct numa_map *m)
{
	const char *name = m->file    ? report_guest_path(m->file)
			   : m->heap  ? "[heap]"
			   : m->stack ? "[stack]"
				      : "anonymous";
	size_t len = strlen(name);
	char *words = len > MAPPING ? xasprintf("...%s", name + len - (MAPPING - 3)) : xstrdup(name);

	text_plain(words);
	return words;
}

static void map_line(const struct numa_map *m, const struct idset *nodes, int policy, struct text *out)
{
	auto_free char *words = mapping_words(m);

	text_printf(out, "%-*s %-*s", MAPPING, words, policy, m->policy);
	idset_foreach (nid, nodes) {
		text_printf(out, " %*" PRIu64, COLUMN - 1, numa_map_on(m, nid) * m->page_kb);
	}
	text_printf(out, "\n");
}

int report_placement(const char *numa_maps, const json_t *nids, struct text *out, struct err *err)
{
	auto_numa_maps struct numa_maps maps = { 0 };
	struct idset nodes = { 0 };
	int policy = (int)strlen("policy") + 6;

	if (numa_maps_parse(numa_maps, &maps, err))
		return err->code;
	for (size_t i = 0; i < maps.n; i++) {
		for (unsigned k = 0; k < maps.v[i].nodes; k++)
			idset_add(&nodes, maps.v[i].node[k].nid);
		text_plain(maps.v[i].policy);
		if (maps.v[i].nodes && (int)strlen(maps.v[i].policy) > policy)
			policy = (int)strlen(maps.v[i].policy);
	}
	text_printf(out, "%-*s %-*s", MAPPING, "mapping (kB on each node)", policy, "policy");
	idset_foreach (nid, &nodes) {
		text_printf(out, "%*s%3u", COLUMN - 3, "node", nid);
	}
	text_printf(out, "\n");
	report_nids_row(nids, &nodes, MAPPING + 1 + policy, COLUMN, out);
	for (size_t i = 0; i < maps.n; i++)
		if (maps.v[i].nodes)
			map_line(&maps.v[i], &nodes, policy, out);
	return 0;
}
