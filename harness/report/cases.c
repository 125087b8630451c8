/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/cases.h"

#include <string.h>

#include "base/auto.h"
#include "report/plain.h"

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
		out->untold +=
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

static bool listed(const struct strlist *l, const char *s)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->v[i], s))
			return true;
	return false;
}

static const json_t *row_for(const json_t *rows, const char *name, const char *kernel)
{
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (!strcmp(json_word(row, "case"), name) && !strcmp(json_word(row, "kernel"), kernel))
			return row;
	}
	return NULL;
}

static void table_row(const json_t *rows, const char *name, const struct strlist *kernels, struct text *out)
{
	text_printf(out, "| %s |", name);
	for (size_t i = 0; i < kernels->n; i++) {
		const json_t *row = row_for(rows, name, kernels->v[i]);

		if (!row) {
			text_printf(out, " |");
			continue;
		}
		enum case_answer a = answer_of(row);
		text_printf(out, " %s%s%s: ", differs(row) ? "**differs** " : "", case_answer_words(a), "");
		cell(a == CASE_CANNOT_TELL ? json_word(row, "why") : json_word(row, "decides"), out);
		text_printf(out, " |");
	}
	text_printf(out, "\n");
}

void cases_markdown(const json_t *given, struct text *out)
{
	auto_json json_t *rows = report_plain(given);
	auto_strlist struct strlist kernels = { 0 };
	auto_strlist struct strlist names = { 0 };
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (!listed(&kernels, json_word(row, "kernel")))
			strlist_add(&kernels, "%s", json_word(row, "kernel"));
		if (!listed(&names, json_word(row, "case")))
			strlist_add(&names, "%s", json_word(row, "case"));
	}
	text_printf(out, "| case |");
	for (i = 0; i < kernels.n; i++)
		text_printf(out, " %s |", kernels.v[i]);
	text_printf(out, "\n|---|");
	for (i = 0; i < kernels.n; i++)
		text_printf(out, "---|");
	text_printf(out, "\n");
	for (i = 0; i < names.n; i++)
		table_row(rows, names.v[i], &kernels, out);
}
