/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/bench.h"

#include <string.h>

#include "base/auto.h"

const struct figure figure_table[FIGURES] = {
#define X(id, name, unit, about) [FIG_##id] = { #name, unit, about },
	FIGURES_(X)
#undef X
};

const struct ratio_of ratio_table[] = {
	{ "plain_boot_record / restore_record", FIG_PLAIN_RECORD, FIG_RESTORE },
	{ "plain_boot_shell / restore_record", FIG_PLAIN_SHELL, FIG_RESTORE },
	{ "fast_boot_record / restore_record", FIG_FAST_RECORD, FIG_RESTORE },
	{ "plain_boot_shell / run_bind_warm", FIG_PLAIN_SHELL, FIG_BIND },
	{ "cold_exact_boot / plain_boot_shell", FIG_COLD, FIG_PLAIN_SHELL },
	{ "edit_to_verdict / plain_boot_shell", FIG_EDIT, FIG_PLAIN_SHELL },
	{ "suite / suite_j2", FIG_SUITE, FIG_SUITE_J2 },
	{ "classic_traced / classic", FIG_CLASSIC_TRACED, FIG_CLASSIC },
	{ "classic_cached / classic", FIG_CLASSIC_CACHED, FIG_CLASSIC },
	{ 0 },
};

/*
 * "At least 25 times faster than the plain boot" is held against the agent's first record on both sides: the
 * same line of the same program, and the lower one of the two ratios.
 */
static const struct target targets[] = {
	{ "4node", "restore_record", TARGET_AT_MOST, 0.10 },
	{ "4node", "plain_boot_record / restore_record", TARGET_AT_LEAST, 25 },
	{ "4node", "run_bind_warm", TARGET_AT_MOST, 0.4 },
	{ "4node", "cold_exact_boot", TARGET_AT_MOST, 12 },
	{ "8node", "cold_exact_boot", TARGET_AT_MOST, 22 },
	{ "4node", "suite", TARGET_AT_MOST, 12 },
	{ "4node", "all_j2", TARGET_AT_MOST, 90 },
	{ "4node", "classic_traced / classic", TARGET_AT_MOST, 2.0 },
	{ "4node", "classic_cached / classic", TARGET_AT_MOST, 5.0 },
};

const struct target *target_find(const char *topology, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!strcmp(targets[i].topology, topology) && !strcmp(targets[i].name, name))
			return &targets[i];
	return NULL;
}

const char *const bench_suite[BENCH_SUITE_OF] = { "bind",	  "interleave", "preferred-fallback",
						  "text-binding", "fork-cow",	"balance-classic" };

size_t bench_suite_has(void)
{
	size_t n = 0;

	for (size_t i = 0; i < BENCH_SUITE_OF; i++)
		for (const struct workload_entry *e = workload_table; e->name; e++)
			n += !strcmp(e->name, bench_suite[i]);
	return n;
}
