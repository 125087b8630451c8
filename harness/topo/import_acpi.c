/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMAT and SRAT as the firmware wrote them: ACPI 6.5, 5.2.16 and 5.2.28. All numbers are little-endian. Every byte comes from
 * somebody else's file, so every read goes through at(), which knows the end of the table.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/auto.h"
#include "topo/import_dump.h"
#include "topo/import_hmat.h"

#define HEADER 36u /* bytes of every table's header */

struct table {
	const unsigned char *b;
	size_t n; /* as the header says, and no more than there is */
	const char *name;
	unsigned revision;
};

/* A number of `bytes` bytes; 0 behind the end: callers check lengths first, this is the net below. */
static uint64_t at(const struct table *t, size_t offset, unsigned bytes)
{
	uint64_t v = 0;

	if (offset > t->n || bytes > t->n - offset)
		return 0;
	for (unsigned i = bytes; i--;)
		v = v << 8 | t->b[offset + i];
	return v;
}

static int table_open(const struct text *bytes, const char *name, struct table *t, struct err *err)
{
	*t = (struct table){ (const unsigned char *)bytes->s, bytes->len, name, 0 };
	if (t->n < HEADER || memcmp(t->b, name, 4) != 0)
		return err_set(err, -EINVAL, "%s: is no such ACPI table: want it in binary", name);
	uint64_t length = at(t, 4, 4);
	if (length < HEADER || length > t->n)
		return err_set(err, -EINVAL,
			       "%s: has %zu bytes, and its header says %" PRIu64 ": is it cut off?", name,
			       t->n, length);
	t->n = length;
	t->revision = (unsigned)at(t, 8, 1);
	return 0;
}

/* --- SRAT ------------------------------------------------------------------------------------ */

struct domains {
	unsigned n;
	uint32_t domain[TOPO_NODES_MAX]; /* by Linux's node id */
	bool cpus[TOPO_NODES_MAX], memory[TOPO_NODES_MAX];
};

/* acpi_map_pxm_to_node(): an unknown domain gets the next id. */
static int domain_take(struct domains *d, uint32_t domain, bool cpus, bool memory, struct err *err)
{
	unsigned id = 0;

	while (id < d->n && d->domain[id] != domain)
		id++;
	if (id == TOPO_NODES_MAX)
		return err_set(err, -E2BIG, "SRAT: more than %d proximity domains", TOPO_NODES_MAX);
	d->n = id == d->n ? id + 1 : d->n;
	d->domain[id] = domain;
	d->cpus[id] |= cpus;
	d->memory[id] |= memory;
	return 0;
}

static int domain_of(const struct domains *d, uint32_t domain)
{
	for (unsigned id = 0; id < d->n; id++)
		if (d->domain[id] == domain)
			return (int)id;
	return -1;
}

/* Affinity structures that name a domain of this machine: APIC, memory, x2APIC, generic initiator. */
static const struct affinity {
	unsigned type, length, domain, flags; /* where these are */
	bool memory, cpus;
} affinities[] = {
	{ 0, 16, 2, 4, false, true },
	{ 1, 40, 2, 28, true, false },
	{ 2, 24, 4, 12, false, true },
	{ 5, 32, 8, 24, false, false },
};

static uint32_t affinity_domain(const struct table *t, size_t o, const struct affinity *a)
{
	if (a->type == 0) /* its upper bytes stand elsewhere, since revision 2 */
		return (uint32_t)(at(t, o + 2, 1) | (t->revision >= 2 ? at(t, o + 9, 3) << 8 : 0));
	uint32_t domain = (uint32_t)at(t, o + a->domain, 4);
	return a->type == 1 && t->revision <= 1 ? domain & 0xff : domain;
}

/* One pass, over memory or over all else: acpi_numa_init() makes two. */
static int srat_pass(const struct table *t, bool memory, struct domains *d, struct err *err)
{
	for (size_t o = HEADER + 12; o < t->n;) {
		unsigned type = (unsigned)at(t, o, 1), length = (unsigned)at(t, o + 1, 1);

		if (t->n - o < 2 || length < 2 || length > t->n - o)
			return err_set(err, -EINVAL, "SRAT: the structure at byte %zu has a length of %u", o,
				       length);
		for (size_t i = 0; i < ARRAY_SIZE(affinities); i++) {
			const struct affinity *a = &affinities[i];

			if (a->type != type || a->memory != memory || length < a->length ||
			    !(at(t, o + a->flags, 4) & 1))
				continue;
			if (domain_take(d, affinity_domain(t, o, a), a->cpus, a->memory, err))
				return err->code;
		}
		o += length;
	}
	return 0;
}

static int srat_read(const struct text *bytes, struct domains *d, struct err *err)
{
	struct table t;

	if (table_open(bytes, "SRAT", &t, err))
		return err->code;
	return srat_pass(&t, false, d, err) || srat_pass(&t, true, d, err) ? err->code : 0;
}

/*
 * The tables are those of the machine whose folders these are, and its Linux numbered nodes by them? A node of memory only may come
 * from elsewhere (CXL's CEDT).
 */
static bool domains_fit(const struct domains *d, struct machine *m)
{
	for (unsigned i = 0; i < m->nodes; i++) {
		unsigned id = m->node[i].id;

		if (!idset_count(&m->node[i].cpus) || (id < d->n && d->cpus[id]))
			continue;
		m->hmat.unlike = true;
		m->hmat.unlike_node = id;
		return false;
	}
	return true;
}

/* --- HMAT ------------------------------------------------------------------------------------ */

struct hmat_reader {
	struct table t;
	const struct domains *d;
	struct machine *m;
};

static int position(const struct hmat_reader *r, uint32_t domain)
{
	int id = domain_of(r->d, domain);

	return id < 0 ? -1 : machine_at(r->m, (unsigned)id);
}

/* Memory Proximity Domain Attributes: which initiator a memory is attached to. */
static int attached_read(struct hmat_reader *r, size_t o, size_t length, struct err *err)
{
	if (length < 40)
		return err_set(err, -EINVAL, "HMAT: the proximity domain at byte %zu has %zu bytes: want 40",
			       o, length);
	int from = position(r, (uint32_t)at(&r->t, o + 12, 4)),
	    to = position(r, (uint32_t)at(&r->t, o + 16, 4));
	if (!(at(&r->t, o + 8, 2) & 1) || from < 0 || to < 0)
		return 0;
	/* What Linux shows of a node counts more. */
	if (!idset_count(&r->m->hmat.initiators[to]) && idset_count(&r->m->node[from].cpus))
		idset_add(&r->m->hmat.initiators[to], (unsigned)from);
	return 0;
}

/* hmat_normalize() of drivers/acpi/numa/hmat.c: nanoseconds or MiB/s; 0: not told. */
static uint32_t figure(unsigned revision, bool latency, uint64_t base, unsigned entry)
{
	if (!entry || entry == 0xffff || base > UINT32_MAX / entry)
		return 0;
	uint64_t v = base * entry;
	if (revision == 1)
		return v < 10 ? 0 : (uint32_t)((v + 9) / 10);
	return (uint32_t)(latency && revision == 2 ? (v + 999) / 1000 : v);
}

/* System Locality Latency and Bandwidth Information, of memory and not of a cache before it. */
static int locality_read(struct hmat_reader *r, size_t o, size_t length, struct err *err)
{
	static const struct {
		bool latency;
		enum machine_figure first, last;
	} kinds[] = {
		{ true, READ_LATENCY, WRITE_LATENCY },	   { true, READ_LATENCY, READ_LATENCY },
		{ true, WRITE_LATENCY, WRITE_LATENCY },	   { false, READ_BANDWIDTH, WRITE_BANDWIDTH },
		{ false, READ_BANDWIDTH, READ_BANDWIDTH }, { false, WRITE_BANDWIDTH, WRITE_BANDWIDTH },
	};
	const struct table *t = &r->t;
	uint64_t kind = at(t, o + 9, 1), from = at(t, o + 12, 4), to = at(t, o + 16, 4);
	uint64_t base = at(t, o + 24, 8);

	if (length < 32 || from > length || to > length || 32 + 4 * from + 4 * to + 2 * from * to > length)
		return err_set(err, -EINVAL,
			       "HMAT: the matrix at byte %zu has %zu bytes for %" PRIu64 " by %" PRIu64
			       " domains",
			       o, length, from, to);
	if (at(t, o + 8, 1) & 0xf || kind >= ARRAY_SIZE(kinds))
		return 0;
	for (uint64_t i = 0; i < from; i++) {
		int initiator = position(r, (uint32_t)at(t, o + 32 + 4 * i, 4));

		for (uint64_t k = 0; initiator >= 0 && k < to; k++) {
			int target = position(r, (uint32_t)at(t, o + 32 + 4 * (from + k), 4));
			unsigned entry = (unsigned)at(t, o + 32 + 4 * (from + to) + 2 * (i * to + k), 2);
			uint32_t v = figure(t->revision, kinds[kind].latency, base, entry);

			for (unsigned f = kinds[kind].first; target >= 0 && v && f <= kinds[kind].last; f++)
				r->m->hmat.figure[f][initiator][target] = v;
		}
	}
	return 0;
}

/* Memory Side Cache Information. */
static int side_cache_read(struct hmat_reader *r, size_t o, size_t length, struct err *err)
{
	static const char *const ways[] = { "none", "direct", "complex" };
	static const char *const policies[] = { "none", "write-back", "write-through" };

	if (length < 32)
		return err_set(err, -EINVAL, "HMAT: the cache at byte %zu has %zu bytes: want 32", o, length);
	int node = position(r, (uint32_t)at(&r->t, o + 8, 4));
	uint64_t bits = at(&r->t, o + 24, 4), size = at(&r->t, o + 16, 8);
	unsigned way = bits >> 8 & 0xf, policy = bits >> 12 & 0xf;
	if (node < 0 || !size || r->m->hmat.levels[node]) /* sysfs has shown it */
		return 0;
	if ((bits >> 4 & 0xf) > 1)
		return 0;
	r->m->hmat.levels[node] = bits & 0xf;
	r->m->hmat.cache[node] = (struct topo_cache){
		.bytes = size,
		.line = (unsigned)(bits >> 16 & 0xffff),
		.associativity = ways[way > 2 ? 0 : way],
		.policy = policies[policy > 2 ? 0 : policy],
	};
	return 0;
}

int hmat_from_tables(const struct dump *d, struct machine *m, struct err *err)
{
	static int (*const readers[])(struct hmat_reader * r, size_t o, size_t length,
				      struct err * err) = { attached_read, locality_read, side_cache_read };
	struct domains domains = { 0 };
	struct hmat_reader r = { .d = &domains, .m = m };

	if (!d->srat.len)
		return err_set(err, -ENOENT,
			       "HMAT: want the SRAT beside it, which says what domain is which node");
	if (srat_read(&d->srat, &domains, err) || table_open(&d->hmat, "HMAT", &r.t, err))
		return err->code;
	if (!domains_fit(&domains, m))
		return 0;
	for (size_t o = HEADER + 4; o < r.t.n;) {
		uint64_t type = at(&r.t, o, 2), length = at(&r.t, o + 4, 4);

		if (r.t.n - o < 8 || length < 8 || length > r.t.n - o)
			return err_set(err, -EINVAL,
				       "HMAT: the structure at byte %zu has a length of %" PRIu64, o, length);
		if (type < ARRAY_SIZE(readers) && readers[type](&r, o, length, err))
			return err->code;
		o += length;
	}
	m->hmat.known = true;
	return 0;
}
