/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

int main(void)
{
	char *p = area(HUGE, HUGE);
	unsigned long on[2];

	on_node(0);
	MUST(madvise(p, HUGE, MADV_HUGEPAGE));
	memset(p, 1, HUGE);
	if (huge_kib(p) != 2048)
		CANNOT("no huge page to be had");
	value("errno", "%d", bind_area(p + HUGE / 2, PAGE, MPOL_BIND, 2, MPOL_MF_MOVE) ? errno : 0);
	count_nodes(p, HUGE, on, 2);
	value("moved", "%lu", on[1]);
	value("huge_kib", "%ld", huge_kib(p));
	return 0;
}
