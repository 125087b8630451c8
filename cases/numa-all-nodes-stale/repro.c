/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

#define CGROUP "/sys/fs/cgroup/"
#define PAGES 64

static void write_file(const char *path, const char *text)
{
	int r = put(path, text);

	if (r)
		CANNOT("%s: %s", path, strerror(-r));
}

/* This process may use node 1 alone from now on. */
static void shrink(void)
{
	char pid[16];

	write_file(CGROUP "cgroup.subtree_control", "+cpuset");
	MUST(mkdir(CGROUP "db", 0755));
	snprintf(pid, sizeof(pid), "%d", getpid());
	write_file(CGROUP "db/cgroup.procs", pid);
	write_file(CGROUP "db/cpuset.mems", "1");
}

static int errno_of(long r)
{
	return r ? errno : 0;
}

int main(void)
{
	struct bitmask *all = numa_all_nodes_ptr;
	unsigned long on[2];
	char *p;

	if (numa_available() < 0)
		CANNOT("libnuma says that there is no NUMA");
	shrink();
	value("stale", "%lu", all->maskp[0]);
	value("allowed", "%lu", numa_get_mems_allowed()->maskp[0]);
	p = area(PAGES * PAGE, PAGE);
	value("mbind_stale", "%d",
	      errno_of(mbind(p, PAGES * PAGE, MPOL_INTERLEAVE, all->maskp, all->size + 1, 0)));
	memset(p, 1, PAGES * PAGE);
	count_nodes(p, PAGES * PAGE, on, 2);
	value("on0", "%lu", on[0]);
	value("on1", "%lu", on[1]);
	value("mbind_node0", "%d", errno_of(bind_area(area(PAGE, PAGE), PAGE, MPOL_BIND, 1, 0)));
	return 0;
}
