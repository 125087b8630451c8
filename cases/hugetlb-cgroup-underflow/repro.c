/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One huge page touched on node 0, moved to node 1, unmapped: what the cgroup then says of node 1. */
#include "repro.h"

#define TOP "/sys/fs/cgroup/"

static void must_put(const char *path, const char *text)
{
	int r = put(path, text);

	if (r)
		CANNOT("%s: \"%s\": %s", path, text, strerror(-r));
}

static void show(const char *name)
{
	const char *text = get(TOP "group/hugetlb.2MB.numa_stat"), *n0 = text ? strstr(text, "N0=") : NULL,
		   *n1 = text ? strstr(text, "N1=") : NULL;
	unsigned long long at[2] = { 0, 0 };

	if (!n0 || !n1 || sscanf(n0, "N0=%llu", &at[0]) != 1 || sscanf(n1, "N1=%llu", &at[1]) != 1)
		CANNOT("hugetlb.2MB.numa_stat has no nodes");
	if (*name)
		printf("%s_", name);
	value("n0_bytes", "%llu", at[0]);
	if (*name)
		printf("%s_", name);
	value("n1_bytes", "%llu", at[1]);
}

int main(void)
{
	char pid[16];
	char *p;

	must_put(TOP "cgroup.subtree_control", "+hugetlb");
	MUST(mkdir(TOP "group", 0755));
	snprintf(pid, sizeof(pid), "%d", getpid());
	must_put(TOP "group/cgroup.procs", pid);
	p = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
	MUST(p == MAP_FAILED ? -1 : 0);
	MUST(bind_area(p, HUGE, MPOL_BIND, 1, 0));
	*p = 1;
	show("touched");
	MUST(bind_area(p, HUGE, MPOL_BIND, 2, MPOL_MF_MOVE | MPOL_MF_STRICT));
	value("moved_to", "%d", node_of(p));
	show("moved");
	MUST(munmap(p, HUGE));
	show("");
	return 0;
}
