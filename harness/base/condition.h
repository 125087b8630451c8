/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A condition on a value, as cases (docs/cases.md) and checks of workloads write it: "512", ">= 7", "1..5", "!= 0", "~ REGEX";
 * "== >= 7" is the text itself. Split only: what an operand may be is who uses it to say.
 */
#ifndef NUMARIG_BASE_CONDITION_H
#define NUMARIG_BASE_CONDITION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum condition_op {
	CONDITION_IS,
	CONDITION_NOT,
	CONDITION_LESS,
	CONDITION_MOST,
	CONDITION_MORE,
	CONDITION_LEAST,
	CONDITION_WITHIN,
	CONDITION_LIKE,
};

/* A part of the text, without the blanks around it. */
struct condition_part {
	const char *s;
	size_t len;
};

struct condition {
	enum condition_op op;
	bool dots;		      /* written with "..": WITHIN "1..5", LEAST "5..", MOST "..5" */
	struct condition_part lo, hi; /* hi: of WITHIN only */
};

/* *out points into the text; operands may be empty. -EINVAL: a sign that is none ("=<"); the message shows what would be right. */
int condition_split(const char *text, struct condition *out, struct err *err);

#endif
