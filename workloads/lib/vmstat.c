/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/vmstat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

/* The sum of the counters whose name is so, or starts so. */
static int64_t sum(struct wl *w, const char *name, bool starts)
{
	auto_fclose FILE *f = fopen("/proc/vmstat", "re");
	size_t len = strlen(name);
	int64_t total = 0;
	bool any = false;
	char line[128];

	if (!f)
		wl_broken(w, "/proc/vmstat: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		const char *space = strchr(line, ' ');

		if (!space || strncmp(line, name, len) != 0 || (!starts && line[len] != ' '))
			continue;
		total += strtoll(space, NULL, 10);
		any = true;
	}
	if (!any)
		wl_broken(w, "/proc/vmstat: has no %s", name);
	return total;
}

int64_t vmstat_get(struct wl *w, const char *counter)
{
	return sum(w, counter, false);
}

int64_t vmstat_sum(struct wl *w, const char *prefix)
{
	return sum(w, prefix, true);
}
