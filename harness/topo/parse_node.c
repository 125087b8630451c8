/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes of a topology file, one by one and together. HMAT's rules are in parse_hmat.c. */
#include "topo/parse_node.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "topo/cpus.h"
#include "topo/parse_hmat.h"
#include "topo/size.h"

static int device_parse(const json_t *value, bool *device, struct err *err)
{
	if (!value)
		return 0;
	if (!json_is_string(value))
		return err_set(err, -EINVAL, "device: want \"ahci\", this is %s", parse_kind(value));
	*device = !strcmp(json_string_value(value), "ahci");
	return *device ? 0
		       : err_set(err, -EINVAL, "device \"%.40s\": want \"ahci\", the only one there is",
				 json_string_value(value));
}

static int empty_parse(const json_t *value, struct topo_node *n, struct err *err)
{
	const char *word = json_is_string(value) ? json_string_value(value) : "";

	if (!value)
		return 0;
	n->empty = !strcmp(word, "offline")  ? TOPO_EMPTY_OFFLINE
		   : !strcmp(word, "online") ? TOPO_EMPTY_ONLINE
					     : TOPO_EMPTY_NOT;
	if (!n->empty)
		return err_set(err, -EINVAL, "empty: want \"online\" or \"offline\"");
	if (n->cpus || n->mem_bytes || n->dimm_bytes || n->hotplug_bytes || n->device)
		return err_set(err, -EINVAL,
			       "empty: the node has something: want this key on a node without");
	return 0;
}

static int node_parse(json_t *object, struct topo *t, struct topo_node *n, struct err *err)
{
	static const char *const keys[] = { "cpus",	 "mem",	  "dimm",   "hotplug", "initiator", "latency",
					    "bandwidth", "cache", "device", "empty",   NULL };
	json_t *cache = json_object_get(object, "cache");

	n->initiator = -1;
	if (parse_keys(object, keys, err) || cpus_parse(object, t, n, err) ||
	    topo_size_get(object, "mem", TOPO_MEM_STEP, &n->mem_bytes, err) ||
	    topo_size_get(object, "dimm", TOPO_HOTPLUG_STEP, &n->dimm_bytes, err) ||
	    topo_size_get(object, "hotplug", TOPO_HOTPLUG_STEP, &n->hotplug_bytes, err) ||
	    device_parse(json_object_get(object, "device"), &n->device, err))
		return err->code;
	if (empty_parse(json_object_get(object, "empty"), n, err))
		return err->code;
	if (!n->cpus && !n->mem_bytes && !n->empty)
		return err_set(err, -EINVAL,
			       "has neither CPUs nor memory: want one of them, or \"empty\": \"online\"");
	if (cache && parse_cache(cache, &n->cache, err))
		return err_prefix(err, "cache");
	return 0;
}

static int mem_check(const struct topo_node *n, bool first, struct err *err)
{
	uint64_t least = first ? TOPO_MEM_MIN_FIRST : TOPO_MEM_MIN;
	char is[24], want[24];

	if (!n->mem_bytes || n->mem_bytes >= least)
		return 0;
	topo_size_format(n->mem_bytes, is);
	topo_size_format(least, want);
	return err_set(err, -EINVAL, "mem \"%s\": want at least \"%s\"%s", is, want,
		       first ? " on the first node with memory, which holds the kernel" : "");
}

static int totals_check(const struct topo *t, struct err *err)
{
	if (cpus_check(t, err))
		return err->code;
	if (!t->mem_bytes)
		return err_set(err, -EINVAL, "nodes: no node has memory: want \"mem\" on at least one");
	uint64_t all = t->mem_bytes;
	for (unsigned i = 0; i < t->nodes; i++)
		all += t->node[i].dimm_bytes + t->node[i].hotplug_bytes;
	if (all > TOPO_MEM_TOTAL_MAX)
		return err_set(err, -EINVAL, "nodes: %llu MiB of memory and slots in all: want at most 1T",
			       (unsigned long long)(all >> 20));
	return 0;
}

int parse_nodes(json_t *nodes, struct topo *t, struct err *err)
{
	for (unsigned i = 0; i < t->nodes; i++) {
		struct topo_node *n = &t->node[i];

		if (node_parse(json_array_get(nodes, i), t, n, err) || mem_check(n, !t->mem_bytes, err))
			return err_prefix(err, "node %u", i);
		if (n->device && i >= TOPO_DEVICE_SLOTS)
			return err_set(err, -EINVAL,
				       "node %u: device: want it on a node below %u: there are 256 PCI buses",
				       i, TOPO_DEVICE_SLOTS);
		t->cpus += n->cpus;
		t->mem_bytes += n->mem_bytes;
		t->devices += n->device;
		t->empties += n->empty != TOPO_EMPTY_NOT;
	}
	return totals_check(t, err);
}

/* --- matrices -------------------------------------------------------------------------------- */

/* What a cell of one kind of matrix may hold. */
struct cell_rule {
	const char *key;
	int most;
	const char *above; /* why not more */
};

/* 255 is "unreachable" in ACPI: Linux takes it for a distance and never leaves the node
 * (node_reclaim_distance). */
static const struct cell_rule cell_file = { "distances", 254, "255 is the ACPI SLIT's \"unreachable\"" };
static const struct cell_rule cell_guest = { "distances", 255, "a distance is one byte" };

static int cell_parse(const json_t *value, const struct cell_rule *rule, unsigned from, unsigned to,
		      uint8_t *out, struct err *err)
{
	if (!json_is_integer(value))
		return err_set(err, -EINVAL, "%s[%u][%u]: want a whole number, this is %s", rule->key, from,
			       to, parse_kind(value));
	long long d = json_integer_value(value);
	if (d < 10)
		return err_set(err, -EINVAL,
			       "%s[%u][%u]: %lld is below 10, the local distance of the ACPI SLIT", rule->key,
			       from, to, d);
	if (from == to && d != 10)
		return err_set(err, -EINVAL,
			       "%s[%u][%u]: %lld is not 10, the local distance of the ACPI SLIT", rule->key,
			       from, to, d);
	if (d > rule->most)
		return err_set(err, -EINVAL, "%s[%u][%u]: %lld is above %d (%s)", rule->key, from, to, d,
			       rule->most, rule->above);
	*out = (uint8_t)d;
	return 0;
}

static int matrix_parse(const json_t *rows, const struct cell_rule *rule, unsigned n,
			uint8_t out[TOPO_NODES_MAX][TOPO_NODES_MAX], struct err *err)
{
	if (!json_is_array(rows))
		return err_set(err, -EINVAL, "%s: want an array of %u rows, this is %s", rule->key, n,
			       parse_kind(rows));
	if (json_array_size(rows) != n)
		return err_set(err, -EINVAL, "%s: %zu rows for %u nodes: want one row a node", rule->key,
			       json_array_size(rows), n);
	for (unsigned from = 0; from < n; from++) {
		const json_t *row = json_array_get(rows, from);

		if (!json_is_array(row))
			return err_set(err, -EINVAL, "%s[%u]: want an array of %u numbers, this is %s",
				       rule->key, from, n, parse_kind(row));
		if (json_array_size(row) != n)
			return err_set(err, -EINVAL,
				       "%s[%u]: %zu columns for %u nodes: want one column a node", rule->key,
				       from, json_array_size(row), n);
		for (unsigned to = 0; to < n; to++)
			if (cell_parse(json_array_get(row, to), rule, from, to, &out[from][to], err))
				return err->code;
	}
	return 0;
}

static int expect_parse(json_t *expect, struct topo *t, struct err *err)
{
	static const char *const keys[] = { "why", "distances", NULL };
	json_t *why, *rows;

	if (parse_keys(expect, keys, err))
		return err->code;
	why = json_object_get(expect, "why");
	if (!json_is_string(why) || !*json_string_value(why) || strpbrk(json_string_value(why), "\r\n"))
		return err_set(err, -EINVAL,
			       "why: want one line that says why the guest shows something else");
	rows = json_object_get(expect, "distances");
	if (!rows)
		return err_set(err, -EINVAL, "distances: missing: want the matrix the guest will show");
	t->why = xstrdup(json_string_value(why));
	t->expects_distance = true;
	return matrix_parse(rows, &cell_guest, t->nodes, t->expect_distance, err);
}

/* slit_valid() in arch/x86/mm/srat.c (drivers/acpi/numa/srat.c): one remote 10, and the whole table is
 * dropped. */
static int remote_check(const struct topo *t, struct err *err)
{
	for (unsigned from = 0; from < t->nodes; from++)
		for (unsigned to = 0; to < t->nodes; to++)
			if (from != to && t->distance[from][to] == 10)
				return err_set(
					err, -EINVAL,
					"distances[%u][%u]: 10 is the local distance, for which Linux drops "
					"the whole SLIT: want 11 or more, or \"expect_guest\" with what it "
					"shows then",
					from, to);
	return 0;
}

int parse_distances(json_t *root, struct topo *t, struct err *err)
{
	json_t *rows = json_object_get(root, "distances"), *expect = json_object_get(root, "expect_guest");

	for (unsigned from = 0; from < t->nodes; from++)
		for (unsigned to = 0; to < t->nodes; to++)
			t->distance[from][to] = from == to ? 10 : 20;
	if (expect && expect_parse(expect, t, err))
		return err_prefix(err, "expect_guest");
	if (!rows)
		return 0;
	t->slit = true;
	if (matrix_parse(rows, &cell_file, t->nodes, t->distance, err))
		return err->code;
	return t->expects_distance ? 0 : remote_check(t, err);
}
