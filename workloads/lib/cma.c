/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/cma.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"

#define AREAS "/sys/kernel/debug/cma"

static const char *file_of(const struct cma *c, const char *name, char path[96])
{
	snprintf(path, 96, AREAS "/pernuma%d/%s", c->nid, name);
	return path;
}

static uint64_t number(struct wl *w, const struct cma *c, const char *name)
{
	char path[96];

	return (uint64_t)wl_read_number(w, file_of(c, name, path));
}

void cma_open(struct wl *w, struct cma *c, int nid)
{
	char path[96];

	*c = (struct cma){ .nid = nid };
	if (access(AREAS, F_OK))
		wl_skip(w, "needs a kernel with CONFIG_CMA_DEBUGFS");
	if (access(file_of(c, "base_pfn", path), F_OK))
		wl_skip(w, "node %d has no CMA area: needs CONFIG_DMA_NUMA_CMA, cma_pernuma= and room for it",
			nid);
	c->first = number(w, c, "base_pfn");
	c->pages = number(w, c, "count");
}

uint64_t cma_used(struct wl *w, const struct cma *c)
{
	return number(w, c, "used");
}

bool cma_take(struct wl *w, const struct cma *c, uint64_t pages)
{
	char path[96], text[24];
	int fd = open(file_of(c, "alloc", path), O_WRONLY | O_CLOEXEC);

	snprintf(text, sizeof(text), "%llu", (unsigned long long)pages);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	if (n < 0 && errno != ENOMEM)
		wl_broken(w, "%s: %s", path, strerror(errno));
	close(fd);
	return n > 0;
}

void cma_give(struct wl *w, const struct cma *c, uint64_t pages)
{
	char path[96], text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)pages);
	wl_write(w, file_of(c, "free", path), text);
}

uint64_t cma_inside(struct wl *w, const struct cma *c, const void *p, size_t pages)
{
	uint64_t *pfn = calloc(pages, sizeof(*pfn)), inside = 0;

	if (!pfn)
		wl_broken(w, "out of memory");
	wl_page_pfns(w, p, pages, pfn);
	for (size_t i = 0; i < pages; i++)
		inside += pfn[i] >= c->first && pfn[i] < c->first + c->pages;
	free(pfn);
	return inside;
}
