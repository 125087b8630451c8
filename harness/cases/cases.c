/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cases/cases.h"

#include <errno.h>
#include <string.h>

#include "base/auto.h"
#include "base/parse.h"
#include "report/plain.h"

#define CELLS_MOST 100000 /* of a table */

static enum case_answer answer_of(const json_t *row)
{
	enum case_answer a = case_answer_of(json_word(row, "answer"));

	return a == CASE_ANSWERS ? CASE_CANNOT_TELL : a;
}

static bool differs(const json_t *row)
{
	return json_is_false(json_object_get(row, "agrees"));
}

void cases_count(const json_t *rows, struct cases_count *out)
{
	const json_t *row;
	size_t i;

	*out = (struct cases_count){ 0 };
	json_array_foreach (rows, i, row) {
		out->of[answer_of(row)]++;
		out->differ += differs(row);
		out->unknown +=
			answer_of(row) == CASE_CANNOT_TELL && !json_is_true(json_object_get(row, "agrees"));
	}
}

static void line(const json_t *row, struct text *out)
{
	enum case_answer a = answer_of(row);
	const char *options = json_word(row, "options");

	text_printf(out, "  %-28s %-12s %s%s%s%s\n", json_word(row, "kernel"), case_answer_words(a),
		    a == CASE_CANNOT_TELL ? json_word(row, "why") : json_word(row, "decides"),
		    *options ? "  (" : "", options, *options ? ")" : "");
	if (differs(row)) {
		enum case_answer e = case_answer_of(json_word(row, "expected"));

		text_printf(out, "  %-28s EXPECTED     %s: %s\n", "",
			    e < CASE_ANSWERS ? case_answer_words(e) : "?", json_word(row, "expected_values"));
	}
	if (differs(row) || a == CASE_CANNOT_TELL)
		text_printf(out, "  %-28s alone:       %s\n", "", json_word(row, "command"));
}

void cases_text(const json_t *given, struct text *out)
{
	auto_json json_t *rows = report_plain(given);
	const char *before = "";
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (strcmp(before, json_word(row, "case")) != 0)
			text_printf(out, "%s\n", json_word(row, "case"));
		before = json_word(row, "case");
		line(row, out);
	}
}

/* --- a table ---------------------------------------------------------------------------------------------------------- */
static void cell(const char *s, struct text *out)
{
	for (; *s; s++)
		text_printf(out, strchr("|*_`<\\", *s) ? "\\%c" : "%c", *s);
}

/* What a row of the table is of: other options, other answers. */
static char *row_name(const json_t *row)
{
	const char *options = json_word(row, "options");

	return xasprintf("%s%s%s%s", json_word(row, "case"), *options ? " (" : "", options,
			 *options ? ")" : "");
}

static void table_row(const char *name, const json_t *of, json_t *kernels, struct text *out)
{
	const char *kernel;
	json_t *unused;

	text_printf(out, "| ");
	cell(name, out);
	text_printf(out, " |");
	json_object_foreach (kernels, kernel, unused) {
		const json_t *row = json_object_get(of, kernel);

		if (!row) {
			text_printf(out, " |");
			continue;
		}
		enum case_answer a = answer_of(row);
		text_printf(out, " %s%s: ", differs(row) ? "**differs** " : "", case_answer_words(a));
		cell(a == CASE_CANNOT_TELL ? json_word(row, "why") : json_word(row, "decides"), out);
		text_printf(out, " |");
	}
	text_printf(out, "\n");
}

/* The rows by what they are of and their kernel, each in the order in which it first came. */
static void table_rows(const json_t *rows, json_t *names, json_t *kernels)
{
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		auto_free char *name = row_name(row);
		json_t *of = json_object_get(names, name);

		if (!of) {
			of = json_object();
			json_object_set_new(names, name, of);
		}
		if (!json_object_get(of, json_word(row, "kernel")))
			json_object_set(of, json_word(row, "kernel"), row);
		json_object_set_new(kernels, json_word(row, "kernel"), json_true());
	}
}

int cases_markdown(const json_t *given, struct text *out, struct err *err)
{
	auto_json json_t *rows = report_plain(given), *names = json_object(), *kernels = json_object();
	json_t *of, *unused;
	const char *name;

	table_rows(rows, names, kernels);
	if (json_object_size(kernels) && json_object_size(names) > CELLS_MOST / json_object_size(kernels))
		return err_set(err, -EINVAL,
			       "a table of %zu cases and %zu kernels is none to read: want fewer",
			       json_object_size(names), json_object_size(kernels));
	text_printf(out, "| case |");
	json_object_foreach (kernels, name, unused) {
		text_printf(out, " ");
		cell(name, out);
		text_printf(out, " |");
	}
	text_printf(out, "\n|---|");
	for (size_t i = 0; i < json_object_size(kernels); i++)
		text_printf(out, "---|");
	text_printf(out, "\n");
	json_object_foreach (names, name, of) {
		table_row(name, of, kernels, out);
	}
	return 0;
}

/* --- from a file ------------------------------------------------------------------------------------------------------ */
static int row_check(const json_t *row, struct err *err)
{
	static const char *const texts[] = { "case",	       "kernel",  "answer",  "release",
					     "topology",       "options", "decides", "why",
					     "command",	       "version", "digest",  "expected",
					     "expected_values" };
	const json_t *agrees = json_object_get(row, "agrees"), *expected = json_object_get(row, "expected");

	if (!json_is_object(row))
		return err_set(err, -EINVAL, "want an object, this is %s", parse_kind(row));
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const json_t *v = json_object_get(row, texts[i]);

		if (!v && i < 3)
			return err_set(err, -EINVAL, "has no \"%s\"", texts[i]);
		if (v && !json_is_string(v))
			return err_set(err, -EINVAL, "%s: want text, this is %s", texts[i], parse_kind(v));
	}
	if (case_answer_of(json_word(row, "answer")) == CASE_ANSWERS ||
	    (expected && case_answer_of(json_word(row, "expected")) == CASE_ANSWERS))
		return err_set(err, -EINVAL, "want \"shows\", \"does_not\" or \"cannot_tell\" for an answer");
	if (agrees && !json_is_boolean(agrees) && !json_is_null(agrees))
		return err_set(err, -EINVAL, "agrees: want true or false, this is %s", parse_kind(agrees));
	return 0;
}

int cases_parse(const char *text, size_t len, json_t **rows, struct err *err)
{
	auto_json json_t *all = parse_text(text, len, CASES_MOST, err);
	const json_t *row;
	size_t i;

	*rows = NULL;
	if (!all)
		return err->code;
	if (!json_is_array(all))
		return err_set(err, -EINVAL, "want an array of answers, as `repro --json` prints it");
	json_array_foreach (all, i, row) {
		if (row_check(row, err))
			return err_prefix(err, "answer %zu", i + 1);
	}
	*rows = json_incref(all);
	return 0;
}
