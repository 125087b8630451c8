/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/vmstat.h"

#include <stdlib.h>
#include <string.h>

#define VMSTAT "/proc/vmstat"
#define VMSTAT_SIZE (16u << 10) /* on the stack: memory allocated meanwhile would be counted */

/* The sum of the counters whose name is so, or starts so. */
static int64_t sum(struct wl *w, const char *text, const char *name, bool starts)
{
	size_t len = strlen(name);
	int64_t total = 0;
	bool any = false;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) != 0 || (!starts && line[len] != ' '))
			continue;
		total += strtoll(line + strcspn(line, " "), NULL, 10);
		any = true;
	}
	if (!any)
		wl_broken(w, VMSTAT ": has no %s", name);
	return total;
}

int64_t vmstat_get(struct wl *w, const char *counter)
{
	int64_t value;

	vmstat_read(w, &counter, &value, 1);
	return value;
}

void vmstat_read(struct wl *w, const char *const counter[], int64_t value[], size_t n)
{
	char text[VMSTAT_SIZE];

	wl_read_text(w, VMSTAT, text, sizeof(text));
	for (size_t i = 0; i < n; i++)
		value[i] = sum(w, text, counter[i], false);
}

int64_t vmstat_sum(struct wl *w, const char *prefix)
{
	char text[VMSTAT_SIZE];

	wl_read_text(w, VMSTAT, text, sizeof(text));
	return sum(w, text, prefix, true);
}
