/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Node 0 full of clean page cache, then 48 MiB touched from there. The file is a hole: its pages cost no disk. */
#include "repro.h"

#define NODE0 "/sys/devices/system/node/node0/meminfo"
#define CHUNK (128 * KIB)
#define BYTES (48 * MIB)

static long long free_mib(void)
{
	return number_in(NODE0, "MemFree") / 1024;
}

static long long cache_mib(void)
{
	return number_in(NODE0, "Inactive(file)") / 1024 + number_in(NODE0, "Active(file)") / 1024;
}

int main(void)
{
	unsigned long on[2];

	on_node(0);
	int fd = MUST(open("/cache", O_RDWR | O_CREAT, 0600));
	MUST(ftruncate(fd, (off_t)(512 * MIB)));
	for (off_t at = 0; free_mib() > 24; at += (off_t)CHUNK)
		MUST(readahead(fd, at, CHUNK));
	long long before = cache_mib();
	value("cache_mib", "%lld", before);
	char *p = area(BYTES, PAGE);
	for (size_t i = 0; i < BYTES; i += PAGE)
		p[i] = 1;
	value("dropped_mib", "%lld", before - cache_mib());
	count_nodes(p, BYTES, on, 2);
	value("local_mib", "%lu", on[0] / 256);
	value("remote_mib", "%lu", on[1] / 256);
	return 0;
}
