/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "base/auto.h"
#include "report/ci.h"
#include "report/text.h"
#include "result/entries.h"

#define INDENT "    "

/* A description or a reason: '#' begins a directive, a line's end the next line. */
static void escape(const char *s, struct text *out)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			text_printf(out, "?");
		else if ((unsigned char)*s == 0xc2 && (unsigned char)s[1] < 0xa0 && s[1] & 0x80)
			text_printf(out, "?"), s++; /* a control character of 8 bits, in UTF-8 */
		else
			text_printf(out, *s == '#' || *s == '\\' ? "\\%c" : "%c", *s);
	}
}

static const struct {
	const char *outcome, *ok, *directive;
} points[] = { { "pass", "ok", NULL },
	       { "xfail", "ok", "XFAIL" },
	       { "skip", "ok", "SKIP" },
	       { "fail", "not ok", NULL },
	       { "broken", "not ok", "ERROR" } };

/* "ok 3 - NAME # SKIP WHY" */
static void point(const char *indent, unsigned n, const char *name, const char *outcome, const char *why,
		  struct text *out)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(points) - 1 && strcmp(points[i].outcome, outcome) != 0)
		i++; /* an outcome that is none is as bad as broken */
	text_printf(out, "%s%s %u - ", indent, points[i].ok, n);
	escape(name, out);
	if (points[i].directive) {
		text_printf(out, " # %s ", points[i].directive);
		escape(why, out);
	}
	text_printf(out, "\n");
}

static void subtest(const char *name, const json_t *checks, struct text *out)
{
	size_t i;
	json_t *c;

	text_printf(out, INDENT "KTAP version 1\n" INDENT "# Subtest: ");
	escape(name, out);
	text_printf(out, "\n" INDENT "1..%zu\n", json_array_size(checks));
	json_array_foreach (checks, i, c) {
		const char *outcome = json_word(c, "outcome");

		point(INDENT, (unsigned)i + 1, json_word(c, "name"), outcome, json_word(c, "why"), out);
		if (strcmp(outcome, "fail") != 0)
			continue; /* the others' reason stands behind their directive */
		auto_text struct text fact = { 0 };
		report_fact(c, &fact);
		text_printf(out, INDENT "# ");
		escape(text_str(&fact), out);
		text_printf(out, "\n");
	}
}

/* Why a workload is what it is, where no check of it says so. */
static const char *why_of(const json_t *w)
{
	json_t *c;
	size_t i;

	if (*json_word(w, "why"))
		return json_word(w, "why");
	json_array_foreach (json_object_get(w, "checks"), i, c) {
		if (!strcmp(json_word(c, "outcome"), json_word(w, "outcome")))
			return json_word(c, "why");
	}
	return "";
}

void report_tap(const json_t *runs, struct text *out)
{
	auto_text struct text body = { 0 };
	unsigned n = 0;
	size_t i, k;
	json_t *r, *w;

	json_array_foreach (runs, i, r) {
		const json_t *result = json_object_get(r, "result");
		auto_json json_t *entries = result_entries(result);

		if (!result)
			point("", ++n, json_word(r, "name"), json_word(r, "outcome"), json_word(r, "why"),
			      &body);
		json_array_foreach (entries, k, w) {
			auto_free char *name = xasprintf("%s %s", json_word(r, "name"), json_word(w, "name"));

			if (json_array_size(json_object_get(w, "checks")))
				subtest(name, json_object_get(w, "checks"), &body);
			point("", ++n, name, json_word(w, "outcome"), why_of(w), &body);
		}
	}
	text_printf(out, "KTAP version 1\n1..%u\n%s", n, text_str(&body));
}
