/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "workloads/lib/guest.h"

/* A name that the table has not would never be asked for: found as soon as any sabotage of the workload runs. */
static void check_name(const struct wl *w, const char *name)
{
	wl_foreach (s, &w->self->sabotage)
		if (s->name && !strcmp(s->name, name))
			return;
	wl_broken((struct wl *)(uintptr_t)w, "asks for sabotage \"%s\", which its table does not have", name);
}

bool wl_sabotaged(const struct wl *w, const char *name)
{
	if (!w->sabotage)
		return false;
	check_name(w, name);
	return !strcmp(w->sabotage, name);
}
