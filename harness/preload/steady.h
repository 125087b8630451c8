/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page that steady.so (in QEMU) and the host share: a memfd that QEMU inherits and both map. So the host can read what the
 * library wrote after QEMU was killed, too. Both sides are built from this file, in one tree.
 *
 * It has integers only. The host writes its members before QEMU starts, the library its members while QEMU runs.
 */
#ifndef NUMARIG_QEMU_STEADY_H
#define NUMARIG_QEMU_STEADY_H

#include <stdint.h>

#define STEADY_ENV "NUMARIG_STEADY" /* the number of the memfd in QEMU */
#define STEADY_MAGIC 0x53544431u    /* "STD1"; to be changed with the layout */

/*
 * QEMU's main loop is held while a virtual CPU runs. After this much CPU time of the CPUs' thread it continues nevertheless: only a
 * guest whose CPUs are never idle comes to that, and QEMU must be able to end such a guest. (The guest's watchdog fires after 30
 * virtual seconds, which take 5 to 10 s of this time.)
 */
#define STEADY_HOLD_NS 5000000000ull

struct steady {
	/* written by the host */
	uint64_t hold_ns; /* 0: STEADY_HOLD_NS */
	uint32_t
		deny_spawn; /* 1: QEMU may start no other process while the guest runs (see guard() in steady.c) */
	/* written by the library */
	uint32_t loaded;       /* STEADY_MAGIC once QEMU's main loop has begun */
	uint32_t spawn_denied; /* 1: the seccomp filter of deny_spawn is in place */
	int32_t spawn_errno;   /* the error when it could not be installed */
	uint64_t held;	       /* how often the main loop was held */
	uint64_t held_ns;      /* how long it was held in all */
	uint64_t held_longest_ns;
	uint64_t let_go; /* how often it continued while a CPU ran; 0 in a run that is certainly exact */
	/* the instruction clock as the main loop read it last; 0: this QEMU does not export its clock */
	uint64_t virtual_ns, instructions;
};

#endif
