/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

static void alloc(const char *name)
{
	char *p = numa_alloc_onnode(MIB, 1), line[32];
	unsigned long on[2], mask[16] = { 0 };
	int mode = -1;

	MUST(p ? 0 : -1);
	memset(p, 1, MIB);
	count_nodes(p, MIB, on, 2);
	for (int i = 0; i < 2; i++) {
		snprintf(line, sizeof(line), "%s%d", name, i);
		value(line, "%lu", on[i]);
	}
	MUST(syscall(SYS_get_mempolicy, &mode, mask, 1024ul, p, 2ul /* MPOL_F_ADDR */));
	value("mode", "%d", mode);
	value("mask", "%lu", mask[0]);
}

int main(void)
{
	on_node(0);
	alloc("plain");
	MUST(mlockall(MCL_FUTURE | 4 /* MCL_ONFAULT */));
	alloc("onfault");
	MUST(mlockall(MCL_FUTURE));
	alloc("future");
	return 0;
}
