/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/text.h"

#include <errno.h>
#include <fcntl.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The pages of one mapping that are present. */
static void add_pages(struct wl *w, struct text *t, int pagemap, uintptr_t from, uintptr_t to)
{
	uint64_t entry[64];
	size_t pages;

	for (; from < to; from += pages * PAGE) {
		pages = (to - from) / PAGE < 64 ? (to - from) / PAGE : 64;
		if (pread(pagemap, entry, pages * sizeof(*entry), (off_t)(from / PAGE * sizeof(*entry))) !=
		    (ssize_t)(pages * sizeof(*entry)))
			wl_broken(w, "pagemap: %s", strerror(errno));
		for (size_t i = 0; i < pages; i++) {
			if (!(entry[i] >> 63))
				continue;
			if (t->n == TEXT_PAGES)
				wl_broken(w, "more than %d pages of text", TEXT_PAGES);
			t->at[t->n] = (void *)(from + i * PAGE);
			t->pfn[t->n++] = entry[i] & ((1ull << 55) - 1);
		}
	}
}

static void add_file(struct wl *w, struct text *t, const char *path)
{
	for (size_t i = 0; i < t->files; i++)
		if (!strcmp(t->file[i], path))
			return;
	if (t->files == TEXT_FILES)
		wl_broken(w, "more than %d files mapped", TEXT_FILES);
	snprintf(t->file[t->files++], sizeof(t->file[0]), "%s", path);
}

void text_read(struct wl *w, struct text *t, pid_t pid)
{
	char path[64], line[512], perms[8], name[128];
	unsigned long from, to;

	t->n = t->files = 0;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	int pagemap = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	FILE *maps = fopen(path, "re");
	while (maps && pagemap >= 0 && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %127s", &from, &to, perms, name) != 4 ||
		    *name != '/')
			continue;
		add_file(w, t, name);
		if (strchr(perms, 'x'))
			add_pages(w, t, pagemap, from, to);
	}
	if (!t->n)
		wl_broken(w, "process %d has no text", (int)pid);
	fclose(maps);
	close(pagemap);
	if (move_pages(pid, t->n, t->at, NULL, t->nid, 0))
		wl_broken(w, "move_pages: %s", strerror(errno));
}

void text_split(struct wl *w, pid_t pid, int nid, const char *local, const char *remote)
{
	static struct text t;
	size_t there = 0;

	text_read(w, &t, pid);
	for (size_t i = 0; i < t.n; i++)
		there += t.nid[i] == nid;
	wl_value(w, local, nid, (int64_t)there);
	wl_value(w, remote, nid, (int64_t)(t.n - there));
}

int64_t text_common(const struct text *t, const struct text *b)
{
	int64_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		for (size_t j = 0; j < b->n; j++)
			if (t->pfn[i] == b->pfn[j]) {
				n++;
				break;
			}
	return n;
}
