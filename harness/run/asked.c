/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run/asked.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "result/entries.h"
#include "judge/boot_knob.h"

json_t *asked_knobs(const json_t *user, const struct workload *w)
{
	json_t *all = json_object(), *value;
	const char *name;

	for (const char *at = w && w->knobs ? w->knobs : ""; *at; at += strspn(at, " ")) {
		size_t len = strcspn(at, " "), eq = strcspn(at, "=");
		auto_free char *knob = xasprintf("%.*s", (int)eq, at);

		json_object_set_new(all, knob, json_stringn(at + eq + 1, len - eq - 1));
		at += len;
	}
	json_object_foreach ((json_t *)(uintptr_t)user, name, value) {
		json_object_set(all, name, value);
	}
	return all;
}

/* What became of a knob of the kernel's command line, BOOT_KNOB_HELD of one that is a file. */
static enum boot_knob boot_knob(const char *name, const json_t *value, const struct records *rec,
				const struct records *booted, char *why, size_t size)
{
	static const struct records none;
	auto_free char *asked = xstrdup(json_string_value(value) ? json_string_value(value) : "");
	auto_free char *own = xstrdup(name);
	struct setting s = { .name = own, .value = asked };

	why[0] = 0;
	return boot_knob_state(&s, rec, booted ? booted : &none, why, size);
}

/* Those that the guest is told to read; the others are of the kernel's command line. */
static void in_files(const struct strlist *names, struct strlist *files)
{
	unsigned number[2];

	for (size_t i = 0; i < names->n; i++) {
		struct err ignored = ERR_INIT;
		const struct knob *k = knob_find(names->v[i], number, &ignored);

		if (k && k->kind == KNOB_FILE)
			strlist_add(files, "%s", names->v[i]);
	}
}

bool asked_refused(const json_t *asked, const struct records *rec, const struct records *booted,
		   struct judged *j)
{
	auto_strlist struct strlist names = { 0 }, files = { 0 };
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)asked, name, value) {
		char why[WL_WORDS];

		strlist_add(&names, "%s", name);
		if (boot_knob(name, value, rec, booted, why, sizeof(why)) != BOOT_KNOB_UNKNOWN)
			continue;
		j->outcome = OUTCOME_SKIP;
		snprintf(j->why, sizeof(j->why), "%s", why);
		return true;
	}
	in_files(&names, &files);
	return judge_knobs(&names, rec, j) || judge_knobs_not_shown(&files, rec, j);
}

static void add(json_t *all, const char *name, const char *asked, json_t *got, const char *why)
{
	json_array_append_new(all, json_pack("{s:o, s:o, s:o, s:o}", "name", result_words(name), "asked",
					     result_words(asked), "got", got, "why", result_words(why)));
}

json_t *asked_differing(const json_t *asked, const struct records *rec, const struct records *booted)
{
	json_t *all = json_array(), *value;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)asked, name, value) {
		const char *text = pairs_get(&rec->knobs, name), *want = json_string_value(value);
		char why[WL_WORDS];

		if (!want)
			continue;
		if (boot_knob(name, value, rec, booted, why, sizeof(why)) == BOOT_KNOB_OTHERWISE)
			add(all, name, want, json_null(), why);
		if (!text || *text == '!')
			continue; /* one that could not be set is no result at all: asked_refused() */
		auto_free char *got = knob_effective(text, strlen(text));
		if (!knob_reads(got, want))
			add(all, name, want, result_words(got), "");
	}
	return all;
}
