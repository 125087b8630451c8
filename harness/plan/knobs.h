/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The knobs of the guest's kernel: one table for parser, range check, help, `show knobs` and the echo in the result.
 *
 * A name with '*' stands for a family: each '*' is a number, $1 and $2 in the place are those numbers
 * ("hugepages.2048kB.1"). A knob on the kernel command line is part of the machine: another value, another snapshot.
 */
#ifndef NUMARIG_PLAN_KNOBS_H
#define NUMARIG_PLAN_KNOBS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text.h"

enum knob_kind { KNOB_FILE, KNOB_BOOT };

struct knob {
	const char *name;
	enum knob_kind kind;
	const char *place;  /* file in the guest; or "hugepagesz=2M hugepages=" before the value */
	const char *def;    /* what every run declares; NULL: the kernel's own */
	const char *values; /* "always|madvise|never", or NULL: a number */
	long long min, max; /* of a number */
	const char *since;  /* kernel version, NULL: 6.1 has it */
	const char *about;
};

extern const struct knob knob_table[]; /* ends with a NULL name */

/* The row for a name and the row's numbers (0 where there is none); NULL with the nearest name in err. */
const struct knob *knob_find(const char *name, unsigned number[2], struct err *err);
/* 0, or -EINVAL naming knob, value and what would be right. */
int knob_check(const struct knob *k, const char *name, const char *value, struct err *err);
/* The place with $1 and $2 filled in; malloc'ed. */
char *knob_place(const struct knob *k, const unsigned number[2]);
/* What a file's text means: "always [madvise] never" is "madvise"; else the text itself. malloc'ed. */
char *knob_effective(const char *text, size_t len);
/* Whether what a knob means is what was asked for: "0100" is 100. */
bool knob_reads(const char *got, const char *asked);

#endif
