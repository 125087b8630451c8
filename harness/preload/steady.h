/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What steady.so and the host tell each other: one page that both have mapped, a memfd that QEMU inherits. What the library
 * wrote stands there also when QEMU was killed. Both sides are built from this file in one tree.
 *
 * Integers only, each written by one side: the host before QEMU starts, the library while it runs.
 */
#ifndef NUMARIG_QEMU_STEADY_H
#define NUMARIG_QEMU_STEADY_H

#include <stdint.h>

#define STEADY_ENV "NUMARIG_STEADY" /* the number of the memfd in QEMU */
#define STEADY_MAGIC 0x53544431u    /* "STD1": another layout, another number */

/*
 * CPU time of the CPUs' thread after which a held main loop goes on all the same. Only a guest whose CPUs never rest comes to it,
 * and one that is still to be ended: its watchdog bites after 30 virtual seconds, which are 5 to 10 s of this.
 */
#define STEADY_HOLD_NS 5000000000ull

struct steady {
	/* the host's */
	uint64_t hold_ns; /* 0: STEADY_HOLD_NS */
	uint32_t
		deny_spawn; /* 1: the process that runs the guest may start no other (see guard() in steady.c) */
	/* the library's */
	uint32_t loaded;       /* STEADY_MAGIC, from when QEMU's main loop begins */
	uint32_t spawn_denied; /* 1: the filter is in place */
	int32_t spawn_errno;   /* or why it is not */
	uint64_t held;	       /* how often the main loop was held, */
	uint64_t held_ns;      /* how long in all, */
	uint64_t held_longest_ns;
	uint64_t let_go; /* and how often it went on while a CPU ran: 0 in a run whose exactness is certain */
	/* the instruction clock as the main loop saw it last; 0: not known (this QEMU does not export its clock) */
	uint64_t virtual_ns, instructions;
};

#endif
