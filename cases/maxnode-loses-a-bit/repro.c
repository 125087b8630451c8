/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "repro.h"

static int try(unsigned long mask, unsigned long max)
{
	return syscall(SYS_set_mempolicy, MPOL_BIND, &mask, max) ? -errno : 0;
}

int main(void)
{
	unsigned long got[16] = { 0 };
	int mode;

	value("only_last", "%d", try(2, 2));
	value("one_more", "%d", try(2, 3));
	value("both", "%d", try(3, 2));
	MUST(syscall(SYS_get_mempolicy, &mode, got, 1024ul, NULL, 0ul));
	value("kept", "%lu", got[0]);
	return 0;
}
