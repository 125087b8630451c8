/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/full.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "workloads/lib/buddy.h"

#define MIN_FREE "/proc/sys/vm/min_free_kbytes"

static void reserve(struct wl *w, int nid, int64_t pages)
{
	char path[96], text[24];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/nr_hugepages", nid);
	snprintf(text, sizeof(text), "%lld", (long long)pages);
	wl_write(w, path, text);
}

static void keep_free(struct wl *w, int64_t kib)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)kib);
	wl_write(w, MIN_FREE, text);
}

static FILE *open_text(struct wl *w, const char *path)
{
	FILE *f = fopen(path, "re");

	if (!f)
		wl_broken(w, "%s: %s", path, strerror(errno));
	return f;
}

/* The number behind a word, when the line starts with it. */
static bool number_after(const char *line, const char *word, int64_t *n)
{
	size_t len = strlen(word);

	if (strncmp(line, word, len) != 0)
		return false;
	*n = strtoll(line + len, NULL, 10);
	return true;
}

/* How much of a zone of the node is free, per-CPU lists included; of the zone where it is most. */
static unsigned free_percent(struct wl *w, int nid)
{
	auto_fclose FILE *f = open_text(w, "/proc/zoneinfo");
	int64_t at = -1, n, free_pages = 0, managed = 0, most = 0;
	char line[256];

	while (at <= nid && fgets(line, sizeof(line), f)) {
		const char *p = line + strspn(line, " ");

		if (number_after(p, "Node ", &at))
			managed = 0;
		if (at != nid)
			continue;
		if (number_after(p, "pages free ", &n))
			free_pages = n;
		else if (number_after(p, "count: ", &n))
			free_pages += n;
		else
			number_after(p, "managed ", &managed);
		if (managed && 100 * free_pages / managed > most)
			most = 100 * free_pages / managed;
	}
	return (unsigned)most;
}

void full_add(struct wl *w, struct full *f, int nid)
{
	unsigned percent;

	if (f->percent) {
		keep_free(w, f->min_free_kib);
	} else {
		f->min_free_kib = wl_read_number(w, MIN_FREE);
		idset_foreach (id, &w->mem_nodes) {
			f->total_kib += wl_node_meminfo(w, (int)id, "MemTotal");
		}
	}
	reserve(w, nid, wl_node_meminfo(w, nid, "HugePages_Total") + buddy_blocks(w, nid, NULL));
	percent = 3 + free_percent(w, nid) * 5 / 4;
	if (percent > f->percent)
		f->percent = percent;
	keep_free(w, f->total_kib / 100 * f->percent);
}

void full_end(struct wl *w, struct full *f)
{
	idset_foreach (nid, &w->mem_nodes) {
		wl_release(w, (int)nid);
	}
	if (f->percent)
		keep_free(w, f->min_free_kib);
}
