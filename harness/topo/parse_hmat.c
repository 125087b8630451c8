/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMAT in a topology file. QEMU's rules (numa_validate_initiator in hw/core/machine.c, parse_numa_hmat_lb and
 * parse_numa_hmat_cache in hw/core/numa.c) are checked here, so that the message names the file and not an
 * option.
 */
#include "topo/parse_hmat.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"
#include "base/suggest.h"
#include "topo/size.h"

/* HMAT entries are 16 bits wide; 0 says nothing and 65535 says unreachable. */
#define ENTRY_MAX 65534

static const char *word_find(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return *words;
	return NULL;
}

static int word_parse(json_t *object, const char *key, const char *const *words, const char **out,
		      struct err *err)
{
	json_t *value = json_object_get(object, key);
	const char *word = json_is_string(value) ? json_string_value(value) : NULL;

	*out = word ? word_find(word, words) : NULL;
	if (!*out)
		return err_set(err, -EINVAL, "%s: want \"%s\", \"%s\" or \"%s\"", key, words[0], words[1],
			       words[2]);
	return 0;
}

int parse_cache(json_t *cache, struct topo_cache *out, struct err *err)
{
	static const char *const keys[] = { "size", "line", "associativity", "policy", NULL };
	static const char *const associativities[] = { "none", "direct", "complex", NULL };
	static const char *const policies[] = { "none", "write-back", "write-through", NULL };
	long long line = 0;

	if (parse_keys(cache, keys, err) || topo_size_get(cache, "size", 1, &out->bytes, err) ||
	    parse_number(cache, "line", 1, 65535, &line, err) ||
	    word_parse(cache, "associativity", associativities, &out->associativity, err) ||
	    word_parse(cache, "policy", policies, &out->policy, err))
		return err->code;
	if (!out->bytes)
		return err_set(err, -EINVAL, "size: want more than 0");
	if (!line)
		return err_set(err, -EINVAL, "line: missing: want the bytes of a cache line");
	out->line = (unsigned)line;
	return 0;
}

static bool hmat_wanted(json_t *nodes)
{
	static const char *const keys[] = { "initiator", "latency", "bandwidth", "cache" };

	for (size_t i = 0; i < json_array_size(nodes); i++)
		for (size_t k = 0; k < ARRAY_SIZE(keys); k++)
			if (json_object_get(json_array_get(nodes, i), keys[k]))
				return true;
	return false;
}

static int initiator_parse(json_t *object, struct topo *t, unsigned slot, struct err *err)
{
	struct topo_node *n = &t->node[slot];
	long long initiator = n->cpus ? (long long)slot : -1;

	if (parse_number(object, "initiator", 0, t->nodes - 1, &initiator, err))
		return err->code;
	if (n->cpus && initiator != slot)
		return err_set(err, -EINVAL, "initiator %lld: a node with CPUs is its own, leave it out",
			       initiator);
	if (initiator < 0)
		return err_set(
			err, -EINVAL,
			"initiator: missing: with HMAT a node without CPUs needs the node that it is attached to");
	if (!t->node[initiator].cpus)
		return err_set(err, -EINVAL, "initiator %lld: has no CPUs: want a node that has", initiator);
	n->initiator = (int)initiator;
	return 0;
}

/*
 * One number, or one per node with CPUs, into the target's column. null is an entry that the table lacks: Linux reads none but
 * that of the node's own initiator (hmat_update_target_attrs), so that one is needed.
 */
static int column_parse(json_t *value, const char *key, long long most, const struct topo *t, unsigned target,
			uint32_t out[TOPO_NODES_MAX][TOPO_NODES_MAX], struct err *err)
{
	unsigned initiators = 0, k = 0;

	for (unsigned i = 0; i < t->nodes; i++)
		initiators += t->node[i].cpus > 0;
	if (json_is_array(value) && json_array_size(value) != initiators)
		return err_set(err, -EINVAL, "%s: %zu given: want %u, one for each node with CPUs", key,
			       json_array_size(value), initiators);
	for (unsigned i = 0; i < t->nodes; i++) {
		if (!t->node[i].cpus)
			continue;
		const json_t *one = json_is_array(value) ? json_array_get(value, k++) : value;
		if (json_is_null(one) && json_is_array(value) && (int)i != t->node[target].initiator)
			continue;
		if (json_is_null(one) && json_is_array(value))
			return err_set(
				err, -EINVAL,
				"%s: null for node %u, its own initiator: want a number, it is the one that "
				"Linux shows",
				key, i);
		if (!json_is_integer(one))
			return err_set(err, -EINVAL, "%s: want a whole number, this is %s", key,
				       parse_kind(one));
		long long v = json_integer_value(one);
		if (v < 1 || v > most)
			return err_set(err, -EINVAL, "%s %lld: want 1 to %lld", key, v, most);
		out[i][target] = (uint32_t)v;
	}
	return 0;
}

/* One kind of figure over all nodes: given for each with memory, or for none. */
static int figures_parse(json_t *nodes, const char *key, long long most, struct topo *t, bool *has,
			 uint32_t out[TOPO_NODES_MAX][TOPO_NODES_MAX], struct err *err)
{
	unsigned with = 0;

	for (unsigned i = 0; i < t->nodes; i++) {
		json_t *value = json_object_get(json_array_get(nodes, i), key);

		if (!value)
			continue;
		if (!*has)
			with = i;
		*has = true;
		if (!t->node[i].mem_bytes)
			return err_set(err, -EINVAL, "node %u: %s: the node has no memory: leave it out", i,
				       key);
		if (column_parse(value, key, most, t, i, out, err))
			return err_prefix(err, "node %u", i);
	}
	for (unsigned i = 0; *has && i < t->nodes; i++)
		if (t->node[i].mem_bytes && !json_object_get(json_array_get(nodes, i), key))
			return err_set(
				err, -EINVAL,
				"node %u: %s: missing: node %u has one, and tiers want it of every node "
				"with memory",
				i, key, with);
	return 0;
}

/*
 * QEMU keeps bandwidths as 16-bit multiples of the largest power of two that divides them all; in MiB here,
 * as its own unit is a byte and everything we ask for is whole MiB.
 */
static int bandwidth_check(const struct topo *t, struct err *err)
{
	uint64_t all = 0, most = 0;

	for (unsigned i = 0; i < t->nodes; i++) {
		for (unsigned j = 0; j < t->nodes; j++) {
			all |= t->bandwidth_mib[i][j];
			most = t->bandwidth_mib[i][j] > most ? t->bandwidth_mib[i][j] : most;
		}
	}
	if (!all)
		return 0;
	int first = __builtin_ctzll(all);
	if (most >> first > ENTRY_MAX)
		return err_set(
			err, -EINVAL,
			"nodes: bandwidths up to %llu MiB/s in steps of %llu: want 16-bit multiples of one "
			"power of two (HMAT entries), so rounder figures",
			(unsigned long long)most, 1ull << first);
	return 0;
}

int parse_hmat(json_t *nodes, struct topo *t, struct err *err)
{
	t->hmat = hmat_wanted(nodes);
	if (!t->hmat)
		return 0;
	if (t->empties)
		return err_set(err, -EINVAL,
			       "nodes: an empty node and keys of the HMAT: want one of the two");
	for (unsigned i = 0; i < t->nodes; i++)
		if (initiator_parse(json_array_get(nodes, i), t, i, err))
			return err_prefix(err, "node %u", i);
	if (figures_parse(nodes, "latency", ENTRY_MAX, t, &t->has_latency, t->latency_ns, err) ||
	    figures_parse(nodes, "bandwidth", UINT32_MAX, t, &t->has_bandwidth, t->bandwidth_mib, err) ||
	    bandwidth_check(t, err))
		return err->code;
	for (unsigned i = 0; i < t->nodes; i++) {
		if (!t->node[i].cache.bytes)
			continue;
		if (!t->node[i].mem_bytes)
			return err_set(err, -EINVAL, "node %u: cache: the node has no memory: leave it out",
				       i);
		if (!t->has_latency || !t->has_bandwidth)
			return err_set(
				err, -EINVAL,
				"node %u: cache: QEMU wants the latency and bandwidth of every node first",
				i);
	}
	return 0;
}
