/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/boot_knob.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"

struct asking {
	const struct setting *s;
	const struct records *rec, *boot;
	char *why;
	size_t size;
};

static const char *boot_file(const struct asking *a, const char *name)
{
	return a->boot->phases	? rawset_get(&a->boot->last, name)
	       : a->rec->phases ? rawset_get(&a->rec->phase[0].raw, name)
				: NULL;
}

/* Where in the text a line with both of the words begins; NULL. */
static const char *line_with(const char *text, const char *first, const char *second)
{
	for (const char *s = text; s && (s = strstr(s, first)); s++) {
		size_t n = strcspn(s, "\n");
		const char *at = memmem(s, n, second, strlen(second));

		if (at)
			return s;
	}
	return NULL;
}

/* "64M" in KiB; 0 when it is no size. */
static unsigned long long kib(const char *size)
{
	char *unit;
	unsigned long long n = strtoull(size, &unit, 10);

	switch (toupper((unsigned char)*unit)) {
	case 'G':
		return n << 20;
	case 'M':
		return n << 10;
	case 'K':
		return n;
	default:
		return n >> 10;
	}
}

/* For an area a node, the size says nothing of the sum. */
static bool cma_held(const struct asking *a)
{
	const char *total = boot_file(a, "/proc/meminfo"), *value = a->s->value;
	unsigned long long has = 0, want = *value == '0' ? 0 : !strcmp(a->s->name, "cma") ? kib(value) : 1;

	total = total ? strstr(total, "CmaTotal:") : NULL;
	if (total)
		sscanf(total, "CmaTotal: %llu", &has);
	if (has >= want)
		return true;
	if (total)
		snprintf(a->why, a->size, "the guest has %llu KiB of CMA and not %s=%s as asked for", has,
			 a->s->name, value);
	else
		snprintf(a->why, a->size,
			 "%s: the guest's kernel has no CMA (CONFIG_CMA; the lab kernel has it)", a->s->name);
	return false;
}

static bool movable_held(const struct asking *a)
{
	const char *zones = boot_file(a, "/proc/zoneinfo");

	for (const char *s = zones; s && (s = strstr(s, "zone  Movable")); s++) {
		unsigned long long pages;
		const char *present = strstr(s, " present ");

		if (present && sscanf(present, " present %llu", &pages) == 1 && pages)
			return true;
	}
	snprintf(a->why, a->size, "%s=%s: the guest has no Movable zone", a->s->name, a->s->value);
	return false;
}

static bool online_held(const struct asking *a)
{
	const char *reads = boot_file(a, "/sys/devices/system/memory/auto_online_blocks");
	size_t n = strcspn(reads ? reads : "", "\n");

	if (reads && n == strlen(a->s->value) && !memcmp(reads, a->s->value, n))
		return true;
	snprintf(a->why, a->size, "knob %s reads \"%.*s\", not %s as asked for", a->s->name, (int)n,
		 reads ? reads : "", a->s->value);
	return false;
}

/* The kernel's own complaints about huge pages. */
static bool hugepages_held(const struct asking *a)
{
	static const char *const complaints[] = { "failed", "nvalid", "nsupported", "ignor" };
	const char *log = boot_file(a, "dmesg"), *line;

	for (size_t i = 0; i < ARRAY_SIZE(complaints); i++) {
		line = line_with(log, "HugeTLB: ", complaints[i]);
		if (!line)
			continue;
		snprintf(a->why, a->size, "%s=%s: the guest's kernel says: %.*s", a->s->name, a->s->value,
			 (int)(strcspn(line, "\n") < 200 ? strcspn(line, "\n") : 200), line);
		return false;
	}
	return true;
}

static const struct {
	const char *name;
	bool (*held)(const struct asking *a);
} boots[] = {
	{ "cma", cma_held },
	{ "cma_pernuma", cma_held },
	{ "numa_cma", cma_held },
	{ "boot.movablecore", movable_held },
	{ "boot.memhp_default_state", online_held },
	{ "boot.hugepages", hugepages_held },
	{ "boot.hugepages_1g", hugepages_held },
};

enum boot_knob boot_knob_state(const struct setting *s, const struct records *rec, const struct records *boot,
			       char *why, size_t size)
{
	const struct asking a = { s, rec, boot, why, size };
	struct err ignored = ERR_INIT; /* it was found when the plan was made */
	unsigned number[2];
	const struct knob *k = knob_find(s->name, number, &ignored);
	const char *log = boot_file(&a, "dmesg");

	if (!k || k->kind != KNOB_BOOT)
		return BOOT_KNOB_HELD;
	auto_free char *word = xasprintf("%s%s", k->place, s->value);
	if (!log) {
		snprintf(why, size, "the guest did not report the state of knob %s", s->name);
		return BOOT_KNOB_NOT_SHOWN;
	}
	/* a parameter that a kernel does not know it names in its log (init/main.c, print_unknown_bootoptions) */
	if (line_with(log, "Unknown kernel command line parameters", word)) {
		snprintf(why, size, "the guest's kernel has no knob %s: it does not know %s", s->name, word);
		return BOOT_KNOB_UNKNOWN;
	}
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++)
		if (!strcmp(boots[i].name, s->name))
			return boots[i].held(&a) ? BOOT_KNOB_HELD : BOOT_KNOB_OTHERWISE;
	snprintf(why, size, "knob %s: nothing shows whether the kernel used it", s->name);
	return BOOT_KNOB_NOT_SHOWN;
}
