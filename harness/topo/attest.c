/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The comparison: one function per quantity, and each holds that quantity's rule. */
#include "topo/attest.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "topo/attest_map.h"
#include "topo/expected.h"
#include "topo/layout.h"

/* "node 2", or "node 2 (nid 1)" where the kernel calls it otherwise. */
struct node_name {
	char s[48];
};

static struct node_name name_of(const struct attest *a, unsigned slot)
{
	struct node_name name;

	if (a->of[slot] && a->of[slot]->nid != slot)
		snprintf(name.s, sizeof(name.s), "node %u (nid %u)", slot, a->of[slot]->nid);
	else
		snprintf(name.s, sizeof(name.s), "node %u", slot);
	return name;
}

static const char *list_or_none(const struct idset *s, char *buf, size_t size)
{
	return idset_count(s) ? idset_format(s, buf, size) : "none";
}

/* --- quantities ------------------------------------------------------------------------------ */

static int set_compare(const char *what, const struct idset *want, const struct idset *is, struct err *err)
{
	char a[128], b[128];

	if (idset_equal(want, is))
		return 0;
	return err_set(err, -ENODEV, "%s: the file says nids %s, the guest shows %s", what,
		       list_or_none(want, a, sizeof(a)), list_or_none(is, b, sizeof(b)));
}

/* The kernel's own node masks: exactly the file's nodes with CPUs, and with memory; a DIMM may be online or not. */
static int compare_masks(const struct attest *a, struct err *err)
{
	struct idset cpu = { 0 }, memory = { 0 };

	for (unsigned slot = 0; slot < a->t->nodes; slot++) {
		if (a->t->node[slot].cpus)
			idset_add(&cpu, a->of[slot]->nid);
		if (a->t->node[slot].mem_bytes ||
		    (a->t->node[slot].dimm_bytes && idset_has(&a->g->has_memory, a->of[slot]->nid)))
			idset_add(&memory, a->of[slot]->nid);
	}
	if (set_compare("nodes with CPUs (has_cpu)", &cpu, &a->g->has_cpu, err) ||
	    set_compare("nodes with memory (has_memory)", &memory, &a->g->has_memory, err))
		return err->code;
	idset_foreach (nid, &a->g->online)
		if (!idset_has(&a->g->possible, nid))
			return err_set(err, -ENODEV, "nid %u: the guest shows it online and not possible",
				       nid);
	return 0;
}

static int pages_compare(const struct attest *a, unsigned slot, const char *what, uint64_t least,
			 uint64_t most, uint64_t is, struct err *err)
{
	struct node_name name = name_of(a, slot);

	if (is >= least && is <= most)
		return 0;
	if (least == most)
		return err_set(err, -ENODEV,
			       "memory of %s: %s: the file says %" PRIu64 ", the guest shows %" PRIu64,
			       name.s, what, most, is);
	return err_set(err, -ENODEV,
		       "memory of %s: %s: the file says %" PRIu64 " to %" PRIu64 ", the guest shows %" PRIu64,
		       name.s, what, least, most, is);
}

/* Place and size by zoneinfo, to the page but for what firmware takes: see layout.h. */
static int compare_memory(const struct attest *a, unsigned slot, struct err *err)
{
	const struct topo_guest_node *n = a->of[slot];
	struct layout_pages p;

	layout_pages(a->t, slot, false, &p);
	bool dimm =
		a->t->node[slot].dimm_bytes && n->present_pages > p.present_most; /* all of it is online */
	if (dimm)
		layout_pages(a->t, slot, true, &p);
	if (pages_compare(a, slot, "first page", p.start, p.start, n->start_pfn, err) ||
	    pages_compare(a, slot, "page after the last", p.end_least, p.end, n->end_pfn, err) ||
	    /* Zones follow each other without a gap, but between RAM and a DIMM: they span what lies between the ends. */
	    (!(dimm && a->t->node[slot].mem_bytes) &&
	     pages_compare(a, slot, "spanned pages", n->end_pfn - n->start_pfn, n->end_pfn - n->start_pfn,
			   n->spanned_pages, err)))
		return err->code;
	/* Firmware's pages at the end are in both or in neither. */
	uint64_t tail = p.end - n->end_pfn;
	return pages_compare(a, slot, "present pages", p.present_least, p.present_most - tail,
			     n->present_pages, err);
}

/* nodeN/distance, every pair in both directions. */
static int compare_distances(const struct attest *a, struct err *err)
{
	for (unsigned from = 0; from < a->t->nodes; from++) {
		for (unsigned to = 0; to < a->t->nodes; to++) {
			if (!a->of[from] || !a->of[to]) /* Linux shows none of a node that is not online */
				continue;
			unsigned want = topo_expected_distance(a->t, from, to);
			unsigned is = topo_guest_distance(a->g, a->of[from]->nid, a->of[to]->nid);

			if (want != is)
				return err_set(err, -ENODEV,
					       "distance from %s to %s: the file says %u, the guest shows %u",
					       name_of(a, from).s, name_of(a, to).s, want, is);
		}
	}
	return 0;
}

static const char *hmat_text(const struct attest *a, unsigned slot, const char *name, char path[96])
{
	snprintf(path, 96, "/sys/devices/system/node/node%u/%s", a->of[slot]->nid, name);
	return rawset_get(a->boot, path);
}

/* access0/initiators: links nodeN beside the figures; exactly the file's one initiator. */
static int compare_initiator(const struct attest *a, unsigned slot, struct err *err)
{
	unsigned want = a->of[a->t->node[slot].initiator]->nid;
	struct idset wanted = { 0 }, shown = { 0 };
	char path[96], is[128];
	const char *p = hmat_text(a, slot, "access0/initiators", path);

	if (!p)
		return err_set(err, -ENOENT,
			       "initiator of %s: the file says %u, the guest has no %s (a kernel without "
			       "CONFIG_ACPI_HMAT?)",
			       name_of(a, slot).s, a->t->node[slot].initiator, path);
	idset_add(&wanted, want);
	while (*(p += strspn(p, " \n"))) {
		size_t n = strcspn(p, " \n");
		unsigned nid;
		int end = 0;

		if (sscanf(p, "node%u%n", &nid, &end) == 1 && (size_t)end == n)
			idset_add(&shown, nid);
		p += n;
	}
	if (idset_equal(&wanted, &shown))
		return 0;
	return err_set(err, -ENODEV, "initiator of %s: the file says nid %u, the guest shows %s",
		       name_of(a, slot).s, want, list_or_none(&shown, is, sizeof(is)));
}

/* One number in a file of its own. */
static int compare_number(const struct attest *a, unsigned slot, const char *what, const char *file,
			  uint64_t want, struct err *err)
{
	char path[96], *end;
	const char *text = hmat_text(a, slot, file, path);

	if (!text)
		return err_set(err, -ENOENT, "%s of %s: the file says %" PRIu64 ", the guest has no %s", what,
			       name_of(a, slot).s, want, path);
	unsigned long long is = strtoull(text, &end, 10);
	if (end == text || (*end && strcmp(end, "\n") != 0))
		return err_set(err, -EINVAL, "%s: want a number", path);
	if (is != want)
		return err_set(err, -ENODEV, "%s of %s: the file says %" PRIu64 ", the guest shows %llu",
			       what, name_of(a, slot).s, want, is);
	return 0;
}

/* We ask QEMU for access latency and bandwidth: Linux shows each as that of reading and of writing. */
static int compare_figures(const struct attest *a, unsigned slot, struct err *err)
{
	unsigned initiator = (unsigned)a->t->node[slot].initiator;

	if (a->t->has_latency && (compare_number(a, slot, "read latency", "access0/initiators/read_latency",
						 a->t->latency_ns[initiator][slot], err) ||
				  compare_number(a, slot, "write latency", "access0/initiators/write_latency",
						 a->t->latency_ns[initiator][slot], err)))
		return err->code;
	if (a->t->has_bandwidth &&
	    (compare_number(a, slot, "read bandwidth", "access0/initiators/read_bandwidth",
			    a->t->bandwidth_mib[initiator][slot], err) ||
	     compare_number(a, slot, "write bandwidth", "access0/initiators/write_bandwidth",
			    a->t->bandwidth_mib[initiator][slot], err)))
		return err->code;
	return 0;
}

/* enum cache_indexing and cache_write_policy of include/linux/node.h: "none" is last, as "other". */
static unsigned cache_code(const char *word, const char *first, const char *second)
{
	return !strcmp(word, first) ? 0 : !strcmp(word, second) ? 1 : 2;
}

static int compare_cache(const struct attest *a, unsigned slot, struct err *err)
{
	const struct topo_cache *c = &a->t->node[slot].cache;

	if (!c->bytes)
		return 0;
	if (compare_number(a, slot, "cache size", "memory_side_cache/index1/size", c->bytes, err) ||
	    compare_number(a, slot, "cache line", "memory_side_cache/index1/line_size", c->line, err) ||
	    compare_number(a, slot, "cache indexing", "memory_side_cache/index1/indexing",
			   cache_code(c->associativity, "direct", "complex"), err) ||
	    compare_number(a, slot, "cache write policy", "memory_side_cache/index1/write_policy",
			   cache_code(c->policy, "write-back", "write-through"), err))
		return err->code;
	return 0;
}

/* The bus of a device: by what the kernel logged while it booted. */
static int compare_device(const struct attest *a, unsigned slot, struct err *err)
{
	const char *log = rawset_get(a->boot, "dmesg"), *at;
	unsigned bus = TOPO_DEVICE_BUS(slot);
	char wanted[64];

	if (!log)
		return err_set(err, -ENOENT, "the guest did not show its kernel's log");
	snprintf(wanted, sizeof(wanted), "pci_bus 0000:%02x: on NUMA node ", bus);
	at = strstr(log, wanted);
	if (!at || !isdigit((unsigned char)at[strlen(wanted)]))
		return err_set(err, -ENODEV, "PCI bus %02x: the file says on %s, the guest shows none", bus,
			       name_of(a, slot).s);
	unsigned long nid = strtoul(at + strlen(wanted), NULL, 10);
	if (nid != a->of[slot]->nid)
		return err_set(err, -ENODEV, "PCI bus %02x: the file says on %s, the guest shows nid %lu",
			       bus, name_of(a, slot).s, nid);
	return 0;
}

static int compare(struct attest *a, struct err *err)
{
	if (attest_map(a, err) || compare_masks(a, err))
		return err->code;
	for (unsigned slot = 0; slot < a->t->nodes; slot++)
		if ((a->of[slot] && compare_memory(a, slot, err)) ||
		    (a->t->node[slot].device && compare_device(a, slot, err)))
			return err->code;
	if (compare_distances(a, err))
		return err->code;
	for (unsigned slot = 0; a->t->hmat && slot < a->t->nodes; slot++)
		/* Linux shows these of memory: a node without has no access0 folder. */
		if (a->t->node[slot].mem_bytes &&
		    (compare_initiator(a, slot, err) || compare_figures(a, slot, err) ||
		     compare_cache(a, slot, err)))
			return err->code;
	return 0;
}

int topo_attest(const struct topo *t, const struct rawset *boot, struct topo_guest *out, struct err *err)
{
	struct attest a = { .t = t, .boot = boot, .g = out };

	if (topo_guest_read(boot, out, err) || compare(&a, err))
		return err_prefix(err, "%s", t->name);
	return 0;
}
