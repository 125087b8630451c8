/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

int main(void)
{
	size_t n = 300 * MIB;
	unsigned long on[2];
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	on_node(0);
	for (size_t i = 0; i < n; i += PAGE)
		p[i] = 1;
	unsigned long none = count_nodes(p, n, on, 2);
	value("node0", "%lu", on[0]);
	value("node1", "%lu", on[1]);
	value("none", "%lu", none);
	return 0;
}
