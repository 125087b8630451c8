/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A node's watermarks, min < low < high, and who acts at which.
 *
 * An allocation that finds the node's free pages at or below low wakes the node's kswapd, which reclaims until they are
 * above high; only one that finds them at or below min reclaims for itself (mm/page_alloc.c: get_page_from_freelist
 * with ALLOC_WMARK_LOW, __alloc_pages_slowpath with ALLOC_WMARK_MIN). kswapd is quick enough for min never to be
 * met, so the second half of the run keeps it off the CPU (workloads/lib/starve.h): awake, as its state shows,
 * it does nothing.
 *
 * Free pages are what the allocator itself compares: they change by what a per-CPU list takes at a time, and both
 * marks are looked at before an allocation, so the one after the first sample at or below a mark has to act.
 */
#include "workloads/lib/judge.h"
#include "workloads/lib/pressure.h"
#include "workloads/lib/starve.h"
#include "workloads/lib/vmstat.h"

#define MIN_STEP 32   /* where a sample costs more: /proc/vmstat */
#define STEP 8	      /* pages between two samples */
#define UNCOUNTED 250 /* pages that a few CPUs may keep to themselves: zone_stat_threshold, 125 at most */
#define REFILL 260    /* more than a per-CPU list takes at a time */

struct marks {
	struct wl *w;
	struct pressure p;
	pid_t kswapd[WL_NODES], own;
	int most;	    /* pages to touch until something happens */
	unsigned cpu;	    /* where kswapd starves */
	int64_t free_pages; /* at the last sample */
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

/* kswapd as it is: pages are touched until it runs, then they are waited for. */
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

/* Some more pages, until kswapd is awake or they are too many; how often it was not where it should have been. */
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
	/* where sabotage has nothing happen, page cache must last */
	m->most = w->sabotage ? 512 : 2048;
	int nid = pressure_node(w), far = wl_cpu_node_far_from(w, nid);
	struct starve starve;

	wl_pin_cpu(w, wl_cpu_of(w, far)); /* what the kernel takes for itself comes from there */
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
	if (!wl_sabotaged(m->w, "ever-starved"))
		kthread_settle(w, m->own);
	pressure_down(&m->p, m->p.marks.low + REFILL); /* lists of idle CPUs have come back meanwhile */
	keeps_up(m);
	pressure_down(&m->p, m->p.marks.low + REFILL);
	if (!wl_sabotaged(m->w, "ever-starved") && !wl_sabotaged(m->w, "never-starved"))
		starve_start(w, &starve, m->own, m->cpu);
	to_low(m);
	to_min(m);
	pressure_drop(&m->p);
	if (!wl_sabotaged(m->w, "never-starved"))
		starve_end(w, &starve);
	pressure_end(&m->p);
}

static const struct wl_metric metrics[] = {
	{ "zones", "1", WL_REPORTED, .about = "of the node that have pages" },
	{ "dma", "1", WL_REPORTED, .about = "whether it has pages in zone DMA: the first 16 MiB" },
	{ "ordinary", "1", WL_REPORTED, .about = "... in DMA32 or Normal: below and above 4 GiB" },
	{ "movable", "1", WL_REPORTED,
	  .about = "... in Movable: movablecore= or memory added online_movable" },
	{ "disorders", "1", WL_REPORTED, .about = "of these, not 0 < min < low < high" },
	{ "unaccounted", "pages", WL_REPORTED, .about = "of the node's memory, in none of its zones" },
	{ "node", "nid", WL_REPORTED, .about = "the node under pressure, its memory all in one zone" },
	{ "min", "pages", WL_REPORTED, .about = "its watermarks" },
	{ "low", "pages", WL_REPORTED, .about = "its watermarks" },
	{ "high", "pages", WL_REPORTED, .about = "its watermarks" },
	{ "balanced", "pages", WL_REPORTED, .timing = true, .about = "free when kswapd sleeps again" },
	{ "balanced_scan", "pages", WL_REPORTED, .timing = true, .about = "looked at by kswapd until then" },
	{ "balanced_stalls", "1", WL_REPORTED, .about = "direct reclaims until then" },
	{ "others_runs", "1", WL_REPORTED, .about = "of other nodes' kswapds until then" },
	{ "awake", "1", WL_REPORTED, .about = "kswapd, kept off the CPU, was woken" },
	{ "awake_at", "pages", WL_REPORTED, .timing = true, .about = "free when that was seen" },
	{ "asleep_above", "1", WL_REPORTED, .timing = true, .about = "samples above low that saw it asleep" },
	{ "asleep_below", "1", WL_REPORTED,
	  .about = "samples that saw it asleep though pages were wanted below low" },
	{ "stalled", "1", WL_REPORTED, .about = "an allocation reclaimed for itself" },
	{ "stalled_at", "pages", WL_REPORTED, .timing = true,
	  .about = "free at the last sample before: what it freed is not counted" },
	{ "quiet_above", "1", WL_REPORTED, .timing = true, .about = "samples above min before that" },
	{ "quiet_below", "1", WL_REPORTED, .about = "samples without, though pages were wanted below min" },
	{ "direct_scan", "pages", WL_REPORTED, .about = "looked at by direct reclaim, from low to there" },
	{ "starved_scan", "pages", WL_REPORTED, .about = "looked at by kswapd, from low to there" },
};

static void ordered(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		wl_want_least(v, out, "zones", (int)nid, 1);
		wl_want(v, out, "disorders", (int)nid, 0);
		wl_want(v, out, "unaccounted", (int)nid, 0);
	}
}

static void zone_places(const struct wl_view *v, struct wl_verdict *out)
{
	int64_t dma = wl_sum(v, out, "dma");

	idset_foreach (nid, &v->mem_nodes) {
		wl_want(v, out, "movable", (int)nid, 0);
		wl_want(v, out, "ordinary", (int)nid, 1);
	}
	if (dma != 1)
		wl_worse(out, OUTCOME_FAIL, "%lld nodes have a zone DMA", (long long)dma);
}

static void kswapd_balances(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "balanced_stalls", -1, 0);
	wl_want_least(v, out, "balanced_scan", -1, wl_get(v, out, "high", -1) - wl_get(v, out, "low", -1));
	/* what is free shows a little late: each CPU has some uncounted (zone's stat_threshold, 125 at most) */
	wl_want_least(v, out, "balanced", -1, wl_get(v, out, "high", -1) - UNCOUNTED);
}

static void only_its_own(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "others_runs", -1, 0);
}

static void wakes_at_low(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "asleep_below", -1, 0);
	wl_want_least(v, out, "asleep_above", -1, 1);
	wl_want(v, out, "awake", -1, 1);
	wl_want_most(v, out, "awake_at", -1, wl_get(v, out, "low", -1));
	wl_want_least(v, out, "awake_at", -1, wl_get(v, out, "low", -1) - REFILL);
}

static void reclaims_at_min(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "quiet_below", -1, 0);
	wl_want_least(v, out, "quiet_above", -1, 1);
	wl_want(v, out, "starved_scan", -1, 0);
	wl_want(v, out, "stalled", -1, 1);
	wl_want_least(v, out, "direct_scan", -1, 1);
	wl_want_most(v, out, "stalled_at", -1, wl_get(v, out, "min", -1) + REFILL);
	wl_want_least(v, out, "stalled_at", -1, wl_get(v, out, "min", -1) - REFILL);
}

static const struct wl_expect expects[] = {
	{ "ordered", "N6",
	  "every zone that has pages has 0 < min < low < high, and the zones are all of the node", ordered },
	{ "zone-places", "N6",
	  "one node has the first 16 MiB, zone DMA; all have DMA32 or Normal, and without movablecore none Movable",
	  zone_places },
	{ "kswapd-balances", "N6",
	  "below low kswapd reclaims until high is met, and nobody reclaims for himself", kswapd_balances },
	{ "only-its-own", "N6", "no other node's kswapd runs for it", only_its_own },
	{ "wakes-at-low", "N6", "kswapd is woken by the first allocation that finds no more than low free",
	  wakes_at_low },
	{ "reclaims-at-min", "N6",
	  "without kswapd all goes on down to min, where an allocation reclaims for itself",
	  reclaims_at_min },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "empty-zones",
	  .breaks = "Zones without pages are looked at, too.",
	  .fails = "ordered zone-places" },
	{ .name = "wrong-kswapd",
	  .breaks = "Another node's kswapd is taken for its own.",
	  .fails = "wakes-at-low" },
	{ .name = "never-starved",
	  .breaks = "Kswapd is never kept off the CPU.",
	  .fails = "reclaims-at-min" },
	{ .name = "ever-starved", .breaks = "It is from the start.", .fails = "kswapd-balances" },
	{ .name = "count-own",
	  .breaks = "The node's kswapd counts as one of the others.",
	  .fails = "only-its-own",
	  .topology = "2node" },
};

WORKLOAD(watermarks) = {
	.about =
		"kswapd of a node wakes at its low watermark and fills it to high; at min who allocates reclaims",
	.needs = { .mem_nodes = 2, .cpus = 2, .fs = "ext4", .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never watermark_boost_factor=0",
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
