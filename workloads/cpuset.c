/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process in a cgroup whose cpuset.mems is one node, from a CPU elsewhere: what it may not do, what follows when the
 * node is changed, and what becomes of it when the node is full.
 *
 * Changing cpuset.mems moves the pages before the write returns: in the unified hierarchy every cpuset has what was
 * cpuset.memory_migrate, and cpuset_migrate_mm uses MPOL_MF_MOVE_ALL: unlike move_pages(2) without privilege, it also
 * moves what a process outside has mapped as well. A policy is not kept but rebound (mpol_rebind_mm).
 */
#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "workloads/lib/full.h"
#include "workloads/lib/guest.h"
#include "workloads/lib/judge.h"
#include "workloads/lib/pair.h"

#define ROOT "/sys/fs/cgroup/"
#define FLUSH_MS 2500 /* a cgroup's statistics lag by at most 2 s (mm/memcontrol.c, FLUSH_TIME) and a tick */
#define GROUP ROOT "numarig-cpuset/"

struct params {
	uint64_t pages;
};

static const struct wl_param params[] = {
	{ "pages", WL_U64, offsetof(struct params, pages), "64", 16, 256, "4 KiB pages of each kind" },
};

enum kind { PLAIN, LOCKED, INTERLEAVED, BOUND, SHARED, KINDS };

struct member {
	struct wl *w;
	const struct params *p;
	struct pair pair;
	int from, to; /* nids */
	size_t bytes; /* of each area */
	char *area[KINDS], *hungry;
	uint64_t *got; /* pages of the hungry area by node, in memory both share */
};

static const char *const metric_of[2][KINDS] = {
	{ "plain", "locked", "interleaved", "bound", "shared" },
	{ "moved_plain", "moved_locked", "moved_interleaved", "moved_bound", "moved_shared" },
};

static void set_mems(struct wl *w, int nid)
{
	char text[12];

	snprintf(text, sizeof(text), "%d", nid);
	wl_write(w, GROUP "cpuset.mems", text);
}

static void place_all(struct member *m, bool moved)
{
	for (unsigned k = 0; k < KINDS; k++)
		wl_place(m->w, metric_of[moved][k], m->area[k], m->bytes);
}

/* "anon N0=4096 N1=0": pages by node. */
static void read_stat(struct member *m, int64_t pages[WL_NODES])
{
	auto_fclose FILE *f = fopen(GROUP "memory.numa_stat", "re");
	char line[2048];
	bool found = false;

	memset(pages, 0, WL_NODES * sizeof(*pages));
	while (f && !found && fgets(line, sizeof(line), f)) {
		found = !strncmp(line, "anon ", 5);
		for (char *at = line; found && (at = strstr(at, " N"));) {
			unsigned long nid = strtoul(at + 2, &at, 10);

			if (*at == '=' && nid < WL_NODES)
				pages[nid] = strtoll(at + 1, &at, 10) / PAGE;
		}
	}
	if (!found)
		wl_broken(m->w, GROUP "memory.numa_stat: has no anon");
}

/* The statistics are asked until they have risen by what they must, or have had the time to. */
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

/* The process in the cgroup; the other one has the turn where it gives it. */
static void member(struct member *m)
{
	struct idset one = wl_one(m->from);
	int64_t before[WL_NODES];
	int nid;

	if (!wl_sabotaged(m->w, "outside"))
		wl_write(m->w, GROUP "cgroup.procs", "0");
	wl_mbind(m->w, m->area[INTERLEAVED], m->bytes, MPOL_INTERLEAVE, &m->w->mem_nodes, 0);
	wl_mbind(m->w, m->area[BOUND], m->bytes, MPOL_BIND, &one, 0);
	read_stat(m, before); /* brings what the process needs for it */
	wl_sleep_ms(FLUSH_MS);
	read_stat(m, before);
	for (unsigned k = 0; k < KINDS; k++)
		wl_touch(m->area[k], m->bytes, k);
	if (mlock(m->area[LOCKED], m->bytes))
		wl_broken(m->w, "mlock: %s", strerror(errno));
	report_stat(m, before);
	place_all(m, false);
	pair_turn(m->w, &m->pair); /* cpuset.mems changes */
	place_all(m, true);
	madvise(m->area[BOUND], m->bytes, MADV_DONTNEED);
	wl_touch(m->area[BOUND], m->bytes, 1);
	wl_place(m->w, "rebound", m->area[BOUND], m->bytes);
	pair_turn(m->w, &m->pair); /* the node fills up */
	wl_write(m->w, "/proc/self/oom_score_adj", "1000");
	for (size_t at = 0; at < m->bytes; at += PAGE) {
		wl_touch(m->hungry + at, PAGE, 1);
		wl_page_nodes(m->w, m->hungry + at, 1, &nid);
		if (nid >= 0)
			m->got[nid]++;
	}
	_exit(0);
}

static void make_areas(struct member *m)
{
	int flags = MAP_SHARED | MAP_ANONYMOUS;

	for (unsigned k = 0; k < KINDS; k++)
		m->area[k] = k == SHARED ? mmap(NULL, m->bytes, PROT_READ | PROT_WRITE, flags, -1, 0)
					 : wl_map(m->w, m->bytes);
	m->hungry = wl_map(m->w, m->bytes);
	m->got = mmap(NULL, WL_NODES * sizeof(*m->got), PROT_READ | PROT_WRITE, flags, -1, 0);
	if (m->area[SHARED] == MAP_FAILED || (void *)m->got == MAP_FAILED)
		wl_broken(m->w, "mmap: %s", strerror(errno));
	wl_touch(m->got, PAGE, 0);
}

static void fill_and_feed(struct member *m)
{
	struct full full = { 0 };
	int sig;

	full_add(m->w, &full, m->to);
	if (write(m->pair.fd, "", 1) != 1)
		wl_broken(m->w, "the other process is gone");
	wl_wait(m->w, m->pair.child, &sig);
	full_end(m->w, &full);
	wl_value(m->w, "signal", -1, sig);
	idset_foreach (nid, &m->w->mem_nodes) {
		wl_value(m->w, "got", (int)nid, (int64_t)m->got[nid]);
	}
}

static void run(struct wl *w)
{
	struct member *m = &(struct member){ .w = w, .p = w->params };
	uint64_t sum = 0;

	m->bytes = m->p->pages * PAGE;
	m->from = wl_nth(&w->mem_nodes, 0);
	m->to = wl_nth(&w->mem_nodes, idset_count(&w->mem_nodes) - 1);
	wl_pin_cpu(w, wl_cpu_of(w, wl_cpu_node_far_from(w, m->to)));
	wl_write(w, ROOT "cgroup.subtree_control", "+cpuset +memory");
	if (mkdir(GROUP, 0755))
		wl_broken(w, GROUP ": %s", strerror(errno));
	set_mems(w, m->from);
	make_areas(m);
	if (pair_fork(w, &m->pair))
		member(m);
	pair_turn(w, &m->pair);
	for (size_t at = 0; at < m->bytes; at += PAGE)
		sum += (uint64_t) * (volatile char *)(m->area[SHARED] + at); /* mapped here, too */
	wl_value(w, "content", -1, (int64_t)(sum / m->p->pages));
	if (!wl_sabotaged(m->w, "not-changed"))
		set_mems(w, m->to);
	pair_turn(w, &m->pair);
	fill_and_feed(m);
	if (rmdir(GROUP))
		wl_broken(w, GROUP ": %s", strerror(errno));
	wl_write(w, ROOT "cgroup.subtree_control", "-cpuset -memory");
	wl_phase(w, "done");
}

static const struct wl_metric metrics[] = {
	{ "plain", "pages", WL_REPORTED, .about = "touched in the cpuset under the default policy" },
	{ "locked", "pages", WL_REPORTED, .about = "... and locked" },
	{ "interleaved", "pages", WL_REPORTED, .about = "... under MPOL_INTERLEAVE over all nodes" },
	{ "bound", "pages", WL_REPORTED, .about = "... under MPOL_BIND to its node" },
	{ "shared", "pages", WL_REPORTED,
	  .about = "... in an area that a process outside then maps as well" },
	{ "stat", "pages", WL_REPORTED, .about = "by which memory.numa_stat's anon rose" },
	{ "content", "1", WL_REPORTED, .about = "what the process outside read, a page" },
	{ "moved_plain", "pages", WL_REPORTED, .about = "the same after cpuset.mems was changed" },
	{ "moved_locked", "pages", WL_REPORTED, .about = "the same after cpuset.mems was changed" },
	{ "moved_interleaved", "pages", WL_REPORTED, .about = "the same after cpuset.mems was changed" },
	{ "moved_bound", "pages", WL_REPORTED, .about = "the same after cpuset.mems was changed" },
	{ "moved_shared", "pages", WL_REPORTED, .about = "the same after cpuset.mems was changed" },
	{ "rebound", "pages", WL_REPORTED, .about = "of the bound area, touched anew" },
	{ "got", "pages", WL_REPORTED, .about = "that it got with its node full" },
	{ "signal", "1", WL_REPORTED, .about = "that ended it" },
	{ "ooms", "1", WL_DMESG_MATCHES, "constraint=CONSTRAINT_CPUSET",
	  .about = "OOM kills for a cpuset's sake" },
};

static int first_node(const struct wl_view *v)
{
	return wl_nth(&v->mem_nodes, 0);
}

static int last_node(const struct wl_view *v)
{
	return wl_nth(&v->mem_nodes, idset_count(&v->mem_nodes) - 1);
}

static int64_t pages_of(const struct wl_view *v)
{
	return (int64_t)((const struct params *)v->params)->pages;
}

static void confined(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned k = 0; k < KINDS; k++)
		wl_want_only_on(v, out, metric_of[false][k], first_node(v), pages_of(v));
}

static void numa_stat(const struct wl_view *v, struct wl_verdict *out)
{
	idset_foreach (nid, &v->mem_nodes) {
		int64_t pages = 0;

		for (unsigned k = 0; k < SHARED; k++)
			pages += wl_get(v, out, metric_of[false][k], (int)nid);
		wl_want(v, out, "stat", (int)nid, pages);
	}
}

static void follow(const struct wl_view *v, struct wl_verdict *out)
{
	for (unsigned k = 0; k < SHARED; k++)
		wl_want_only_on(v, out, metric_of[true][k], last_node(v), pages_of(v));
}

static void shared_follows(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "content", -1, SHARED);
	wl_want_only_on(v, out, "moved_shared", last_node(v), pages_of(v));
}

static void rebound(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want_only_on(v, out, "rebound", last_node(v), pages_of(v));
}

static void killed(const struct wl_view *v, struct wl_verdict *out)
{
	wl_want(v, out, "ooms", -1, 1);
	wl_want(v, out, "signal", -1, 9);
	idset_foreach (nid, &v->mem_nodes) {
		if ((int)nid != last_node(v))
			wl_want(v, out, "got", (int)nid, 0);
	}
}

static const struct wl_expect expects[] = {
	{ "confined", "N3",
	  "every page is on the cpuset's node, whatever the policy asks and wherever the CPU is", confined },
	{ "numa-stat", "N3", "memory.numa_stat has the same pages on the same nodes as the page tables",
	  numa_stat },
	{ "pages-follow", "N3",
	  "cpuset.mems changed, all pages have moved when the write returns, locked ones as well", follow },
	{ "shared-follows", "N3", "even what a process outside the cpuset maps, too", shared_follows },
	{ "rebound", "N3", "MPOL_BIND to the node that went is bound to the one that came", rebound },
	{ "killed", "N3", "the node full, it is killed, CONSTRAINT_CPUSET, though others have room", killed },
};

static const struct wl_sabotage sabotage[] = {
	{ .name = "outside",
	  .breaks = "The process does not join the cgroup.",
	  .fails = "confined numa-stat killed" },
	{ .name = "not-changed",
	  .breaks = "Cpuset.mems is not changed.",
	  .fails = "pages-follow shared-follows rebound" },
};

WORKLOAD(cpuset) = {
	.about =
		"a cpuset's node is kept to like a bound one: pages follow its change, and there is no falling back",
	.needs = { .mem_nodes = 2, .free_mib_per_node = 64 },
	.knobs = "thp.enabled=never",
	.params = WL_PARAMS(params, struct params),
	.metrics = WL_LIST(metrics),
	.expects = WL_LIST(expects),
	.sabotage = WL_LIST(sabotage),
	.timeout_s = 60,
	.run = run,
};
