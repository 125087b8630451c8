/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/ksm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"

#define FOLDER "/sys/kernel/mm/ksm/"
#define DEADLINE_NS 30000000000ull

static const char *path_of(const char *name, char *buf, size_t size)
{
	snprintf(buf, size, FOLDER "%s", name);
	return buf;
}

int ksm_try(struct wl *w, const char *name, int64_t value)
{
	char path[96], text[24];
	auto_close int fd = open(path_of(name, path, sizeof(path)), O_WRONLY | O_CLOEXEC);

	if (fd < 0 && access(FOLDER "run", F_OK))
		wl_skip(w, "the kernel has no " FOLDER " (CONFIG_KSM)");
	if (fd < 0)
		wl_broken(w, "%s: %s", path, strerror(errno));
	snprintf(text, sizeof(text), "%" PRId64, value);
	return write(fd, text, strlen(text)) < 0 ? errno : 0;
}

void ksm_set(struct wl *w, const char *name, int64_t value)
{
	int e = ksm_try(w, name, value);

	if (e)
		wl_broken(w, FOLDER "%s: writing \"%" PRId64 "\": %s", name, value, strerror(e));
}

int64_t ksm_get(struct wl *w, const char *name)
{
	char path[96];

	return wl_read_number(w, path_of(name, path, sizeof(path)));
}

bool ksm_has(const char *name)
{
	char path[96];

	return !access(path_of(name, path, sizeof(path)), F_OK);
}

void ksm_scan(struct wl *w, unsigned passes)
{
	uint64_t until = wl_now() + DEADLINE_NS;
	int64_t last = ksm_get(w, "full_scans") + passes;

	ksm_set(w, "run", 1);
	while (ksm_get(w, "full_scans") < last) {
		if (wl_now() > until)
			wl_broken(w, "ksmd has not made %u passes within %llu virtual s", passes,
				  DEADLINE_NS / 1000000000);
		wl_sleep_ms(5);
	}
}

void ksm_pause(struct wl *w)
{
	ksm_set(w, "run", 0);
}

void ksm_end(struct wl *w)
{
	ksm_set(w, "run", 2);
	ksm_set(w, "run", 0);
}

void ksm_mergeable(struct wl *w, void *p, size_t bytes)
{
	if (madvise(p, bytes, MADV_MERGEABLE))
		wl_broken(w, "MADV_MERGEABLE: %s", strerror(errno));
}

void ksm_write(void *p, size_t pages, size_t distinct, uint64_t salt)
{
	for (size_t i = 0; i < pages; i++)
		*(volatile uint64_t *)((char *)p + i * PAGE) = (salt << 32) + i % distinct + 1;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

size_t ksm_frames(uint64_t *pfn, size_t pages)
{
	size_t n = 0;

	qsort(pfn, pages, sizeof(*pfn), by_value);
	for (size_t i = 0; i < pages; i++)
		n += pfn[i] && (!i || pfn[i] != pfn[i - 1]);
	return n;
}
