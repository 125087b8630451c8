/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

int main(void)
{
	char *p = area(HUGE, HUGE);
	unsigned long on[2];

	MUST(bind_area(p, HUGE, MPOL_INTERLEAVE, 3, 0));
	for (size_t i = 0; i < HUGE; i += PAGE)
		p[i] = 1;
	count_nodes(p, HUGE, on, 2);
	value("pages", "%lu/%lu", on[0], on[1]);
	return 0;
}
