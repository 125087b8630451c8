/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A huge page is to move to node 1, which has no 2 MiB left: its new place is another huge page of node 0, which was not in the
 * pool. Soft-offlining it does the same, but needs CONFIG_MEMORY_FAILURE, which Debian's 6.1 for clouds is without.
 */
#include "repro.h"

#define NODE1 "/sys/devices/system/node/node1/"
#define TRIES 8

static char *huge(size_t bytes)
{
	char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	return p;
}

/* The number of the page behind p, to see that it is another one. */
static uint64_t frame(const char *p)
{
	int fd = MUST(open("/proc/self/pagemap", O_RDONLY));
	uint64_t entry;

	MUST(pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)p / PAGE * 8)) == sizeof(entry) ? 0 : -1);
	close(fd);
	return entry & ((1ull << 55) - 1);
}

/* Makes huge pages of what node 1 has, and uses them. NULL: it had none. */
static char *fill_node1(void)
{
	put(NODE1 "hugepages/hugepages-2048kB/nr_hugepages", "10000");
	long long n = number_in(NODE1 "meminfo", "HugePages_Free:");

	if (n < 1)
		return NULL;
	char *p = huge((size_t)n * HUGE);
	MUST(bind_area(p, (size_t)n * HUGE, MPOL_BIND, 1ul << 1, 0));
	memset(p, 1, (size_t)n * HUGE);
	return p;
}

static int move_to(char *p, int nid)
{
	void *page = p;
	int status = -999;

	MUST(move_pages(0, 1, &page, &nid, &status, MPOL_MF_MOVE));
	return status;
}

int main(void)
{
	char *p = huge(HUGE), *filled = NULL;
	uint64_t before = 0;
	int between = 1;

	on_node(0);
	*p = 1;
	/* What is freed meanwhile may make 2 MiB of node 1, which p gets: then p goes back, and node 1 is filled again. */
	for (int tries = 0; tries < TRIES && between == 1; tries++) {
		char *more = tries && move_to(p, 0) != 0 ? NULL : fill_node1();

		filled = filled ? filled : more;
		before = frame(p);
		MUST(bind_area(p, HUGE, MPOL_PREFERRED, 1ul << 1, MPOL_MF_MOVE));
		between = node_of(p);
	}
	if (between != 0 || frame(p) == before || !filled)
		CANNOT("the huge page was not moved within node 0");
	munmap(filled, HUGE);
	value("between", "%d", between);
	value("status", "%d", move_to(p, 1));
	value("node", "%d", node_of(p));
	return 0;
}
