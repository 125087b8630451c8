/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/sums.h"

#include <string.h>

#include "base/auto.h"
#include "report/plain.h"

#define COLUMNS 100 /* then a list of names goes on in the next line */

static const char *const outcomes[] = { "pass", "xfail", "skip", "fail", "broken" };

bool report_cut_short(const json_t *entry, const json_t *host)
{
	const json_t *machine = json_object_get(json_object_get(host, "machines"), json_word(entry, "name"));

	return !strcmp(json_word(machine, "end"), "interrupted") ||
	       json_is_true(json_object_get(entry, "interrupted"));
}

static bool came_to(const json_t *entry, const json_t *host, const char *outcome)
{
	return !report_cut_short(entry, host) && !strcmp(json_word(entry, "outcome"), outcome);
}

/* " (these, checks)" of one that failed. */
static void failed_checks(const json_t *entry, struct text *out)
{
	bool any = false;
	size_t i;
	json_t *c;

	json_array_foreach (json_object_get(entry, "checks"), i, c) {
		if (strcmp(json_word(c, "outcome"), "fail") != 0)
			continue;
		text_printf(out, "%s%s", any ? ", " : " (", json_word(c, "name"));
		any = true;
	}
	text_printf(out, "%s", any ? ")" : "");
}

void report_name(const char *name, unsigned indent, size_t *column, struct text *out)
{
	if (*column && *column + strlen(name) > COLUMNS) {
		text_printf(out, ",\n%*s", (int)indent, "");
		*column = 0;
	}
	text_printf(out, "%s%s", *column ? ", " : "", name);
	*column += strlen(name) + (*column ? 2 : indent);
}

static void names(const json_t *entries, const json_t *host, const char *outcome, struct text *out)
{
	size_t column = 0, i;
	json_t *e;

	json_array_foreach (entries, i, e) {
		auto_text struct text name = { 0 };

		if (!came_to(e, host, outcome))
			continue;
		text_printf(&name, "%s", json_word(e, "name"));
		failed_checks(e, &name);
		if (!column)
			text_printf(out, "  %-7s ", outcome);
		report_name(text_str(&name), 10, &column, out);
	}
	text_printf(out, "%s", column ? "\n" : "");
}

/* One line, however many: nothing more is known of them. */
static void names_cut_short(const json_t *entries, const json_t *host, struct text *out)
{
	bool any = false;
	size_t i;
	json_t *e;

	json_array_foreach (entries, i, e) {
		if (!report_cut_short(e, host))
			continue;
		text_printf(out, "%s%s", any ? ", " : "  interrupted before the end: ", json_word(e, "name"));
		any = true;
	}
	text_printf(out, "%s", any ? "\n" : "");
}

void report_sums(const json_t *given, const json_t *given_host, const char *noun, struct text *out)
{
	auto_json json_t *entries = report_plain(given), *host = report_plain(given_host);
	size_t n = json_array_size(entries), i;
	unsigned count, cut = 0;
	const char *sep = ": ";
	json_t *w;

	text_printf(out, "%zu %s%s", n, noun, n == 1 ? "" : "s");
	for (size_t k = 0; k < ARRAY_SIZE(outcomes); k++) {
		count = 0;
		json_array_foreach (entries, i, w) {
			count += came_to(w, host, outcomes[k]);
		}
		if (count)
			text_printf(out, "%s%u %s", sep, count, outcomes[k]);
		if (count)
			sep = ", ";
	}
	json_array_foreach (entries, i, w) {
		cut += report_cut_short(w, host);
	}
	if (cut)
		text_printf(out, "%s%u interrupted", sep, cut);
	text_printf(out, "\n");
	for (size_t k = 1; k < ARRAY_SIZE(outcomes); k++)
		names(entries, host, outcomes[k], out);
	names_cut_short(entries, host, out);
}
