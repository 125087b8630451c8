/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/buddy.h"

#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/auto.h"

#define ORDER_2M 9

/* Of the numbers of a line: a block of order n + 9 is 2^n of 2 MiB. */
static int64_t blocks_of(const char *numbers)
{
	int64_t blocks = 0;

	for (unsigned order = 0;; order++) {
		char *end;
		int64_t n = strtoll(numbers, &end, 10);

		if (end == numbers)
			return blocks;
		blocks += order < ORDER_2M ? 0 : n << (order - ORDER_2M);
		numbers = end;
	}
}

int64_t buddy_blocks(struct wl *w, int nid, const char *zone)
{
	auto_fclose FILE *f = fopen("/proc/buddyinfo", "re");
	char line[512], name[32];
	int64_t blocks = 0;
	int at, skip;

	if (!f)
		wl_broken(w, "/proc/buddyinfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Node %d, zone %31s%n", &at, name, &skip) == 2 && at == nid &&
		    (!zone || !strcmp(name, zone)))
			blocks += blocks_of(line + skip);
	return blocks;
}

void buddy_drain(struct wl *w, int nid, unsigned batches)
{
	struct idset one = wl_one(nid);
	void *page = wl_map(w, PAGE);

	wl_mbind(w, page, PAGE, MPOL_PREFERRED, &one, 0);
	wl_touch(page, PAGE, 1);
	for (unsigned n = 0; n < batches; n++) {
		/* NR_MLOCK changes: for this CPU and the page's zone */
		if (n % 2 ? munlock(page, PAGE) : mlock(page, PAGE))
			wl_broken(w, "mlock: %s", strerror(errno));
		for (unsigned looks = 0; looks < 3; looks++)
			wl_write(w, "/proc/sys/vm/stat_refresh", "1");
	}
	wl_unmap(page, PAGE);
}
