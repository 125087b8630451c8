/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Eight new files of 2 MiB: the node of each one's huge page. */
#include "repro.h"

#define FILES 8

static long long file_huge_kib(void)
{
	return MUST(number_in("/proc/meminfo", "ShmemHugePages"));
}

int main(void)
{
	long long before = file_huge_kib();
	char nodes[FILES + 1] = "", path[64];

	on_node(0);
	MUST(mkdir("/tmp/mnt", 0755));
	MUST(mount("none", "/tmp/mnt", "tmpfs", 0, "huge=always,mpol=interleave:0-1,size=64m"));
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "/tmp/mnt/%d", i);
		int fd = MUST(open(path, O_RDWR | O_CREAT, 0600));

		MUST(ftruncate(fd, HUGE));
		char *p = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		MUST(p == MAP_FAILED ? -1 : 0);
		*p = 1;
		nodes[i] = (char)('0' + node_of(p));
		close(fd);
	}
	value("huge", "%lld", (file_huge_kib() - before) / 2048);
	value("nodes", "%s", nodes);
	return 0;
}
