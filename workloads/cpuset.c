/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process in a cgroup whose cpuset.mems is one node, on a CPU of another: where its pages are, where they are after
 * cpuset.mems has changed, and what happens when the node is full.
 *
 * Changing cpuset.mems moves the pages before the write returns: in the unified hierarchy every cpuset has what was
 * cpuset.memory_migrate, and cpuset_migrate_mm() uses MPOL_MF_MOVE_ALL: unlike move_pages(2) without privilege, it also
 * moves what a process outside maps as well. A policy is rebound to the new node (mpol_rebind_mm).
 */
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "workloads/lib/full.h"
#include "workloads/lib/hungry.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/pair.h"

#define ROOT "/sys/fs/cgroup/"
#define GROUP ROOT "numarig-cpuset/"
#define FLUSH_MS 2500 /* a cgroup's statistics lag by at most 2 s (mm/memcontrol.c, FLUSH_TIME) and a tick */
#define CHURN 2048    /* pages; more than 64 (MEMCG_CHARGE_BATCH) for each of 30 CPUs */

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "64", 16, 256, "4 KiB pages in each area" },
};

enum kind { PLAIN, LOCKED, INTERLEAVED, BOUND, SHARED, KINDS };

static const char *const kind_name[] = { "plain", "locked", "interleaved", "bound", "shared" };
static const char *const moved_name[] = { "moved_plain", "moved_locked", "moved_interleaved", "moved_bound",
					  "moved_shared" };

struct member {
	struct wl *w;
	const struct params *p;
	struct pair pair;
	int from, to; /* nids of cpuset.mems, before and after the change */
	size_t bytes; /* of each area */
	char *area[KINDS], *hungry;
	uint64_t *got; /* pages of the hungry area by node, in memory both processes share */
};

static void place_all(struct member *m, const char *const metric[KINDS])
{
	for (unsigned k = 0; k < KINDS; k++)
		wl_place(m->w, metric[k], m->area[k], m->bytes);
}

/* The cgroup's anonymous pages by node: "anon N0=4096 N1=0", in bytes. */
static void read_stat(struct member *m, int64_t pages[WL_NODES])
{
	auto_fclose FILE *f = fopen(GROUP "memory.numa_stat", "re");
	uint64_t bytes[WL_NODES] = { 0 };
	char line[2048];

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "anon ", 5))
			continue;
		wl_add_nodes(line, bytes);
		for (unsigned nid = 0; nid < WL_NODES; nid++)
			pages[nid] = (int64_t)(bytes[nid] / PAGE);
		return;
	}
	wl_broken(m->w, GROUP "memory.numa_stat: has no anon");
}

/* Reads the statistics until they have risen by what the process has touched, or have had the time to. */
static void report_stat(struct member *m, const int64_t before[WL_NODES])
{
	int64_t now[WL_NODES] = { 0 }, wanted = (int64_t)m->p->pages * (KINDS - 1), sum = 0;

	for (int tries = 0; tries < FLUSH_MS / 100 && sum < wanted; tries++) {
		if (tries)
			wl_sleep_ms(100);
		read_stat(m, now);
		sum = 0;
		idset_foreach (nid, &m->w->mem_nodes) {
			sum += now[nid] - before[nid];
		}
	}
	idset_foreach (nid, &m->w->mem_nodes) {
		wl_value(m->w, "stat", (int)nid, now[nid] - before[nid]);
	}
}

/*
 * Changes the statistics by so much that the next reading flushes them (mm/memcontrol.c, memcg_vmstats_needs_flush): the
 * timer that flushes is deferrable, and waits for ever for a CPU that stays idle.
 */
static void churn(struct member *m)
{
	char *area = wl_map(m->w, CHURN * PAGE);

	wl_touch(area, CHURN * PAGE, 1);
	madvise(area, CHURN * PAGE, MADV_DONTNEED);
}

/* The process in the cgroup; the other one has the turn where it gives it. */
static void member(struct member *m)
{
	struct idset one = wl_one(m->from);
	int64_t before[WL_NODES];

	if (!wl_sabotaged(m->w, "outside"))
		wl_write(m->w, GROUP "cgroup.procs", "0");
	wl_mbind(m->w, m->area[INTERLEAVED], m->bytes, MPOL_INTERLEAVE, &m->w->mem_nodes, 0);
	wl_mbind(m->w, m->area[BOUND], m->bytes, MPOL_BIND, &one, 0);
	read_stat(m, before); /* allocates what reading needs, before it counts */
	wl_sleep_ms(FLUSH_MS);
	churn(m);
	read_stat(m, before);
	for (unsigned k = 0; k < KINDS; k++)
		wl_touch(m->area[k], m->bytes, k);
	if (mlock(m->area[LOCKED], m->bytes))
		wl_broken(m->w, "mlock: %s", strerror(errno));
	report_stat(m, before);
	place_all(m, kind_name);
	pair_turn(m->w, &m->pair); /* cpuset.mems changes */
	place_all(m, moved_name);
	madvise(m->area[BOUND], m->bytes, MADV_DONTNEED);
	wl_touch(m->area[BOUND], m->bytes, 1);
	wl_place(m->w, "rebound", m->area[BOUND], m->bytes);
	pair_turn(m->w, &m->pair); /* the node fills up */
	hungry_touch(m->w, m->hungry, m->bytes, m->got);
}

static void make_areas(struct member *m)
{
	for (unsigned k = 0; k < SHARED; k++)
		m->area[k] = wl_map(m->w, m->bytes);
	m->area[SHARED] = wl_map_shared(m->w, m->bytes);
	m->hungry = wl_map(m->w, m->bytes);
	m->got = wl_map_shared(m->w, PAGE);
	wl_touch(m->got, PAGE, 0);
}

/* Fills the node and lets the process in the cgroup run to its end. */
static void fill_and_feed(struct member *m)
{
	struct full full = { 0 };

	full_add(m->w, &full, m->to);
	if (write(m->pair.fd, "", 1) != 1)
		wl_broken(m->w, "the other process is gone");
	hungry_report(m->w, m->pair.child, m->got, "signal", "got");
}

static void run(struct wl *w)
{
	struct member *m = &(struct member){ .w = w, .p = w->params };
	uint64_t sum = 0;

	m->bytes = m->p->pages * PAGE;
	m->from = wl_nth(&w->mem_nodes, 0);
	m->to = wl_nth(&w->mem_nodes, idset_count(&w->mem_nodes) - 1);
	wl_value(w, "from", -1, m->from);
	wl_value(w, "to", -1, m->to);
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, m->to)));
	wl_write(w, ROOT "cgroup.subtree_control", "+cpuset +memory");
	if (mkdir(GROUP, 0755))
		wl_broken(w, GROUP ": %s", strerror(errno));
	wl_write_number(w, GROUP "cpuset.mems", m->from);
	make_areas(m);
	if (pair_fork(w, &m->pair))
		member(m);
	pair_turn(w, &m->pair);
	/* the reads map the shared area here as well */
	for (size_t at = 0; at < m->bytes; at += PAGE)
		sum += *(volatile uint64_t *)(m->area[SHARED] + at);
	wl_value(w, "content", -1, (int64_t)(sum / m->p->pages));
	if (!wl_sabotaged(m->w, "not-changed"))
		wl_write_number(w, GROUP "cpuset.mems", m->to);
	pair_turn(w, &m->pair);
	fill_and_feed(m);
}

#define PAGES_OF(name, about_it)                              \
	{                                                     \
		name, "pages", WL_REPORTED, .about = about_it \
	}

/* clang-format off */
static const struct wl_metric metrics[] = {
	{ "from", "nid", WL_REPORTED, .about = "the node in cpuset.mems at first" },
	{ "to", "nid", WL_REPORTED, .about = "the node in cpuset.mems after the change; also the one filled" },
	PAGES_OF("plain", "of the area touched in the cpuset under the default policy"),
	PAGES_OF("locked", "of the area touched in the cpuset under the default policy, then mlocked"),
	PAGES_OF("interleaved", "of the area touched in the cpuset under MPOL_INTERLEAVE over all nodes"),
	PAGES_OF("bound", "of the area touched in the cpuset under MPOL_BIND to its node"),
	PAGES_OF("shared", "of the shared area touched in the cpuset, which a process outside maps afterwards"),
	PAGES_OF("stat", "by which memory.numa_stat's anon rose while the private areas were touched"),
	{ "content", "1", WL_REPORTED, .about = "the word that the process outside reads in each shared page" },
	PAGES_OF("moved_plain", "of the area under the default policy, after cpuset.mems was changed"),
	PAGES_OF("moved_locked", "of the mlocked area, after cpuset.mems was changed"),
	PAGES_OF("moved_interleaved", "of the MPOL_INTERLEAVE area, after cpuset.mems was changed"),
	PAGES_OF("moved_bound", "of the MPOL_BIND area, after cpuset.mems was changed"),
	PAGES_OF("moved_shared", "of the shared area, after cpuset.mems was changed"),
	PAGES_OF("rebound", "of the MPOL_BIND area, dropped and touched anew after cpuset.mems was changed"),
	PAGES_OF("got", "that the process in the cpuset got after its node was filled"),
	{ "signal", "1", WL_REPORTED, .about = "number of the signal that ended the process in the cpuset" },
	{ "ooms", "1", WL_DMESG_MATCHES, "constraint=CONSTRAINT_CPUSET", .about = "OOM kills because of a cpuset" },
};

#define ONLY_ON(name, node) { name, "pages", "only on " node }

static const struct wl_expect expects[] = {
	{ "confined", "N3",
	  "memory touched in a cpuset from a remote CPU: every page is on the node in cpuset.mems, whatever the policy asks",
	  .wants = WL_WANTS(ONLY_ON("plain", "from"), ONLY_ON("locked", "from"), ONLY_ON("interleaved", "from"),
			    ONLY_ON("bound", "from"), ONLY_ON("shared", "from")) },
	{ "numa-stat", "N3",
	  "memory.numa_stat: anon of each node rises by the private pages that the page tables have on that node",
	  .wants = WL_WANTS({ "stat", "plain + locked + interleaved + bound", "each node" }) },
	{ "pages-follow", "N3",
	  "cpuset.mems changed: all private pages, also mlocked ones, are on the new node when the write returns",
	  .wants = WL_WANTS(ONLY_ON("moved_plain", "to"), ONLY_ON("moved_locked", "to"),
			    ONLY_ON("moved_interleaved", "to"), ONLY_ON("moved_bound", "to")) },
	{ "shared-follows", "N3",
	  "cpuset.mems changed: shared pages that a process outside the cpuset maps as well are on the new node too",
	  .wants = WL_WANTS({ "content", "4" }, ONLY_ON("moved_shared", "to")) },
	{ "rebound", "N3",
	  "cpuset.mems changed: an MPOL_BIND area for the old node, touched anew, has all its pages on the new node",
	  .wants = WL_WANTS(ONLY_ON("rebound", "to")) },
	{ "killed", "N3",
	  "with its cpuset's node full a process is OOM-killed (CONSTRAINT_CPUSET, SIGKILL) and gets no page of other nodes",
	  .wants = WL_WANTS({ "ooms", "1" }, { "signal", "9" }, { "got", "0", "not on to" }) },
};
/* clang-format on */

static const struct wl_sabotage sabotage[] = {
	{ "outside", "The process does not join the cgroup.", "confined numa-stat killed" },
	{ "not-changed", "The second node is never written to cpuset.mems.",
	  "pages-follow shared-follows rebound" },
};

WORKLOAD(cpuset) = {
	.about =
		"memory of a cpuset stays on its node: pages follow a change of cpuset.mems, and a full node means an OOM kill",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
