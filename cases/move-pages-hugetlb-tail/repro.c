/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

static int move_one(char *p, int to)
{
	void *pages[1] = { p };
	int nodes[1] = { to }, status[1] = { -999 };

	MUST(move_pages(0, 1, pages, nodes, status, MPOL_MF_MOVE));
	return status[0];
}

int main(void)
{
	char *p = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);

	if (p == MAP_FAILED)
		CANNOT("no huge page");
	on_node(0);
	MUST(bind_area(p, HUGE, MPOL_BIND, 1, 0));
	*p = 1;
	value("first", "%d", node_of(p));
	value("head", "%d", move_one(p, 1));
	MUST(move_one(p, 0));
	value("status", "%d", move_one(p + PAGE, 1));
	value("node", "%d", node_of(p));
	return 0;
}
