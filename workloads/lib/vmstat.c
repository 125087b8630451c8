/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/vmstat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

int64_t vmstat_get(struct wl *w, const char *counter)
{
	auto_fclose FILE *f = fopen("/proc/vmstat", "re");
	size_t len = strlen(counter);
	char line[128];

	if (!f)
		wl_broken(w, "/proc/vmstat: %s", strerror(errno));
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, counter, len) && line[len] == ' ')
			return strtoll(line + len, NULL, 10);
	wl_broken(w, "/proc/vmstat: has no %s", counter);
}
