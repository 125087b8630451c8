/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "workloads/lib/mapped.h"

#include <stdio.h>

#include "workloads/lib/judge.h"

const char *const mapped_texts[] = { "program", "libc", "loader", NULL };
const char *const mapped_program[] = { "program", NULL };
const char *const mapped_own[] = { "heap", "stack", "data", "anon", NULL };

void mapped_want(const struct wl_view *v, struct wl_verdict *out, const char *run, const char *const *kinds,
		 const char *node)
{
	char name[WL_WORDS];

	for (; *kinds; kinds++) {
		snprintf(name, sizeof(name), "%s_%s", run, *kinds);
		wl_want_some_on(v, out, name, (int)wl_get(v, out, node, -1));
	}
}

bool mapped_holds(const struct wl_view *v, struct wl_verdict *out, const char *run, const char *const *kinds,
		  const char *node)
{
	struct wl_verdict test = { 0 };

	mapped_want(v, &test, run, kinds, node);
	if (test.outcome == OUTCOME_BROKEN)
		wl_worse(out, OUTCOME_BROKEN, "%s", test.why);
	return test.outcome == OUTCOME_PASS;
}
