/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the first stock kernel of a series that shows a bug, or no longer shows it, by bisection. */
#ifndef NUMARIG_CASES_REPRO_SEARCH_H
#define NUMARIG_CASES_REPRO_SEARCH_H

#include "cases/repro_set.h"

/* One case on one series. */
struct repro_search;

struct repro_search_wish {
	enum case_answer first; /* CASE_DOES_NOT: the first good kernel; CASE_SHOWS: the first bad one */
	const struct strlist *series; /* empty: all that the archive has */
	/* called after each kernel that was tried, and at the end of each search */
	void (*tried)(void *ctx, const char *name, const char *kernel, enum case_answer answer);
	void (*ended)(void *ctx, const struct repro_search *s);
	void *ctx;
};

/* Does all searches: each case of the set on each series. *found: one of them found such a kernel. */
int repro_search(const struct repro_set *set, const struct repro_search_wish *wish, bool *found,
		 struct err *err);

/* What a search found, as `repro --json` has it (new reference), and as text. */
json_t *repro_search_json(const struct repro_search *s);
void repro_search_text(const struct repro_search *s, struct text *out);

#endif
