/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's coherent memory comes from the CMA area of its own node: dma_alloc_contiguous() goes by dev_to_node() where it is
 * more than one page and the device can address all memory. The device is a SATA controller on a PCI bus that ACPI assigns
 * to a node. Its driver is unbound and bound again. Two sources say where the driver's memory is: `used` of each area,
 * and the device's registers, which hold the addresses that the driver wrote there.
 */
#include "workloads/lib/cma.h"
#include "workloads/lib/device.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/zones.h"

#define DEVICES 2

struct bench {
	struct wl *w;
	struct cma area[WL_NODES]; /* by nid */
	uint64_t used[WL_NODES];   /* pages allocated in each area when read_used() was called */
	unsigned ports;
};

static void read_used(struct bench *b)
{
	idset_foreach (nid, &b->w->mem_nodes) {
		b->used[nid] = cma_used(b->w, &b->area[nid]);
	}
}

/* By how many pages the allocated part of each area has shrunk since read_used() (sign 1) or grown (sign -1). */
static void report_less(struct bench *b, const char *metric, int sign)
{
	idset_foreach (nid, &b->w->mem_nodes) {
		int64_t less = (int64_t)b->used[nid] - (int64_t)cma_used(b->w, &b->area[nid]);

		wl_value(b->w, metric, (int)nid, sign * less);
	}
}

static int other_node(const struct bench *b, int nid)
{
	idset_foreach (other, &b->w->mem_nodes) {
		if ((int)other != nid)
			return (int)other;
	}
	return nid;
}

static bool holds(const struct bench *b, int nid, uint64_t pfn)
{
	const struct cma *c = &b->area[wl_sabotaged(b->w, "other-area") ? other_node(b, nid) : nid];

	return pfn >= c->first && pfn < c->first + c->pages;
}

/* The device's ports by the node where their memory begins: in that node's area, or outside of the area. */
static void report_ports(struct bench *b, const struct device *d, const char *metric, bool in_area)
{
	uint64_t pfn[DEVICE_PORTS], count[WL_NODES] = { 0 };

	b->ports = device_lists(b->w, d, pfn);
	for (unsigned i = 0; i < b->ports; i++) {
		int nid = zones_nid(b->w->zones, pfn[i]);

		if (nid >= 0)
			count[nid] += holds(b, nid, pfn[i]) == in_area;
	}
	idset_foreach (nid, &b->w->mem_nodes) {
		wl_value(b->w, metric, (int)nid, (int64_t)count[nid]);
	}
}

/* The size of each node's area, and its frames that lie in the node's zones: all or, if one end does not, none. */
static void report_areas(struct bench *b)
{
	idset_foreach (nid, &b->w->mem_nodes) {
		const struct cma *c = &b->area[nid];
		int place = wl_sabotaged(b->w, "other-area") ? other_node(b, (int)nid) : (int)nid;

		wl_value(b->w, "area", (int)nid, (int64_t)c->pages);
		wl_value(b->w, "frames", (int)nid,
			 zones_nid(b->w->zones, c->first) == place &&
					 zones_nid(b->w->zones, c->first + c->pages - 1) == place
				 ? (int64_t)c->pages
				 : 0);
	}
}

static const struct {
	const char *node, *back, *taken, *ports;
} metric_of[DEVICES] = {
	{ "first_node", "first_back", "first_taken", "first_ports" },
	{ "second_node", "second_back", "second_taken", "second_ports" },
};

/* Unbinds the driver and binds it again: what each area got back, what was then taken, and where the ports' memory is. */
static void rebind(struct bench *b, const struct device *d, unsigned i)
{
	wl_value(b->w, metric_of[i].node, -1, d->nid);
	read_used(b);
	if (wl_sabotaged(b->w, "too-early"))
		report_less(b, metric_of[i].back, 1);
	device_unbind(b->w, d);
	if (!wl_sabotaged(b->w, "too-early"))
		report_less(b, metric_of[i].back, 1);
	read_used(b);
	if (wl_sabotaged(b->w, "moved"))
		device_move(b->w, d, other_node(b, d->nid));
	if (!wl_sabotaged(b->w, "not-bound"))
		device_bind(b->w, d);
	report_less(b, metric_of[i].taken, -1);
	report_ports(b, d, metric_of[i].ports, true);
	if (wl_sabotaged(b->w, "not-bound"))
		device_bind(b->w, d); /* elsewhere() unbinds it */
}

/* The driver is bound with its node's area used up, then with another node written to the device's numa_node. */
static void elsewhere(struct bench *b, const struct device *d)
{
	const struct cma *own = &b->area[d->nid];
	bool full;

	device_unbind(b->w, d);
	full = !wl_sabotaged(b->w, "not-full") && cma_take(b->w, own, own->pages);
	device_bind(b->w, d);
	report_ports(b, d, "full_ports", false);
	device_unbind(b->w, d);
	if (full)
		cma_give(b->w, own, own->pages);
	wl_value(b->w, "other", -1, other_node(b, d->nid));
	if (!wl_sabotaged(b->w, "not-moved"))
		device_move(b->w, d, other_node(b, d->nid));
	device_bind(b->w, d);
	report_ports(b, d, "moved_ports", true);
}

static void run(struct wl *w)
{
	static struct bench b;
	struct device d[DEVICES];

	b = (struct bench){ .w = w };
	idset_foreach (nid, &w->mem_nodes) {
		cma_open(w, &b.area[nid], (int)nid);
	}
	if (device_find(w, d, DEVICES) < DEVICES)
		wl_broken(w, "the topology's devices are not there");
	report_areas(&b);
	for (unsigned i = 0; i < DEVICES; i++)
		rebind(&b, &d[i], i);
	elsewhere(&b, &d[0]);
	wl_value(w, "ports", -1, b.ports);
}

/* clang-format off */
#define DEVICE(d) \
	{ d "_node", "nid", WL_REPORTED, .about = "the node of the " d " device's PCI bus" }, \
	{ d "_back", "pages", WL_REPORTED, .about = "freed in each node's area when the " d " device's driver is unbound" }, \
	{ d "_taken", "pages", WL_REPORTED, .about = "allocated in each node's area when the " d " device's driver is bound" }, \
	{ d "_ports", "1", WL_REPORTED, \
	  .about = "ports of the " d " device whose memory begins in the node's area, by the device's registers" }

static const struct wl_metric metrics[] = {
	{ "area", "pages", WL_REPORTED, .about = "size of the node's CMA area" },
	{ "frames", "pages", WL_REPORTED, .about = "page frames of the node's CMA area that lie in the node's zones" },
	DEVICE("first"), DEVICE("second"),
	{ "full_ports", "1", WL_REPORTED,
	  .about = "ports of the first device whose memory is on the node outside of its area, the area being used up" },
	{ "other", "nid", WL_REPORTED, .about = "the node written to the first device's numa_node" },
	{ "moved_ports", "1", WL_REPORTED,
	  .about = "ports of the first device whose memory begins in the node's area after numa_node was written" },
	{ "ports", "1", WL_REPORTED, .about = "ports of each device" },
};

/* Of both devices so much for each port, at the device's own node only. */
#define BOTH(metric, of_each_port) \
	WL_WANTS({ "ports", ">= 1" }, { "first" metric, "ports * " of_each_port, "only on first_node" }, \
		 { "second" metric, "ports * " of_each_port, "only on second_node" })

static const struct wl_expect expects[] = {
	{ "own-area", "T7",
	  "binding a device's driver allocates 23 pages for each port in the CMA area of the device's node, and in no other area",
	  .wants = BOTH("_taken", DEVICE_PORT_PAGES) },
	{ "given-address", "T7",
	  "the DMA addresses in a device's registers lie in the CMA area of the device's node, for every port",
	  .wants = BOTH("_ports", "1") },
	{ "area-in-node", "T7", "the CMA area of every node lies in the node's own zones",
	  .wants = WL_WANTS({ "frames", "area", "each node" }) },
	{ "given-back", "T7",
	  "unbinding a device's driver frees 23 pages for each port in the CMA area of the device's node, and in no other area",
	  .wants = BOTH("_back", DEVICE_PORT_PAGES) },
	/* dma_direct_alloc(): where the area has no room, alloc_pages_node(dev_to_node()), and that node has room */
	{ "full-area", "T7",
	  "with the CMA area of the device's node used up, the memory of every port is on that node outside of the area",
	  .wants = WL_WANTS({ "full_ports", "ports", "only on first_node" }) },
	{ "follows-numa-node", "T7",
	  "after another node is written to the device's numa_node, the memory of every port is in that node's CMA area",
	  .wants = WL_WANTS({ "moved_ports", "ports", "only on other" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "moved", "Another node is written to each device's numa_node.", "own-area given-address", "-k lab", .topology = "pxb" },
	{ "not-bound", "No driver is bound again before the areas are read.", "own-area", "-k lab", .topology = "pxb" },
	{ "other-area", "Page frames are looked for in the next node's area.", "area-in-node given-address", "-k lab",
	  .topology = "pxb" },
	{ "not-full", "The area is not used up.", "full-area", "-k lab", .topology = "pxb" },
	{ "not-moved", "No other node is written to numa_node.", "follows-numa-node", "-k lab", .topology = "pxb" },
	{ "too-early", "The areas are read before the driver is unbound.", "given-back", "-k lab", .topology = "pxb" },
};

WORKLOAD(cma_pernuma) = {
	.about = "a device's coherent memory comes from the CMA area of the device's node",
	.needs = { .mem_nodes = 2, .devices = DEVICES, .config = CMA_CONFIG " CONFIG_SATA_AHCI" },
	.knobs = "thp.enabled=never " CMA_BOOT,
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 120,
	.run = run,
};
/* clang-format on */
