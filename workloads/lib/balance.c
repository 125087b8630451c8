/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/balance.h"

#include <numaif.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workloads/lib/named.h"
#include "workloads/lib/vmstat.h"

#define STACK (64u << 10)

struct balance balance_now(struct wl *w)
{
	static const char *const counter[] = { "numa_pte_updates", "numa_huge_pte_updates",
					       "numa_hint_faults", "numa_hint_faults_local",
					       "numa_pages_migrated" };
	int64_t n[sizeof(counter) / sizeof(*counter)];

	vmstat_read(w, counter, n, sizeof(counter) / sizeof(*counter));
	return (struct balance){ n[0], n[1], n[2], n[3], n[4] };
}

struct balance balance_since(struct wl *w, const struct balance *before)
{
	struct balance b = balance_now(w);

	b.updates -= before->updates;
	b.huge -= before->huge;
	b.faults -= before->faults;
	b.local -= before->local;
	b.migrated -= before->migrated;
	return b;
}

void balance_report(struct wl *w, const char *prefix, const struct balance *b)
{
	wl_value(w, WL_NAMED(prefix, "updates"), -1, b->updates);
	wl_value(w, WL_NAMED(prefix, "faults"), -1, b->faults);
	wl_value(w, WL_NAMED(prefix, "local"), -1, b->local);
	wl_value(w, WL_NAMED(prefix, "remote"), -1, b->faults - b->local);
	wl_value(w, WL_NAMED(prefix, "migrated"), -1, b->migrated);
}

int64_t balance_sched(struct wl *w, const char *field)
{
	const char *path = "/proc/thread-self/sched";
	size_t len = strlen(field);
	char text[8192];

	wl_read_text(w, path, text, sizeof(text));
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		size_t gap = strncmp(line, field, len) ? 0 : strspn(line + len, " :");
		if (gap)
			return strtoll(line + len + gap, NULL, 10);
	}
	wl_broken(w, "%s: has no %s", path, field);
}

void balance_place(struct wl *w, const char *metric, const void *p)
{
	uint64_t count[WL_NODES];

	wl_count_mapping(w, p, count);
	idset_foreach (nid, &w->mem_nodes) {
		wl_value(w, metric, (int)nid, (int64_t)count[nid]);
	}
}

static void *sleep_on(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/*
 * It sleeps until the process ends. Of a process with one thread a scan skips the pages on the node where it runs
 * (mm/mprotect.c, change_pte_range), so that no hint fault is ever local.
 */
static void second_thread(struct wl *w)
{
	pthread_attr_t attr;
	pthread_t id;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	r = pthread_create(&id, &attr, sleep_on, NULL);
	if (r)
		wl_broken(w, "a second thread: %s", strerror(r));
}

void balance_shield(struct wl *w)
{
	char buf[8192];
	unsigned long from, to;

	wl_read_text(w, "/proc/self/maps", buf, sizeof(buf));
	for (char *at = buf; sscanf(at, "%lx-%lx", &from, &to) == 2; at = strchr(at, '\n') + 1)
		/* no policy can be set for the vDSO, which is not scanned either: errors are ignored */
		mbind((void *)from, to - from, MPOL_LOCAL, NULL, 0, 0);
}

char *balance_area(struct wl *w, int nid, size_t bytes, bool huge)
{
	second_thread(w);
	balance_shield(w);
	char *area = wl_map(w, bytes);
	madvise(area, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	wl_touch(area, bytes, 1);
	wl_gather(w, nid);
	return area;
}

void balance_spin(unsigned blocks)
{
	/* an emulated no-op costs next to nothing, and its virtual time passes like that of any instruction */
	while (blocks--)
		__asm__ volatile(".rept 2048\n\tnop\n\t.endr");
}
