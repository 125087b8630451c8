/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node's watermarks, min < low < high, and what happens at each of them.
 *
 * An allocation that finds the node's free pages at or below low wakes the node's kswapd, which reclaims until they are
 * above high. Only an allocation that finds them at or below min reclaims directly (mm/page_alloc.c: ALLOC_WMARK_LOW in
 * get_page_from_freelist(), ALLOC_WMARK_MIN in __alloc_pages_slowpath()). kswapd is quick enough for min never to be met.
 * Therefore the second half of the run keeps it off the CPU (workloads/lib/starve.h): its state shows that it was woken,
 * but it reclaims nothing.
 *
 * The free pages that are sampled are the counter that the allocator compares with the watermarks. It changes by what a
 * per-CPU list takes at a time. The allocator looks at both watermarks before an allocation, so the first allocation after
 * a sample at or below a watermark has to act.
 */
#include "workloads/lib/judge.h"
#include "workloads/lib/pressure.h"
#include "workloads/lib/starve.h"
#include "workloads/lib/vmstat.h"

#define STEP 8	    /* pages between two samples */
#define MIN_STEP 32 /* the same near min, where a sample costs more: /proc/vmstat is read */
#define REFILL 260  /* pages; a per-CPU list takes fewer at a time */

struct marks {
	struct wl *w;
	struct pressure p;
	pid_t kswapd[WL_NODES], own;
	int most;	    /* pages that are touched at most until kswapd or direct reclaim acts */
	unsigned cpu;	    /* that kswapd is kept off */
	int64_t free_pages; /* of the node at the last sample */
};

static void report_zones(struct marks *m)
{
	struct zone_marks z;

	idset_foreach (nid, &m->w->mem_nodes) {
		zone_marks_read(m->w, (int)nid, wl_sabotaged(m->w, "empty-zones"), &z);
		wl_value(m->w, "zones", (int)nid, z.zones);
		wl_value(m->w, "dma", (int)nid, z.dma);
		wl_value(m->w, "ordinary", (int)nid, z.dma32 || z.normal);
		wl_value(m->w, "movable", (int)nid, z.movable);
		wl_value(m->w, "disorders", (int)nid, z.disorders);
		wl_value(m->w, "unaccounted", (int)nid,
			 wl_node_meminfo(m->w, (int)nid, "MemTotal") / 4 - z.managed_sum);
	}
	wl_value(m->w, "node", -1, m->p.nid);
	wl_value(m->w, "min", -1, m->p.marks.min);
	wl_value(m->w, "low", -1, m->p.marks.low);
	wl_value(m->w, "high", -1, m->p.marks.high);
}

static int64_t others_runs(struct marks *m)
{
	int64_t runs = 0;

	idset_foreach (nid, &m->w->mem_nodes) {
		if ((int)nid != m->p.nid || wl_sabotaged(m->w, "count-own"))
			runs += kthread_runs(m->w, m->kswapd[nid]);
	}
	return runs;
}

/* kswapd may run: pages are touched until it does, then this waits until it sleeps again. */
static void keeps_up(struct marks *m)
{
	int64_t runs = others_runs(m), stalls = vmstat_sum(m->w, "allocstall_"),
		scanned = vmstat_sum(m->w, "pgscan_kswapd");
	int64_t first = kthread_runs(m->w, m->own);

	for (int n = 0; n < m->most && kthread_runs(m->w, m->own) == first; n += STEP)
		pressure_touch(&m->p, STEP);
	kthread_settle(m->w, m->own);
	wl_value(m->w, "balanced", -1, pressure_free(&m->p));
	wl_value(m->w, "balanced_scan", -1, vmstat_sum(m->w, "pgscan_kswapd") - scanned);
	wl_value(m->w, "balanced_stalls", -1, vmstat_sum(m->w, "allocstall_") - stalls);
	wl_value(m->w, "others_runs", -1, others_runs(m) - runs);
}

/*
 * kswapd is kept off the CPU: pages are touched until it is awake. Counts the samples that saw it asleep above low, where it
 * should be, and below low, where it should not.
 */
static void to_low(struct marks *m)
{
	int64_t asleep = 0, late = 0, before = pressure_free(&m->p), end = m->p.marks.low - 2 * REFILL;
	bool awake = false;

	for (int n = 0; !awake && before > end && n < m->most; n += STEP) {
		pressure_touch(&m->p, STEP);
		m->free_pages = pressure_free(&m->p);
		awake = kthread_state(m->w, m->own) == 'R';
		asleep += !awake && m->free_pages > m->p.marks.low;
		late += !awake && before <= m->p.marks.low;
		before = m->free_pages;
	}
	wl_value(m->w, "awake", -1, awake);
	wl_value(m->w, "awake_at", -1, m->free_pages);
	wl_value(m->w, "asleep_above", -1, asleep);
	wl_value(m->w, "asleep_below", -1, late);
}

/* Pages are touched until an allocation reclaims directly. Counts the samples before that above min, and below. */
static void to_min(struct marks *m)
{
	int64_t first = vmstat_sum(m->w, "allocstall_"), direct = vmstat_get(m->w, "pgscan_direct"),
		kswapd = vmstat_sum(m->w, "pgscan_kswapd"), late = 0, quiet = 0, before = m->free_pages,
		end = m->p.marks.min - 2 * REFILL;
	bool stalled = false;
	int64_t from = before;

	for (int n = 0; !stalled && before > end && n < m->most; n += MIN_STEP) {
		pressure_touch(&m->p, MIN_STEP);
		m->free_pages = pressure_free(&m->p);
		stalled = vmstat_sum(m->w, "allocstall_") > first;
		quiet += !stalled && m->free_pages > m->p.marks.min;
		late += !stalled && before <= m->p.marks.min;
		from = before;
		before = m->free_pages;
	}
	wl_value(m->w, "stalled", -1, stalled);
	wl_value(m->w, "stalled_at", -1, from);
	wl_value(m->w, "quiet_above", -1, quiet);
	wl_value(m->w, "quiet_below", -1, late);
	wl_value(m->w, "direct_scan", -1, vmstat_get(m->w, "pgscan_direct") - direct);
	wl_value(m->w, "starved_scan", -1, vmstat_sum(m->w, "pgscan_kswapd") - kswapd);
}

static void run(struct wl *w)
{
	struct marks *m = &(struct marks){ .w = w };
	/* a sabotage may have kswapd never wake: there must be clean page cache left then */
	m->most = w->sabotage ? 512 : 2048;
	int nid = pressure_node(w), far = wl_cpu_node_far_from(w, nid);
	struct starve starve;

	wl_pin_cpu(w, wl_cpu_of(w, far)); /* the kernel's own allocations come from there */
	idset_foreach (id, &w->cpu_nodes) {
		idset_foreach (cpu, &w->cpus[id]) {
			m->cpu = cpu == wl_cpu_of(w, far) ? m->cpu : cpu;
		}
	}
	kthread_find(w, "kswapd", m->kswapd);
	m->own = m->kswapd[wl_sabotaged(m->w, "wrong-kswapd") ? wl_nth(&w->mem_nodes, 0) : nid];
	pressure_start(w, &m->p, nid, 3, REFILL, 16);
	report_zones(m);
	if (wl_sabotaged(m->w, "ever-starved"))
		starve_start(w, &starve, m->own, m->cpu);
	else
		kthread_settle(w, m->own);
	pressure_down(&m->p,
		      m->p.marks.low + REFILL); /* idle CPUs have given their lists' pages back meanwhile */
	keeps_up(m);
	pressure_down(&m->p, m->p.marks.low + REFILL);
	if (!wl_sabotaged(m->w, "ever-starved") && !wl_sabotaged(m->w, "never-starved"))
		starve_start(w, &starve, m->own, m->cpu);
	to_low(m);
	to_min(m);
	pressure_drop(&m->p); /* the agent needs memory and a CPU for the last sample */
	if (!wl_sabotaged(m->w, "never-starved"))
		starve_end(w, &starve);
}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "zones", "1", WL_REPORTED, .about = "zones of the node that have pages" },
	{ "dma", "1", WL_REPORTED, .about = "1: the node has pages in zone DMA, the first 16 MiB of the machine" },
	{ "ordinary", "1", WL_REPORTED, .about = "1: the node has pages in zone DMA32 or Normal, below or above 4 GiB" },
	{ "movable", "1", WL_REPORTED,
	  .about = "1: the node has pages in zone Movable, by movablecore= or memory added online_movable" },
	{ "disorders", "1", WL_REPORTED, .about = "zones of the node that have pages but not 0 < min < low < high" },
	{ "unaccounted", "pages", WL_REPORTED, .about = "pages of the node's MemTotal that none of its zones manages" },
	{ "node", "nid", WL_REPORTED, .about = "the node whose memory is used up; all of it is in one zone" },
	{ "min", "pages", WL_REPORTED, .about = "watermark min of that node's zone" },
	{ "low", "pages", WL_REPORTED, .about = "watermark low of that node's zone" },
	{ "high", "pages", WL_REPORTED, .about = "watermark high of that node's zone" },
	{ "balanced", "pages", WL_REPORTED, .timing = true, .about = "free pages of the node when kswapd sleeps again" },
	{ "balanced_scan", "pages", WL_REPORTED, .timing = true,
	  .about = "pages that kswapd scanned from its waking below low until it sleeps again" },
	{ "balanced_stalls", "1", WL_REPORTED, .about = "direct reclaims (allocstall) until kswapd sleeps again" },
	{ "others_runs", "1", WL_REPORTED,
	  .about = "times that other nodes' kswapds were put on a CPU until the node's kswapd sleeps again" },
	{ "awake", "1", WL_REPORTED, .about = "1: kswapd was woken while it was kept off the CPU" },
	{ "awake_at", "pages", WL_REPORTED, .timing = true, .about = "free pages of the node when kswapd was seen awake" },
	{ "asleep_above", "1", WL_REPORTED, .timing = true, .about = "samples with free pages above low that saw kswapd asleep" },
	{ "asleep_below", "1", WL_REPORTED,
	  .about = "samples that saw kswapd asleep after an allocation at or below low" },
	{ "stalled", "1", WL_REPORTED, .about = "1: an allocation reclaimed directly while kswapd was kept off the CPU" },
	{ "stalled_at", "pages", WL_REPORTED, .timing = true,
	  .about = "free pages of the node at the last sample before an allocation reclaimed directly" },
	{ "quiet_above", "1", WL_REPORTED, .timing = true, .about = "samples above min before the first direct reclaim" },
	{ "quiet_below", "1", WL_REPORTED,
	  .about = "samples that saw no direct reclaim after an allocation at or below min" },
	{ "direct_scan", "pages", WL_REPORTED, .about = "pages that direct reclaim scanned while kswapd was kept off the CPU" },
	{ "starved_scan", "pages", WL_REPORTED, .about = "pages that kswapd scanned while it was kept off the CPU" },
};

/*
 * In the rows 260 is REFILL. 250 are pages that are free but not in the zone's counter yet: each CPU keeps up to
 * stat_threshold of them to itself, which is 125 at most. kswapd need not scan all pages that it makes free: its shrinkers
 * also free inodes with their page cache (kswapd_inodesteal), and slabs.
 */
static const struct wl_expect expects[] = {
	{ "ordered", "N6",
	  "every zone that has pages has 0 < min < low < high, and the zones' managed pages add up to the node's MemTotal",
	  .wants = WL_WANTS({ "zones", ">= 1", "each node" }, { "disorders", "0", "each node" },
			    { "unaccounted", "0", "each node" }) },
	{ "zone-places", "N6",
	  "one node has zone DMA, the first 16 MiB; every node has DMA32 or Normal; without movablecore= none has Movable",
	  .wants = WL_WANTS({ "movable", "0", "each node" }, { "ordinary", "1", "each node" }, { "dma", "1", "in all" }) },
	{ "kswapd-balances", "N6",
	  "free pages below low: kswapd reclaims until the node has its high watermark free, and no allocation reclaims directly",
	  .wants = WL_WANTS({ "balanced_stalls", "0" }, { "balanced_scan", ">= 1" },
			    { "balanced", ">= high - 250" }) },
	{ "only-its-own", "N6", "free pages of a node below low: the kswapd of no other node runs",
	  .wants = WL_WANTS({ "others_runs", "0" }) },
	{ "wakes-at-low", "N6",
	  "kswapd sleeps while more than low pages are free, and the first allocation at or below low wakes it",
	  .wants = WL_WANTS({ "asleep_below", "0" }, { "asleep_above", ">= 1" }, { "awake", "1" },
			    { "awake_at", "low - 260..low" }) },
	{ "reclaims-at-min", "N6",
	  "kswapd kept off the CPU: no allocation reclaims directly above min, and the first one at or below min does",
	  .wants = WL_WANTS({ "quiet_below", "0" }, { "quiet_above", ">= 1" }, { "starved_scan", "0" }, { "stalled", "1" },
			    { "direct_scan", ">= 1" }, { "stalled_at", "min - 260..min + 260" }) },
};

static const struct wl_sabotage sabotage[] = {
	{ "empty-zones", "Zones without pages are looked at as well.", "ordered zone-places" },
	{ "wrong-kswapd", "The kswapd of another node is looked at.", "wakes-at-low" },
	{ "never-starved", "The node's kswapd is never kept off the CPU.", "reclaims-at-min" },
	{ "ever-starved", "The node's kswapd is kept off the CPU from the start.", "kswapd-balances" },
	{ "count-own", "The runs of the node's own kswapd count as another node's.", "only-its-own", .topology = "2node" },
};

WORKLOAD(watermarks) = {
	.about = "kswapd wakes at its node's low watermark and reclaims up to high; at min an allocation reclaims directly",
	.needs = { .mem_nodes = 2, .cpus = 2, .fs = "ext4", .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never watermark_boost_factor=0",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
/* clang-format on */
