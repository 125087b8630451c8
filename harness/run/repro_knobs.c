/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/repro_knobs.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "judge/judge.h"

struct asking {
	const struct case_file *c;
	const struct setting *s;
	const struct records *rec, *boot;
	char *why;
	size_t size;
};

/* --- files ------------------------------------------------------------------------------------------------------------ */
/* NULL: it is of the kernel's command line. malloc'ed. */
static char *file_of(const char *name)
{
	struct err ignored = ERR_INIT;
	unsigned number[2];
	const struct knob *k = knob_find(name, number, &ignored);

	return k && k->kind == KNOB_FILE ? knob_place(k, number) : NULL;
}

bool repro_knob_file(const struct case_file *c, const char *path)
{
	for (size_t i = 0; i < c->knobs.n; i++) {
		auto_free char *name = xasprintf("%.*s", (int)strcspn(c->knobs.v[i], "="), c->knobs.v[i]);
		auto_free char *file = file_of(name);

		if (file && !strcmp(file, path))
			return true;
	}
	return false;
}

void repro_knob_files(const struct settings *asked, const struct records *rec, struct case_facts *f)
{
	for (size_t i = 0; i < asked->n; i++) {
		auto_free char *file = file_of(asked->v[i].name);
		const char *start = pairs_get(&rec->knobs, asked->v[i].name),
			   *left = pairs_get(&rec->left, asked->v[i].name);

		if (!file || !start || *start == '!')
			continue;
		if (!f->files)
			f->files = json_object();
		auto_free char *before = xstrdup(start), *after = xstrdup(left ? left : start);
		text_plain(before);
		text_plain(after);
		json_object_set_new(f->files, file, json_pack("{s:s, s:s}", "start", before, "end", after));
	}
}

/* The case has a look at the knob itself, at its file, or at what the kernel's table of a node says of its huge pages. */
static bool looks_at(const struct case_file *c, const char *name)
{
	auto_free char *file = file_of(name);
	bool huge = file && strstr(file, "/nr_hugepages");

	for (size_t i = 0; file && i < c->values; i++)
		if (!strcmp(c->value[i].file, file) ||
		    (huge && strstr(c->value[i].file, "/meminfo") && strstr(c->value[i].find, "HugePages_")))
			return true;
	return case_names(c, name);
}

static bool file_held(const struct asking *a, struct case_facts *f)
{
	const char *text = pairs_get(&a->rec->knobs, a->s->name);

	if (!text) {
		snprintf(a->why, a->size, "the guest did not say how knob %s reads", a->s->name);
		return false;
	}
	auto_free char *reads = knob_effective(text, strlen(text));
	text_plain(reads);
	if (case_names(a->c, a->s->name) && !case_value(f, a->s->name))
		case_value_set(f, a->s->name, reads);
	if (knob_reads(reads, a->s->value) || looks_at(a->c, a->s->name))
		return true;
	snprintf(
		a->why, a->size,
		"knob %s reads %.60s, not %.60s as asked for: a case whose symptom that is names the knob in "
		"its rules",
		a->s->name, reads, a->s->value);
	return false;
}

/* --- the kernel's command line: what a boot shows of it ---------------------------------------------------------------- */
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
	const struct asking a = { NULL, s, rec, boot, why, size };
	struct err ignored = ERR_INIT; /* it was found when the plan was made */
	unsigned number[2];
	const struct knob *k = knob_find(s->name, number, &ignored);
	const char *log = boot_file(&a, "dmesg");

	if (!k || k->kind != KNOB_BOOT)
		return BOOT_KNOB_HELD;
	auto_free char *word = xasprintf("%s%s", k->place, s->value);
	if (!log) {
		snprintf(why, size, "the guest did not say what became of knob %s", s->name);
		return BOOT_KNOB_UNTOLD;
	}
	/* a parameter that a kernel does not know it names in its log (init/main.c, print_unknown_bootoptions) */
	if (line_with(log, "Unknown kernel command line parameters", word)) {
		snprintf(why, size, "the guest's kernel has no knob %s: it does not know %s", s->name, word);
		return BOOT_KNOB_UNKNOWN;
	}
	for (size_t i = 0; i < ARRAY_SIZE(boots); i++)
		if (!strcmp(boots[i].name, s->name))
			return boots[i].held(&a) ? BOOT_KNOB_HELD : BOOT_KNOB_OTHERWISE;
	snprintf(why, size, "knob %s: nothing shows whether the kernel took it", s->name);
	return BOOT_KNOB_UNTOLD;
}

bool repro_knobs_held(const struct case_file *c, const struct settings *asked, const struct records *rec,
		      const struct records *boot, struct case_facts *f, char *why, size_t size)
{
	auto_strlist struct strlist names = { 0 };
	auto_judged struct judged j = { 0 };
	bool held = true;

	for (size_t i = 0; i < asked->n; i++)
		strlist_add(&names, "%s", asked->v[i].name);
	if (judge_knobs(&names, rec, &j)) {
		snprintf(why, size, "%s", j.why);
		return false;
	}
	for (size_t i = 0; held && i < asked->n; i++) {
		struct asking a = { c, &asked->v[i], rec, boot, why, size };
		struct err ignored = ERR_INIT; /* it was found when the plan was made */
		unsigned number[2];
		const struct knob *k = knob_find(a.s->name, number, &ignored);

		enum boot_knob boot_knob = boot_knob_state(a.s, rec, boot, why, size);

		held = boot_knob == BOOT_KNOB_HELD ||
		       (boot_knob == BOOT_KNOB_OTHERWISE && case_names(c, a.s->name));
		if (held && k && k->kind == KNOB_FILE)
			held = file_held(&a, f);
	}
	if (held)
		why[0] = 0;
	return held;
}
