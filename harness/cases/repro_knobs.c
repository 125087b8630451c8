/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/repro_knobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "judge/boot_knob.h"
#include "judge/judge.h"

struct asking {
	const struct case_file *c;
	const struct setting *s;
	const struct records *rec;
	char *why;
	size_t size;
};

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
		struct asking a = { c, &asked->v[i], rec, why, size };
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
