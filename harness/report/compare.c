/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/compare.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "report/plain.h"

/* From the worst on: what is looked for first. */
static const struct {
	const char *verdict, *colour;
} order[] = {
	{ "inexact", "35" }, { "worse", "31" }, { "changed", "33" }, { "better", "32" }, { "judged", "36" },
	{ "unknown", "36" }, { "gone", "33" },	{ "new", "36" },     { "apart", "36" },
};

#define DIGEST_WIDTH 16 /* its beginning will do */

/* "pass", "pass 4, fail 1", "128", "3 to 9", "nothing". */
static void value_words(const json_t *v, bool digest, struct text *out)
{
	const char *key, *sep = "";
	json_t *n;

	if (json_is_string(v))
		text_printf(out, "%.*s", digest ? DIGEST_WIDTH : INT_MAX, json_string_value(v));
	else if (json_is_integer(v))
		text_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_array(v))
		text_printf(out, "%" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT,
			    json_integer_value(json_array_get(v, 0)),
			    json_integer_value(json_array_get(v, 1)));
	else if (!json_is_object(v))
		text_printf(out, "nothing");
	json_object_foreach ((json_t *)(uintptr_t)v, key, n) {
		text_printf(out, "%s%s %" JSON_INTEGER_FORMAT, sep, key, json_integer_value(n));
		sep = ", ";
	}
}

static char *values(const json_t *row, const char *member)
{
	const char *what = json_word(row, "what");
	auto_text struct text t = { 0 };

	value_words(json_object_get(row, member), !strcmp(what, "records") || !strcmp(what, "trace"), &t);
	return xstrdup(text_str(&t));
}

/* "metric area on node 1", "check area-bound", "outcome". */
static char *what_words(const json_t *row)
{
	const json_t *nid = json_object_get(row, "nid");
	auto_text struct text t = { 0 };

	text_printf(&t, "%s%s%s", json_word(row, "what"), *json_word(row, "name") ? " " : "",
		    json_word(row, "name"));
	if (json_is_integer(nid))
		text_printf(&t, " on node %" JSON_INTEGER_FORMAT, json_integer_value(nid));
	return xstrdup(t.s);
}

static json_int_t count(const json_t *comparison, const char *verdict)
{
	return json_integer_value(json_object_get(json_object_get(comparison, "counts"), verdict));
}

static void side_words(const json_t *s, struct text *out)
{
	json_int_t runs = json_integer_value(json_object_get(s, "runs"));

	const char *release = json_word(s, "release"), *qemu = json_word(s, "qemu");

	text_printf(out, "Linux %s, QEMU %.*s, %" JSON_INTEGER_FORMAT " run%s", release,
		    (int)strcspn(qemu, " "), qemu, runs, runs == 1 ? "" : "s");
}

static void basis_words(const json_t *c, struct text *out)
{
	const char *differs = json_word(c, "differs"),
		   *engine = json_word(json_object_get(c, "was"), "engine");
	const char *basis = json_word(c, "basis");

	if (!strcmp(basis, "inputs"))
		text_printf(out, "the same inputs: to the unit where the seeds are the same");
	else if (!strcmp(basis, "hosts"))
		text_printf(out, "not the same %s: verdicts are compared, numbers are listed", differs);
	else if (!strcmp(basis, "builds"))
		text_printf(out, "not the same %s: what depends on timing by its spread over seeds", differs);
	else
		text_printf(out, "engine %s: by the spread over repeats", engine);
}

static void sum_words(const json_t *c, struct text *out)
{
	text_printf(out, "%s: ", json_word(c, "verdict"));
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (count(c, order[i].verdict))
			text_printf(out, "%" JSON_INTEGER_FORMAT " %s, ", count(c, order[i].verdict),
				    order[i].verdict);
	text_printf(out, "%" JSON_INTEGER_FORMAT " the same", count(c, "same"));
}

#define NAMED_MOST 6 /* changed verdicts that the first line names */

static bool is_verdict(const json_t *row, bool one_sided)
{
	const char *what = json_word(row, "what"), *v = json_word(row, "verdict");

	return (!strcmp(what, "outcome") || !strcmp(what, "check")) &&
	       (!strcmp(v, "new") || !strcmp(v, "gone")) == one_sided;
}

/* What most readers ask first: of workloads and checks that both sides have, which came to something else. */
static void verdict_words(const json_t *c, struct text *out)
{
	const json_t *rows = json_object_get(c, "rows");
	unsigned changed = 0, one_sided = 0;
	auto_text struct text names = { 0 };
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		one_sided += is_verdict(row, true) || !strcmp(json_word(row, "what"), "workload");
		if (!is_verdict(row, false) || ++changed > NAMED_MOST)
			continue;
		auto_free char *was = values(row, "was"), *is = values(row, "is");
		const char *name = json_word(row, "name");

		text_printf(&names, "%s%s%s%s (%s -> %s)", names.len ? ", " : "", json_word(row, "workload"),
			    *name ? " " : "", name, was, is);
	}
	if (!changed)
		text_printf(out, "no verdict changed");
	else
		text_printf(out, "%u verdict%s changed: %s", changed, changed == 1 ? "" : "s", names.s);
	if (changed > NAMED_MOST)
		text_printf(out, ", and %u more", changed - NAMED_MOST);
	if (one_sided)
		text_printf(out, "; %u that only one side has", one_sided);
}

/* What a row does not say, once for all that need it. */
static const struct {
	const char *verdict, *words;
} notes[] = {
	{ "judged", "it was broken, so there is no answer of before: it is neither better nor worse" },
	{ "unknown",
	  "depends on timing, and a single run has no spread; `run --seeds 5` on both sides tells" },
	{ "apart", "follows from QEMU and the guest's programs, which differ, as well as from the kernel" },
};

/* --- text --------------------------------------------------------------------------------------------------------------- */
static void row_text(const json_t *row, const char *colour, bool colours, struct text *out)
{
	auto_free char *was = values(row, "was"), *is = values(row, "is"), *what = what_words(row);

	const char *workload = json_word(row, "workload"), *unit = json_word(row, "unit"),
		   *why = json_word(row, "why");

	text_printf(out, colours ? "\033[%sm%-8s\033[0m" : "%.0s%-8s", colour, json_word(row, "verdict"));
	text_printf(out, " %s%s%s: %s -> %s", workload, *workload ? ": " : "", what, was, is);
	if (*unit && strcmp(unit, "1") != 0)
		text_printf(out, " %s", unit);
	text_printf(out, "%s\n", json_is_true(json_object_get(row, "timing")) ? " (timing)" : "");
	if (*why)
		text_printf(out, "         %s\n", why);
}

void report_compare(const json_t *given, const char *label, bool colour, struct text *out)
{
	auto_json json_t *c = report_plain(given);
	size_t i, k;
	json_t *row;

	auto_free char *name = xstrdup(label);

	text_plain(name);
	text_printf(out, "%s%sverdict  ", name, *name ? "\n" : "");
	verdict_words(c, out);
	text_printf(out, "\nwas      ");
	text_printf(out, "%s: ", json_word(json_object_get(c, "was"), "topology"));
	side_words(json_object_get(c, "was"), out);
	text_printf(out, "\nis       %s: ", json_word(json_object_get(c, "is"), "topology"));
	side_words(json_object_get(c, "is"), out);
	text_printf(out, "\nbasis    ");
	basis_words(c, out);
	text_printf(out, "\n\n");
	for (k = 0; k < ARRAY_SIZE(order); k++) {
		json_array_foreach (json_object_get(c, "rows"), i, row) {
			if (!strcmp(json_word(row, "verdict"), order[k].verdict))
				row_text(row, order[k].colour, colour, out);
		}
	}
	if (json_array_size(json_object_get(c, "rows")))
		text_printf(out, "\n");
	for (k = 0; k < ARRAY_SIZE(notes); k++)
		if (count(c, notes[k].verdict))
			text_printf(out, "%s: %s\n", notes[k].verdict, notes[k].words);
	sum_words(c, out);
	text_printf(out, "\n");
}

/* --- Markdown ------------------------------------------------------------------------------------------------------------ */
/* Nothing of it is markup: a table's bar, HTML, emphasis. */
static void plain(const char *words, struct text *out)
{
	for (const char *s = words; *s; s++)
		text_printf(out, strchr("|\\`*_<>[]&", *s) ? "\\%c" : "%c", *s);
}

static void row_markdown(const json_t *row, struct text *out)
{
	auto_free char *was = values(row, "was"), *is = values(row, "is"), *what = what_words(row);

	text_printf(out, "| %s | ", json_word(row, "verdict"));
	plain(json_word(row, "workload"), out);
	text_printf(out, " | ");
	plain(what, out);
	text_printf(out, "%s | ", json_is_true(json_object_get(row, "timing")) ? " (timing)" : "");
	plain(was, out);
	text_printf(out, " | ");
	plain(is, out);
	text_printf(out, " | ");
	plain(strcmp(json_word(row, "unit"), "1") ? json_word(row, "unit") : "", out);
	text_printf(out, " |\n");
}

void report_compare_markdown(const json_t *given, const char *label, struct text *out)
{
	auto_json json_t *c = report_plain(given);
	auto_free char *name = xstrdup(label);
	auto_text struct text was = { 0 }, is = { 0 }, basis = { 0 }, verdict = { 0 };
	size_t i, k;
	json_t *row;

	text_plain(name);
	text_printf(out, "### numarig compare: ");
	plain(*name ? name : json_word(json_object_get(c, "is"), "topology"), out);
	text_printf(out, ": %s\n\n- ", json_word(c, "verdict"));
	verdict_words(c, &verdict);
	plain(text_str(&verdict), out);
	text_printf(out, "\n- was: ");
	side_words(json_object_get(c, "was"), &was);
	side_words(json_object_get(c, "is"), &is);
	basis_words(c, &basis);
	plain(text_str(&was), out);
	text_printf(out, "\n- is: ");
	plain(text_str(&is), out);
	text_printf(out, "\n- ");
	plain(text_str(&basis), out);
	text_printf(out, "\n\n");
	if (json_array_size(json_object_get(c, "rows")))
		text_printf(out, "| | workload | what | was | is | unit |\n|---|---|---|---|---|---|\n");
	for (k = 0; k < ARRAY_SIZE(order); k++) {
		json_array_foreach (json_object_get(c, "rows"), i, row) {
			if (!strcmp(json_word(row, "verdict"), order[k].verdict))
				row_markdown(row, out);
		}
	}
	text_printf(out, "%s", json_array_size(json_object_get(c, "rows")) ? "\n" : "");
	sum_words(c, out);
	text_printf(out, "\n");
}
