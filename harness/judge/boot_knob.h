/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out whether a boot knob (one on the kernel command line) took effect, from the records of the boot. Pure. */
#ifndef NUMARIG_JUDGE_BOOT_KNOB_H
#define NUMARIG_JUDGE_BOOT_KNOB_H

#include "plan/plan.h"
#include "result/records.h"

enum boot_knob {
	BOOT_KNOB_HELD,	     /* it took effect, or it is no boot knob */
	BOOT_KNOB_UNKNOWN,   /* the kernel does not know the parameter */
	BOOT_KNOB_OTHERWISE, /* the kernel uses another value, for example fewer huge pages */
	BOOT_KNOB_NOT_SHOWN, /* the records do not show which value the kernel uses */
};

/* The state of a boot knob; `why` gets the reason when it is not BOOT_KNOB_HELD. `boot`: records of the boot, or NULL. */
enum boot_knob boot_knob_state(const struct setting *s, const struct records *rec, const struct records *boot,
			       char *why, size_t size);

#endif
