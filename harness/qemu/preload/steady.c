/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into an exact QEMU: its software TLBs shrink after 100 ms of gettimeofday() (accel/tcg/cputlb.c,
 * tlb_mmu_resize_locked), and which stale translations a guest still hits before it flushes follows from their size.
 * Here each call is a step of 10 us on the calling thread's own clock, so that the host's time has no say.
 */
#include <sys/time.h>

static _Thread_local long steps;

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	(void)zone;
	steps++;
	tv->tv_sec = 1577836800 + steps / 100000;
	tv->tv_usec = steps % 100000 * 10;
	return 0;
}
