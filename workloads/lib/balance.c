/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/balance.h"

#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STACK (64u << 10)

static void read_all(struct wl *w, const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = -1;

	while (fd >= 0 && have < size - 1 && (n = read(fd, buf + have, size - 1 - have)) > 0)
		have += (size_t)n;
	if (n < 0)
		wl_broken(w, "%s: %s", path, strerror(errno));
	close(fd);
	buf[have] = 0;
}

/* The number behind the first line that starts with the name; BROKEN when there is none. */
static int64_t number(struct wl *w, const char *buf, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = buf; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		size_t gap = strncmp(at, name, length) ? 0 : strspn(at + length, " :");
		if (gap)
			return strtoll(at + length + gap, NULL, 10);
	}
	wl_broken(w, "the kernel counts no %s", name);
}

struct balance balance_now(struct wl *w)
{
	char buf[16384];

	read_all(w, "/proc/vmstat", buf, sizeof(buf));
	return (struct balance){
		.updates = number(w, buf, "numa_pte_updates"),
		.huge = number(w, buf, "numa_huge_pte_updates"),
		.faults = number(w, buf, "numa_hint_faults"),
		.local = number(w, buf, "numa_hint_faults_local"),
		.migrated = number(w, buf, "numa_pages_migrated"),
	};
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
	const struct {
		const char *name;
		int64_t value;
	} all[] = { { "updates", b->updates },
		    { "faults", b->faults },
		    { "local", b->local },
		    { "remote", b->faults - b->local },
		    { "migrated", b->migrated } };
	char name[64];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		snprintf(name, sizeof(name), "%s_%s", prefix, all[i].name);
		wl_value(w, name, -1, all[i].value);
	}
}

int64_t balance_sched(struct wl *w, const char *field)
{
	char buf[8192];

	read_all(w, "/proc/thread-self/sched", buf, sizeof(buf));
	return number(w, buf, field);
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

void balance_second_thread(struct wl *w)
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

	read_all(w, "/proc/self/maps", buf, sizeof(buf));
	for (char *at = buf; sscanf(at, "%lx-%lx", &from, &to) == 2; at = strchr(at, '\n') + 1)
		/* the vDSO's pages take none and are not scanned either */
		mbind((void *)from, to - from, MPOL_LOCAL, NULL, 0, 0);
}

void balance_spin(unsigned blocks)
{
	/* an emulated no-op costs next to nothing, and its virtual time passes all the same */
	while (blocks--)
		__asm__ volatile(".rept 2048\n\tnop\n\t.endr");
}
