/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

#define BYTES (4 * MIB)

int main(void)
{
	/* a small one first, as in any program: what comes next then is not at a multiple by chance */
	MUST(mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	char *p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(p == MAP_FAILED ? -1 : 0);
	for (size_t i = 0; i < BYTES; i += PAGE)
		p[i] = 1;
	value("offset_kib", "%lu", ((uintptr_t)p & (HUGE - 1)) / KIB);
	value("huge_kib", "%ld", huge_kib(p));
	return 0;
}
