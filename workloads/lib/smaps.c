/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/smaps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

int64_t smaps_get(struct wl *w, const void *p, size_t bytes, const char *field)
{
	auto_fclose FILE *f = fopen("/proc/self/smaps", "re");
	uint64_t from = (uintptr_t)p, start;
	size_t len = strlen(field);
	bool in = false, found = false;
	int64_t sum = 0;
	char line[1024];

	if (!f)
		wl_broken(w, "/proc/self/smaps: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		/* a mapping's first line begins with a number of small letters, its fields with a capital one */
		if (line[0] < 'A' || line[0] > 'Z') {
			start = strtoull(line, NULL, 16);
			in = start >= from && start < from + bytes;
		} else if (in && !strncmp(line, field, len) && line[len] == ':') {
			sum += strtoll(line + len + 1, NULL, 10);
			found = true;
		}
	}
	if (!found)
		wl_broken(w, "/proc/self/smaps: no %s of the mapping at %p", field, p);
	return sum;
}
