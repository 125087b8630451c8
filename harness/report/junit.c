/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stddef.h>
#include <string.h>

#include "base/auto.h"
#include "report/ci.h"
#include "report/text.h"
#include "result/entries.h"

/* Characters that XML 1.0 has not, not even escaped, become '?'. '>' always, so that "]]>" is nowhere. */
static void escape(const char *s, struct text *out)
{
	static const struct {
		char c;
		const char *as;
	} escapes[] = { { '&', "&amp;" },  { '<', "&lt;" },   { '>', "&gt;" },
			{ '"', "&quot;" }, { '\n', "&#10;" }, { '\t', "&#9;" } };

	for (; *s; s++) {
		size_t i = 0;

		while (i < ARRAY_SIZE(escapes) && escapes[i].c != *s)
			i++;
		if (i < ARRAY_SIZE(escapes))
			text_printf(out, "%s", escapes[i].as);
		else if (!strncmp(s, "\xef\xbf\xbe", 3) || !strncmp(s, "\xef\xbf\xbf", 3))
			text_printf(out, "?"), s += 2;
		else if ((unsigned char)*s == 0xc2 && (unsigned char)s[1] < 0xa0 && s[1] & 0x80)
			text_printf(out, "?"), s++; /* a control character of 8 bits, in UTF-8 */
		else
			text_printf(out, "%c", (unsigned char)*s < ' ' || *s == 0x7f ? '?' : *s);
	}
}

static void attribute(const char *name, const char *value, struct text *out)
{
	text_printf(out, " %s=\"", name);
	escape(value, out);
	text_printf(out, "\"");
}

struct sums {
	unsigned tests, failures, errors, skipped;
	double seconds;
};

static const struct kind {
	const char *outcome, *element;
	size_t counter;
} kinds[] = {
	{ "pass", NULL, offsetof(struct sums, tests) }, /* counted there anyway */
	{ "xfail", "skipped", offsetof(struct sums, skipped) },
	{ "skip", "skipped", offsetof(struct sums, skipped) },
	{ "fail", "failure", offsetof(struct sums, failures) },
	{ "broken", "error", offsetof(struct sums, errors) },
};

/* One testcase; what is wrong stands in the message, once. */
static void testcase(const char *suite, const char *name, const char *outcome, const char *why,
		     struct sums *sums, struct text *out)
{
	const struct kind *k = kinds;

	while (k < kinds + ARRAY_SIZE(kinds) - 1 && strcmp(k->outcome, outcome) != 0)
		k++; /* an outcome that is none is as bad as broken */
	auto_free char *message =
		xasprintf("%s%s", strcmp(outcome, "xfail") ? "" : "expected to fail: ", why);
	sums->tests++;
	text_printf(out, "\t\t<testcase");
	attribute("classname", suite, out);
	attribute("name", name, out);
	if (!k->element) {
		text_printf(out, "/>\n");
		return;
	}
	++*(unsigned *)((char *)sums + k->counter);
	text_printf(out, ">\n\t\t\t<%s", k->element);
	attribute("message", message, out);
	if (!strcmp(k->element, "skipped")) {
		text_printf(out, "/>\n\t\t</testcase>\n");
		return;
	}
	attribute("type", outcome, out);
	text_printf(out, "/>\n\t\t</testcase>\n");
}

static void property(const char *name, const char *value, struct text *out)
{
	text_printf(out, "\t\t\t<property");
	attribute("name", name, out);
	attribute("value", value, out);
	text_printf(out, "/>\n");
}

static void properties(const json_t *result, struct text *out)
{
	auto_free char *seed =
		xasprintf("%" JSON_INTEGER_FORMAT,
			  json_integer_value(json_object_get(json_object_get(result, "inputs"), "seed")));

	text_printf(out, "\t\t<properties>\n");
	property("topology", json_word(json_object_get(result, "topology"), "name"), out);
	property("kernel", json_word(json_object_get(result, "kernel"), "release"), out);
	property("qemu", json_word(json_object_get(result, "qemu"), "version"), out);
	property("engine", json_word(result, "engine"), out);
	property("seed", seed, out);
	property("digest", json_word(result, "digest"), out);
	text_printf(out, "\t\t</properties>\n");
}

static void counts(const struct sums *s, struct text *out)
{
	text_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\"", s->tests, s->failures, s->errors);
}

static void suite(const char *name, const json_t *result, const struct sums *s, const struct text *cases,
		  struct sums *all, struct text *out)
{
	text_printf(out, "\t<testsuite");
	attribute("name", name, out);
	counts(s, out);
	text_printf(out, " skipped=\"%u\" time=\"%.3f\">\n", s->skipped, s->seconds);
	if (result)
		properties(result, out);
	text_printf(out, "%s\t</testsuite>\n", text_str(cases));
	all->tests += s->tests;
	all->failures += s->failures;
	all->errors += s->errors;
	all->seconds += s->seconds;
}

static void workload(const char *run, const json_t *result, const json_t *w, struct sums *all,
		     struct text *out)
{
	auto_free char *name = xasprintf("%s %s", run, json_word(w, "name"));
	const json_t *machines = json_object_get(json_object_get(result, "host"), "machines");
	const json_t *machine = json_object_get(machines, json_word(w, "name"));
	struct sums s = { .seconds = (double)json_integer_value(json_object_get(machine, "wall_ns")) / 1e9 };
	auto_text struct text cases = { 0 };
	size_t i;
	json_t *c;

	json_array_foreach (json_object_get(w, "checks"), i, c) {
		auto_text struct text fact = { 0 };

		report_fact(c, &fact);
		testcase(name, json_word(c, "name"), json_word(c, "outcome"), text_str(&fact), &s, &cases);
	}
	if (!i)
		testcase(name, json_word(w, "name"), json_word(w, "outcome"), json_word(w, "why"), &s,
			 &cases);
	suite(name, result, &s, &cases, all, out);
}

void report_junit(const json_t *runs, struct text *out)
{
	auto_text struct text suites = { 0 };
	struct sums all = { 0 };
	size_t i, k;
	json_t *r, *w;

	json_array_foreach (runs, i, r) {
		const json_t *result = json_object_get(r, "result");
		auto_json json_t *entries = result_entries(result);
		auto_text struct text cases = { 0 };
		struct sums s = { 0 };

		if (!result) {
			testcase(json_word(r, "name"), "run", json_word(r, "outcome"), json_word(r, "why"),
				 &s, &cases);
			suite(json_word(r, "name"), NULL, &s, &cases, &all, &suites);
		}
		json_array_foreach (entries, k, w) {
			workload(json_word(r, "name"), result, w, &all, &suites);
		}
	}
	text_printf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"numarig\"");
	counts(&all, out);
	text_printf(out, " time=\"%.3f\">\n%s</testsuites>\n", all.seconds, text_str(&suites));
}
