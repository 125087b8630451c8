/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parent with mems=1, child with none of its own; an area bound to node 1 there; the parent's mems become 0-1. */
#include "repro.h"

#define TOP "/sys/fs/cgroup/"

static void must_put(const char *path, const char *text)
{
	int r = put(path, text);

	if (r)
		CANNOT("%s: \"%s\": %s", path, text, strerror(-r));
}

int main(void)
{
	char pid[16], *p;

	must_put(TOP "cgroup.subtree_control", "+cpuset");
	MUST(mkdir(TOP "parent", 0755));
	must_put(TOP "parent/cgroup.subtree_control", "+cpuset");
	must_put(TOP "parent/cpuset.mems", "1");
	MUST(mkdir(TOP "parent/child", 0755));
	snprintf(pid, sizeof(pid), "%d", getpid());
	must_put(TOP "parent/child/cgroup.procs", pid);
	on_node(0);
	p = area(PAGE, PAGE);
	MUST(bind_area(p, PAGE, MPOL_BIND | MPOL_F_STATIC_NODES, 2, 0));
	must_put(TOP "parent/cpuset.mems", "0-1");
	*p = 1;
	value("node", "%d", node_of(p));
	return 0;
}
