/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/agree.h"
#include "workloads/lib/zones.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PART 512 /* pages asked for at once */
#define TEXT 32768
#define PRESENT (1ull << 63)
#define FRAME ((1ull << 55) - 1)
#define KPF_ZERO_PAGE 24 /* include/uapi/linux/kernel-page-flags.h */

struct counts {
	uint64_t on[WL_NODES];
};

static bool is_zero_page(uint64_t pfn)
{
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t flags = 0;
	bool zero = fd >= 0 &&
		    pread(fd, &flags, sizeof(flags), (off_t)(pfn * sizeof(flags))) == sizeof(flags) &&
		    flags >> KPF_ZERO_PAGE & 1;

	if (fd >= 0)
		close(fd);
	return zero;
}

/*
 * By pagemap, and by move_pages for what pagemap says is there: areas of which most is absent are common, and each
 * page asked for costs a walk. The zero page, which no process has for its own, is in neither.
 */
static void ask(struct wl *w, int pagemap, uintptr_t from, uintptr_t to, struct counts *asked,
		struct counts *framed)
{
	static void *at[PART];
	static int status[PART];
	static uint64_t entry[PART];

	for (; from < to; from += PART * PAGE) {
		size_t n = (to - from) / PAGE < PART ? (to - from) / PAGE : PART, present = 0;

		if (pread(pagemap, entry, n * sizeof(*entry), (off_t)(from / PAGE * sizeof(*entry))) !=
		    (ssize_t)(n * sizeof(*entry)))
			wl_broken(w, "reading pagemap for %zu pages at %" PRIxPTR ": %s", n, from,
				  strerror(errno));
		for (size_t i = 0; i < n; i++) {
			if (!(entry[i] & PRESENT))
				continue;
			entry[present] = entry[i];
			at[present++] = (void *)(from + i * PAGE);
		}
		if (present && move_pages(0, present, at, NULL, status, 0))
			wl_broken(w, "asking move_pages for %zu pages at %" PRIxPTR ": %s", present, from,
				  strerror(errno));
		for (size_t i = 0; i < present; i++) {
			int nid = zones_nid(w->zones, entry[i] & FRAME);

			if (status[i] >= 0 && status[i] < WL_NODES)
				asked->on[status[i]]++;
			if (nid >= 0 && (status[i] >= 0 || !is_zero_page(entry[i] & FRAME)))
				framed->on[nid]++;
		}
	}
}

/* numa_maps' line of the mapping that starts there: N0=4 N1=2; false: none, or not of small pages. */
static bool mapped(const char *maps, uintptr_t from, struct counts *out)
{
	while (maps && *maps && strtoull(maps, NULL, 16) != from) {
		maps = strchr(maps, '\n');
		maps += maps ? 1 : 0;
	}
	if (!maps || !*maps)
		return false;
	const char *end = maps + strcspn(maps, "\n"), *small = strstr(maps, " kernelpagesize_kB=4");
	for (const char *at = maps; (at = strstr(at, " N")) && at < end; at++) {
		unsigned nid;
		unsigned long long pages;

		if (sscanf(at, " N%u=%llu", &nid, &pages) == 2 && nid < WL_NODES)
			out->on[nid] = pages;
	}
	return !strstr(maps, " huge") || strstr(maps, " huge") > end ? small && small < end : false;
}

static void slurp(struct wl *w, const char *path, char text[TEXT])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0, used = 0;

	while (fd >= 0 && (n = read(fd, text + used, (size_t)(TEXT - 1 - used))) > 0)
		used += n;
	if (fd < 0 || n < 0 || used == TEXT - 1)
		wl_broken(w, "%s: can't be read whole", path);
	text[used] = 0;
	close(fd);
}

static void compare(struct wl *w, int pagemap, uint64_t *same, uint64_t *other)
{
	static char ranges[TEXT], maps[TEXT];
	char *rest;

	slurp(w, "/proc/self/maps", ranges);
	slurp(w, "/proc/self/numa_maps", maps);
	*same = *other = 0;
	for (char *line = strtok_r(ranges, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		struct counts listed = { 0 }, asked = { 0 }, framed = { 0 };
		uintptr_t from, to;

		/* [vvar] and [vdso] have no pages of the process */
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &from, &to) != 2 || strstr(line, "[v") ||
		    !mapped(maps, from, &listed))
			continue;
		ask(w, pagemap, from, to, &asked, &framed);
		for (unsigned i = 0; i < WL_NODES; i++) {
			bool equal = listed.on[i] == asked.on[i] && asked.on[i] == framed.on[i];

			*same += equal ? listed.on[i] : 0;
			*other += equal ? 0 : 1;
		}
	}
}

void wl_agree(struct wl *w)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t same, other;

	compare(w, pagemap, &same,
		&other); /* touches what it needs itself, which would come between the readings */
	compare(w, pagemap, &same, &other);
	wl_note(w, "pages-agree", "%" PRIu64 " %" PRIu64, same, other);
	close(pagemap);
}
