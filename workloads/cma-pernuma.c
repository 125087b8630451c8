/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A device's coherent memory comes from its own node's CMA area (dma_alloc_contiguous: by dev_to_node(), for more than a
 * page and a device that can address it all). The device is a SATA controller on a PCI bus that ACPI says to be a
 * node's; its driver is taken away and given back. Where its memory is the areas' `used` says, and the device itself,
 * whose registers hold the addresses it was given.
 */
#include "workloads/lib/cma.h"
#include "workloads/lib/device.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/zones.h"

#define DEVICES 2

struct bench {
	struct wl *w;
	struct cma area[WL_NODES]; /* by nid */
	uint64_t used[WL_NODES];   /* of each, when read_used() was called */
	unsigned ports;
};

static void read_used(struct bench *b)
{
	idset_foreach (nid, &b->w->mem_nodes) {
		b->used[nid] = cma_used(b->w, &b->area[nid]);
	}
}

/* What each area has less of allocated pages than then. */
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

/* The device's ports by the node in whose area their memory begins, or in whose memory outside of it. */
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
		device_bind(b->w, d);
}

/* With its area used up, and with another node written to its numa_node. */
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
	device_unbind(b->w, d);
	device_move(b->w, d, d->nid);
	device_bind(b->w, d);
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
	{ d "_node", "nid", WL_REPORTED, .about = "the node of the " d " device's bus" }, \
	{ d "_back", "pages", WL_REPORTED, .about = "given back to each area when its driver goes" }, \
	{ d "_taken", "pages", WL_REPORTED, .about = "allocated from each area when its driver comes" }, \
	{ d "_ports", "1", WL_REPORTED, .about = "its ports whose memory begins in the node's area, by its registers" }

static const struct wl_metric metrics[] = {
	{ "area", "pages", WL_REPORTED, .about = "the node's CMA area" },
	{ "frames", "pages", WL_REPORTED, .about = "of it in the node's zones" },
	DEVICE("first"), DEVICE("second"),
	{ "full_ports", "1", WL_REPORTED,
	  .about = "the first device's ports whose memory is the node's, outside of its area, when that is used up" },
	{ "other", "nid", WL_REPORTED, .about = "the node written to the first device's numa_node" },
	{ "moved_ports", "1", WL_REPORTED, .about = "its ports whose memory begins in the node's area then" },
	{ "ports", "1", WL_REPORTED, .about = "of each device" },
};
/* clang-format on */

static void both(const struct wl_view *v, struct wl_verdict *out, const char *first, const char *second,
		 int64_t of_each_port)
{
	int64_t all = wl_get(v, out, "ports", -1) * of_each_port;

	wl_want_least(v, out, "ports", -1, 1);
	wl_want_only_on(v, out, first, (int)wl_get(v, out, "first_node", -1), all);
	wl_want_only_on(v, out, second, (int)wl_get(v, out, "second_node", -1), all);
}

static void own_area(const struct wl_view *v, struct wl_verdict *out)
{
	both(v, out, "first_taken", "second_taken", DEVICE_PORT_PAGES);
}

static void given_address(const struct wl_view *v, struct wl_verdict *out)
{
	both(v, out, "first_ports", "second_ports", 1);
}

static void given_back(const struct wl_view *v, struct wl_verdict *out)
{
	both(v, out, "first_back", "second_back", DEVICE_PORT_PAGES);
}

static void area_in_node(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "frames", (int)nid, wl_get(v, out, "area", (int)nid));
	}
}

/* dma_direct_alloc: without an area alloc_pages_node(dev_to_node()), and that node had room. */
static void full_area(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "full_ports", (int)wl_get(v, out, "first_node", -1),
			wl_get(v, out, "ports", -1));
}

static void follows(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "moved_ports", (int)wl_get(v, out, "other", -1), wl_get(v, out, "ports", -1));
}

static const struct wl_expect expects[] = {
	{ "own-area", "T7",
	  "binding a driver takes its memory from the area of the device's node, from no other", own_area },
	{ "given-address", "T7", "the addresses the device was given lie in that area", given_address },
	{ "area-in-node", "T7", "every node's area lies in that node's memory", area_in_node },
	{ "given-back", "T7", "the driver gone, the area has all of it again", given_back },
	{ "full-area", "T7", "with the area used up it comes from the node all the same", full_area },
	{ "follows-numa-node", "T7",
	  "another node written to the device's numa_node is where the next comes from", follows },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "moved",
	  .breaks = "The kernel is told another node for each device.",
	  .fails = "own-area given-address",
	  .options = "-k lab",
	  .topology = "pxb" },
	{ .name = "not-bound",
	  .breaks = "No driver is given back.",
	  .fails = "own-area",
	  .options = "-k lab",
	  .topology = "pxb" },
	{ .name = "other-area",
	  .breaks = "Frames are looked for in the next node's area.",
	  .fails = "area-in-node given-address",
	  .options = "-k lab",
	  .topology = "pxb" },
	{ .name = "not-full",
	  .breaks = "The area is not used up.",
	  .fails = "full-area",
	  .options = "-k lab",
	  .topology = "pxb" },
	{ .name = "not-moved",
	  .breaks = "No device is moved.",
	  .fails = "follows-numa-node",
	  .options = "-k lab",
	  .topology = "pxb" },
	{ .name = "too-early",
	  .breaks = "`used` is read before the driver is gone.",
	  .fails = "given-back",
	  .options = "-k lab",
	  .topology = "pxb" },
};

WORKLOAD(cma_pernuma) = {
	.about = "a device's coherent memory comes from its own node's CMA area",
	.needs = { .mem_nodes = 2, .devices = DEVICES, .config = CMA_CONFIG " CONFIG_SATA_AHCI" },
	.knobs = "thp.enabled=never " CMA_BOOT,
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 120,
	.run = run,
};
