/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a knob of the kernel's command line, by what the machine showed while it booted. Pure. */
#ifndef NUMARIG_JUDGE_BOOT_KNOB_H
#define NUMARIG_JUDGE_BOOT_KNOB_H

#include "plan/plan.h"
#include "result/records.h"

enum boot_knob {
	BOOT_KNOB_HELD,	     /* or it is no knob of the kernel's command line */
	BOOT_KNOB_UNKNOWN,   /* the kernel does not know the parameter */
	BOOT_KNOB_OTHERWISE, /* it came to less, or to something else */
	BOOT_KNOB_NOT_SHOWN, /* nothing shows what became of it */
};

/* What became of a knob of the kernel's command line; the reason in `why` where it did not hold. */
enum boot_knob boot_knob_state(const struct setting *s, const struct records *rec, const struct records *boot,
			       char *why, size_t size);

#endif
