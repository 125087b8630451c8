/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A page bound to node 1, touched from node 0: where it is decides. */
#include "repro.h" /* cases/repro.h: value, MUST, CANNOT, area, on_node, node_of, ... */

int main(void)
{
	char *p = area(PAGE, PAGE);

	on_node(0);
	MUST(bind_area(p, PAGE, MPOL_BIND, 1ul << 1, 0));
	*p = 1;
	value("node", "%d", node_of(p));
	return 0;
}
