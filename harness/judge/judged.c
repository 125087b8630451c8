/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/judged.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

static const struct {
	const char *name;
	int exit_code, rank;
} outcomes[] = {
	[OUTCOME_PASS] = { "pass", 0, 1 },     [OUTCOME_XFAIL] = { "xfail", 0, 2 },
	[OUTCOME_SKIP] = { "skip", 77, 0 },    [OUTCOME_FAIL] = { "fail", 1, 3 },
	[OUTCOME_BROKEN] = { "broken", 3, 4 },
};

const char *outcome_name(enum outcome o)
{
	return outcomes[o].name;
}

int outcome_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (!strcmp(outcomes[i].name, name))
			return (int)i;
	return -1;
}

enum outcome outcome_join(enum outcome a, enum outcome b)
{
	return outcomes[a].rank >= outcomes[b].rank ? a : b;
}

int outcome_exit_code(enum outcome o)
{
	return outcomes[o].exit_code;
}

void judged_free(struct judged *j)
{
	free(j->value);
	free(j->check);
	*j = (struct judged){ 0 };
}
