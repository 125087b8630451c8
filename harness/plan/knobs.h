/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The knobs of the guest's kernel: one table for parser, range check, help, `show knobs` and the echo in the result.
 *
 * A name with '*' stands for a family of knobs ("hugepages.*kB.*"): each '*' is a number, and $1 and $2 in `place` stand for these
 * numbers. A knob on the kernel command line is part of the machine: each value needs a snapshot of its own.
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
	const char
		*place;	 /* the file in the guest; of a boot knob the text before its value ("hugepages=") */
	const char *def; /* the value that every run sets; NULL: the kernel's own value stays */
	const char *values; /* "always|madvise|never"; NULL: the value is a number */
	long long min, max; /* bounds of a number */
	const char *since;  /* the first kernel version that has it; NULL: 6.1 has it */
	const char *about;
};

extern const struct knob knob_table[]; /* ends with a NULL name */

/* The row for a name; `number` gets the numbers that its '*' stand for, else 0. NULL, with the nearest name in err. */
const struct knob *knob_find(const char *name, unsigned number[2], struct err *err);
/* 0 when the knob may have this value, else -EINVAL; the message has knob, value and what would be right. */
int knob_check(const struct knob *k, const char *name, const char *value, struct err *err);
/* The place with $1 and $2 filled in; malloc'ed. */
char *knob_place(const struct knob *k, const unsigned number[2]);
/* The value that a file's text shows: "madvise" of "always [madvise] never", else the text itself. malloc'ed. */
char *knob_effective(const char *text, size_t len);
/* True when the value `got` is the one that was asked for; numbers are compared as numbers ("0100" is 100). */
bool knob_reads(const char *got, const char *asked);

#endif
