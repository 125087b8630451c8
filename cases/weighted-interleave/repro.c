/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

#define WEIGHTED_INTERLEAVE 6 /* include/uapi/linux/mempolicy.h since 6.9 */
#define WEIGHTS "/sys/kernel/mm/mempolicy/weighted_interleave/"
#define BYTES (4096 * PAGE)

int main(void)
{
	char *p = area(BYTES, PAGE);
	unsigned long on[2];

	put(WEIGHTS "node0", "3");
	put(WEIGHTS "node1", "1");
	int error = bind_area(p, BYTES, WEIGHTED_INTERLEAVE, 3, 0) ? errno : 0;
	value("errno", "%d", error);
	if (error)
		return 0;
	for (size_t i = 0; i < BYTES; i += PAGE)
		p[i] = 1;
	count_nodes(p, BYTES, on, 2);
	value("node0", "%lu", on[0]);
	value("node1", "%lu", on[1]);
	return 0;
}
