/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A huge page on node 0, its PMD split by mprotect(2) of the last 4 KiB and back, then asked to move. */
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
	MUST(mprotect(p + HUGE - PAGE, PAGE, PROT_READ));
	MUST(mprotect(p + HUGE - PAGE, PAGE, PROT_READ | PROT_WRITE));
	value("errno", "%d", bind_area(p, HUGE, MPOL_BIND, 2, MPOL_MF_MOVE | MPOL_MF_STRICT) ? errno : 0);
	count_nodes(p, HUGE, on, 2);
	value("moved", "%lu", on[1]);
	return 0;
}
