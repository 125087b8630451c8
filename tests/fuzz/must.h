/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a fuzz target holds every input to. */
#ifndef NUMARIG_TESTS_MUST_H
#define NUMARIG_TESTS_MUST_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static inline void must(bool truth)
{
	if (!truth)
		abort();
}

/* 0 and no error, or -errno and one line that says why. */
static inline void must_explain(int bad, const struct err *err)
{
	must(bad == err->code && (!bad || (bad < 0 && *err->msg && !strpbrk(err->msg, "\r\n"))));
}

#endif
