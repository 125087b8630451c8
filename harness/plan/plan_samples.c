/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan/plan_samples.h"

#include <fnmatch.h>
#include <string.h>

#include "base/auto.h"

/*
 * What every sample holds. /proc/buddyinfo and /proc/pagetypeinfo are for cases, which find values in them (docs/cases.md), and for
 * people, in raw/. A process's own maps come with wl_maps().
 */
static const char *const samples[] = {
	"/proc/vmstat",
	"/proc/buddyinfo",
	"/sys/devices/system/node/node*/numastat",
	"/sys/devices/system/node/node*/meminfo",
	"/sys/devices/system/node/node*/vmstat",
	"/proc/PID/numa_maps",
};

/* Costly to make and to send (0.5 to 1 M instructions each): read in the first and the last sample only. */
static const char *const end_samples[] = {
	"/proc/zoneinfo", "/proc/pagetypeinfo",
	"/proc/./vmstat", /* once more: between its two readings lie those of the nodes' counters (judge/sound.c) */
};

void plan_sample_lines(struct text *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
		text_printf(out, "sample %s\n", samples[i]);
	for (size_t i = 0; i < ARRAY_SIZE(end_samples); i++)
		text_printf(out, "sample-ends %s\n", end_samples[i]);
}

/* Those of the program's process are gone when it is: a run without --sample never sees them. */
static bool sampled(const char *const *table, size_t n, const char *file, struct text *names)
{
	for (size_t i = 0; i < n; i++) {
		if (strstr(table[i], "/PID/"))
			continue;
		if (!fnmatch(table[i], file, FNM_PATHNAME))
			return true;
		if (!strstr(table[i], "/./"))
			text_printf(names, "%s%s", names->len ? ", " : "", table[i]);
	}
	return false;
}

bool plan_sampled(const char *file, struct text *names)
{
	return sampled(samples, ARRAY_SIZE(samples), file, names) ||
	       sampled(end_samples, ARRAY_SIZE(end_samples), file, names);
}
