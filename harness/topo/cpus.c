/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/cpus.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"

static int list_parse(const char *list, struct topo_node *n, struct err *err)
{
	if (!*list || list[strspn(list, "0123456789,-")] || idset_parse(&n->cpu_ids, list, err))
		return err_set(err, -EINVAL,
			       "cpus \"%.*s\": want a list of CPU ids like \"0-3,8-11\", or leave it out",
			       PARSE_SHOW, list);
	unsigned above = idset_next(&n->cpu_ids, TOPO_CPUS_MAX);
	if (above < IDSET_MAX)
		return err_set(err, -EINVAL, "cpus \"%.*s\": CPU %u: want ids from 0 to %d (8-bit APIC ids)",
			       PARSE_SHOW, list, above, TOPO_CPUS_MAX - 1);
	return 0;
}

int cpus_parse(json_t *object, struct topo *t, struct topo_node *n, struct err *err)
{
	const json_t *value = json_object_get(object, "cpus");
	bool listed = json_is_string(value);
	long long cpus = 0;

	if (value && !listed && !json_is_integer(value))
		return err_set(err, -EINVAL,
			       "cpus: want a whole number or a list such as \"0-3,8-11\", this is %s",
			       parse_kind(value));
	if (listed ? list_parse(json_string_value(value), n, err)
		   : parse_number(object, "cpus", 0, TOPO_CPUS_MAX, &cpus, err))
		return err->code;
	n->cpus = listed ? idset_count(&n->cpu_ids) : (unsigned)cpus;
	for (unsigned i = 0; !listed && i < n->cpus; i++)
		idset_add(&n->cpu_ids, t->cpus + i);
	/* A number among lists would have to skip the ids that later lists take. */
	if (n->cpus && t->cpus && listed != t->cpus_listed)
		return err_set(err, -EINVAL,
			       "cpus: this is a %s, and the nodes before have a %s: want one form",
			       listed ? "list" : "number", listed ? "number" : "list");
	t->cpus_listed = t->cpus_listed || listed;
	return 0;
}

int cpus_check(const struct topo *t, struct err *err)
{
	unsigned of[TOPO_CPUS_MAX];
	struct idset all = { 0 };

	if (!t->cpus)
		return err_set(err, -EINVAL, "nodes: no node has CPUs: want \"cpus\" on at least one");
	if (!t->cpus_listed && t->cpus > TOPO_CPUS_MAX)
		return err_set(err, -EINVAL, "nodes: %u CPUs in all: want at most %d (8-bit APIC ids)",
			       t->cpus, TOPO_CPUS_MAX);
	for (unsigned slot = 0; slot < t->nodes; slot++) {
		idset_foreach (cpu, &t->node[slot].cpu_ids) {
			if (idset_has(&all, cpu))
				return err_set(err, -EINVAL,
					       "node %u: cpus: CPU %u is node %u's: want it once", slot, cpu,
					       of[cpu]);
			of[cpu] = slot;
			idset_add(&all, cpu);
		}
	}
	if (t->cpus + t->empties > TOPO_CPUS_MAX)
		return err_set(err, -EINVAL, "nodes: %u CPUs and %u empty nodes: want at most %d in all",
			       t->cpus, t->empties, TOPO_CPUS_MAX);
	for (unsigned cpu = 0; cpu < t->cpus; cpu++)
		if (!idset_has(&all, cpu))
			return err_set(err, -EINVAL,
				       "nodes: no node has CPU %u: want ids from 0 on without a gap", cpu);
	return 0;
}

static bool in_a_row(const struct topo_node *n)
{
	return idset_next(&n->cpu_ids, idset_next(&n->cpu_ids, 0) + n->cpus) == IDSET_MAX;
}

unsigned cpus_per_socket(const struct topo *t)
{
	unsigned per = 0, sockets = 0, bits = 0;

	if (t->empties)
		return 0;
	for (unsigned slot = 0; slot < t->nodes; slot++) {
		const struct topo_node *n = &t->node[slot];

		if (!n->cpus)
			continue;
		if ((per && n->cpus != per) || !in_a_row(n))
			return 0;
		per = n->cpus;
		sockets++;
	}
	/* An APIC id has whole bits for the core (x86_apicid_from_topo_ids): 85 sockets of 3 do not fit. */
	while (1u << bits < per)
		bits++;
	return ((sockets - 1) << bits) + per <= TOPO_CPUS_MAX ? per : 0;
}

static unsigned node_of(const struct topo *t, unsigned cpu)
{
	unsigned slot = 0;

	while (slot < t->nodes && !idset_has(&t->node[slot].cpu_ids, cpu))
		slot++;
	return slot;
}

unsigned cpus_places(const struct topo *t, unsigned place[TOPO_CPUS_MAX], unsigned empty[TOPO_NODES_MAX])
{
	unsigned at = 0, next = 0; /* the next place, and the next slot to look at for empty nodes */

	for (unsigned cpu = 0; cpu <= t->cpus; cpu++) {
		unsigned slot = cpu < t->cpus ? node_of(t, cpu) : t->nodes;

		/* The machine starts on the CPU of place 0. */
		for (; cpu && next < slot; next++)
			if (t->node[next].empty)
				empty[next] = at++;
		if (cpu < t->cpus)
			place[cpu] = at++;
	}
	return at;
}
