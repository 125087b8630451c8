/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

#define COLLAPSE 25 /* MADV_COLLAPSE, since 6.1 */

static void show(const char *name, const char *p)
{
	unsigned long on[2];

	count_nodes(p, HUGE, on, 2);
	value(name, "%lu/%lu", on[0], on[1]);
}

int main(void)
{
	char *p = area(HUGE, HUGE);
	int policy = -1;

	MUST(bind_area(p, HUGE, MPOL_INTERLEAVE, 3, 0));
	for (size_t i = 0; i < HUGE; i += PAGE)
		p[i] = 1;
	show("before", p);
	MUST(madvise(p, HUGE, COLLAPSE));
	show("after", p);
	MUST(get_mempolicy(&policy, NULL, 0, p, MPOL_F_ADDR));
	value("policy", "%d", policy);
	return 0;
}
