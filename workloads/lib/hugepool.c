/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/hugepool.h"

#include <stdio.h>

static const char *knob(int nid, char *path, size_t size)
{
	if (nid < 0)
		snprintf(path, size, "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
	else
		snprintf(path, size,
			 "/sys/devices/system/node/node%d/hugepages/hugepages-2048kB/nr_hugepages", nid);
	return path;
}

void hugepool_set(struct wl *w, int nid, int64_t pages)
{
	char path[96], text[24];

	snprintf(text, sizeof(text), "%lld", (long long)pages);
	wl_write(w, knob(nid, path, sizeof(path)), text);
}

int64_t hugepool_get(struct wl *w, int nid)
{
	char path[96];

	return wl_read_number(w, knob(nid, path, sizeof(path)));
}
