/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mask is the last word in front of a page that is not mapped: who reads another word gets EFAULT. */
#include "repro.h"

int main(void)
{
	static const unsigned long maxnode[] = { 2, 3, 64, 65, 66, 128 };
	char *m = area(2 * PAGE, PAGE), *p = area(PAGE, PAGE), name[32];
	unsigned long *mask = (unsigned long *)(m + PAGE) - 1;

	*mask = 1ul << 1;
	MUST(munmap(m + PAGE, PAGE));
	for (size_t i = 0; i < sizeof(maxnode) / sizeof(*maxnode); i++) {
		long r = syscall(SYS_mbind, p, PAGE, MPOL_BIND, mask, maxnode[i], 0);
		int e = r ? errno : 0;

		snprintf(name, sizeof(name), "rc%lu", maxnode[i]);
		value(name, "%ld", r);
		snprintf(name, sizeof(name), "errno%lu", maxnode[i]);
		value(name, "%d", e);
	}
	return 0;
}
