/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topo/import_sizes.h"

#include <errno.h>

#include "topo/size.h"

#define RATIO_TOTAL_MOST (8ull << 30) /* of all nodes; a larger machine is larger than many hosts */

struct scale {
	unsigned num, den;
};

static uint64_t mem_scaled(uint64_t bytes, struct scale by)
{
	__uint128_t scaled = (__uint128_t)bytes * by.num / by.den;

	if (scaled > TOPO_MEM_TOTAL_MAX)
		scaled = TOPO_MEM_TOTAL_MAX + 1; /* too much anyway: topo_parse says so */
	return ((uint64_t)scaled + TOPO_MEM_STEP - 1) / TOPO_MEM_STEP * TOPO_MEM_STEP;
}

static uint64_t least_of(const struct machine *m, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (m->node[k].mem_bytes || m->node[k].mem_unknown)
			return TOPO_MEM_MIN;
	return TOPO_MEM_MIN_FIRST;
}

static bool measured(const struct machine *m, unsigned i)
{
	return m->node[i].mem_bytes && !m->node[i].mem_unknown;
}

/* Nodes that would not boot with it, by position. */
static struct idset too_small(const struct machine *m, struct scale by)
{
	struct idset small = { 0 };

	for (unsigned i = 0; i < m->nodes; i++)
		if (measured(m, i) && mem_scaled(m->node[i].mem_bytes, by) < least_of(m, i))
			idset_add(&small, i);
	return small;
}

/* The least scale 1/N, or N, with which every node boots. */
static struct scale scale_least(const struct machine *m)
{
	uint64_t den = UINT64_MAX, num = 1;

	for (unsigned i = 0; i < m->nodes; i++) {
		uint64_t least = least_of(m, i), bytes = m->node[i].mem_bytes;

		if (!measured(m, i))
			continue;
		den = bytes / least < den ? bytes / least : den;
		num = (least + bytes - 1) / bytes > num ? (least + bytes - 1) / bytes : num;
	}
	return den && den <= UINT32_MAX ? (struct scale){ 1, (unsigned)den }
	       : num <= UINT32_MAX	? (struct scale){ (unsigned)num, 1 }
					: (struct scale){ 0, 1 };
}

static uint64_t total(const struct machine *m, struct scale by)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < m->nodes; i++)
		sum += measured(m, i) ? mem_scaled(m->node[i].mem_bytes, by) : 0;
	return sum;
}

static void scale_text(struct text *out, struct scale by)
{
	text_printf(out, by.den > 1 ? "%u/%u" : "%u", by.num, by.den);
}

/* By how much rounding up to TOPO_MEM_STEP makes a node larger than it should be: the most, in percent. */
static void rounding_note(const struct machine *m, struct scale by, struct text *notes)
{
	unsigned most = 0, at = 0;

	for (unsigned i = 0; i < m->nodes; i++) {
		__uint128_t exact = (__uint128_t)m->node[i].mem_bytes * by.num;
		__uint128_t is = (__uint128_t)mem_scaled(m->node[i].mem_bytes, by) * by.den;

		if (!measured(m, i) || is < exact || (unsigned)((is - exact) * 100 / exact) <= most)
			continue;
		most = (unsigned)((is - exact) * 100 / exact);
		at = i;
	}
	if (most)
		text_printf(notes, "; sizes rounded up to 2M, node %u by %u%%", at, most);
}

/*
 * Sizes as they will stand in the file. When a node would have too little to boot, all become larger, so that they keep their
 * ratio; unless that takes more than RATIO_TOTAL_MOST. True: the scale is not the one that was asked for.
 */
static bool scale(struct machine *m, const struct topo_import *how, struct text *sizes, struct text *notes)
{
	struct scale asked = { how->num, how->den }, by = asked;
	struct idset small = too_small(m, asked);
	char ids[256];

	if (idset_count(&small)) {
		by = scale_least(m);
		if (!by.num || total(m, by) > RATIO_TOTAL_MOST)
			by = asked;
	}
	if (total(m, by)) {
		text_printf(sizes, ", sizes x ");
		scale_text(sizes, by);
	}
	bool other = by.num != asked.num || by.den != asked.den;
	if (other) {
		text_printf(sizes, " (with ");
		scale_text(sizes, asked);
		text_printf(sizes, " node %s would not boot)", idset_format(&small, ids, sizeof(ids)));
		small = (struct idset){ 0 };
	}
	if (idset_count(&small))
		text_printf(notes, "; memory of %s raised to the least that boots, sizes lose their ratio",
			    idset_format(&small, ids, sizeof(ids)));
	else
		rounding_note(m, by, notes);
	for (unsigned i = 0; i < m->nodes; i++)
		if (measured(m, i))
			m->node[i].mem_bytes =
				idset_has(&small, i) ? least_of(m, i) : mem_scaled(m->node[i].mem_bytes, by);
	return other;
}

/* Sizes that only the user can say. */
static void mem_given(struct machine *m, const struct topo_import *how, struct text *notes)
{
	struct idset given = { 0 };
	char ids[256], size[24];

	for (unsigned i = 0; i < m->nodes; i++) {
		if (!m->node[i].mem_unknown)
			continue;
		m->node[i].mem_bytes = how->mem_bytes;
		idset_add(&given, i);
	}
	if (idset_count(&given))
		text_printf(notes, "; memory of %s was not told, and is %s by --mem",
			    idset_format(&given, ids, sizeof(ids)), topo_size_format(how->mem_bytes, size));
}

int sizes_check(const struct machine *m, const struct topo_import *how, struct err *err)
{
	struct idset unknown = { 0 };
	char ids[256], size[24];

	for (unsigned i = 0; i < m->nodes; i++)
		if (m->node[i].mem_unknown)
			idset_add(&unknown, m->node[i].id);
	if (idset_count(&unknown) && !how->mem_bytes)
		return err_set(
			err, -EINVAL,
			"it does not tell the memory of node %s: add the text of `numactl -H` or `numastat -m`, or "
			"give each such node a size with --mem, such as --mem 1G",
			idset_format(&unknown, ids, sizeof(ids)));
	if (!idset_count(&unknown) && how->mem_bytes)
		return err_set(
			err, -EINVAL,
			"--mem %s: it tells the memory of each node: leave --mem out (--scale changes sizes)",
			topo_size_format(how->mem_bytes, size));
	return 0;
}

bool sizes_set(struct machine *m, const struct topo_import *how, struct text *sizes, struct text *notes)
{
	bool other = scale(m, how, sizes, notes);

	mem_given(m, how, notes);
	return other;
}
