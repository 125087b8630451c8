/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/series.h"

#include <string.h>

#include "base/auto.h"
#include "judge/judge.h"
#include "report/plain.h"
#include "report/text.h"
#include "report/sums.h"

/* "thp.enabled=never ksm.run=1", "-" for none: with the topology it names a row. */
static char *knobs_words(const json_t *cell)
{
	auto_text struct text t = { 0 };
	const char *knob;
	json_t *v;

	json_object_foreach (json_object_get(cell, "knobs"), knob, v) {
		text_printf(&t, "%s%s=%s", t.len ? " " : "", knob, json_string_value(v));
	}
	return xstrdup(t.len ? t.s : "-");
}

static bool in_row(const json_t *cell, const json_t *row)
{
	return !strcmp(json_word(cell, "topology"), json_word(row, "topology")) &&
	       json_equal(json_object_get(cell, "knobs"), json_object_get(row, "knobs"));
}

/* One place of the table: the worst outcome of its seeds, and of how many when they differ. */
static void place(const json_t *cells, const json_t *row, const char *kernel, bool colour, struct text *out)
{
	int worst = -1;
	unsigned n = 0, count = 0;
	size_t i;
	json_t *c;

	json_array_foreach (cells, i, c) {
		if (!in_row(c, row) || strcmp(json_word(c, "kernel"), kernel) != 0)
			continue;
		int o = outcome_find(json_word(c, "outcome"));
		int join = worst < 0 ? o : (int)outcome_join((enum outcome)worst, (enum outcome)o);

		count = (join == worst ? count : 0) + (o == join);
		worst = join;
		n++;
	}
	auto_free char *of = count < n ? xasprintf("%u of %u", count, n) : xstrdup("");
	text_printf(out, "  ");
	if (worst < 0)
		text_printf(out, "%-6s", "-");
	else
		report_outcome(outcome_name((enum outcome)worst), colour, out);
	text_printf(out, " %-*s", (int)(strlen(kernel) > 14 ? strlen(kernel) - 7 : 7), of);
}

static void table(const json_t *series, bool colour, struct text *out)
{
	const json_t *axes = json_object_get(series, "axes"), *cells = json_object_get(series, "cells");
	const json_t *kernels = json_object_get(axes, "kernels");
	int first = 10, second = 0;
	size_t i, k;
	json_t *c, *v;

	json_array_foreach (cells, i, c) {
		auto_free char *words = knobs_words(c);
		int a = (int)strlen(json_word(c, "topology")), b = (int)strlen(words);

		first = a > first ? a : first;
		second = b > second ? b : second;
	}
	text_printf(out, "%-*s  %-*s", first, "topology", second, second > 1 ? "knobs" : "");
	json_array_foreach (kernels, k, v) {
		text_printf(out, "  %-14s", json_string_value(v));
	}
	text_printf(out, "\n");
	json_array_foreach (cells, i, c) {
		auto_free char *words = knobs_words(c);
		size_t before = 0;

		while (before < i && !in_row(json_array_get(cells, before), c))
			before++;
		if (before < i)
			continue; /* that row was printed */
		text_printf(out, "%-*s  %-*s", first, json_word(c, "topology"), second,
			    second > 1 ? words : "");
		json_array_foreach (kernels, k, v) {
			place(cells, c, json_string_value(v), colour, out);
		}
		text_printf(out, "\n");
	}
}

static void one_failure(const json_t *cell, bool colour, struct text *out)
{
	size_t i;
	json_t *f;

	text_printf(out, "\n");
	report_outcome(json_word(cell, "outcome"), colour, out);
	text_printf(out, " %s\n", json_word(cell, "name"));
	if (*json_word(cell, "why"))
		text_printf(out, "  %s\n", json_word(cell, "why"));
	json_array_foreach (json_object_get(cell, "failing"), i, f) {
		text_printf(out, "  %s%s%s: ", json_word(f, "workload"), *json_word(f, "check") ? ": " : "",
			    json_word(f, "check"));
		report_fact(f, out);
		text_printf(out, "\n");
	}
	text_printf(out, "  alone: %s\n", json_word(cell, "command"));
}

/* What no check of a cell tells: a knob that reads otherwise than it was set, output that was cut. */
static void facts(const json_t *cells, struct text *out)
{
	size_t i, k;
	json_t *c, *fact;
	bool any = false;

	json_array_foreach (cells, i, c) {
		json_array_foreach (json_object_get(c, "facts"), k, fact) {
			text_printf(out, "%s%s: %s\n", any ? "" : "\n", json_word(c, "name"),
				    json_string_value(fact) ? json_string_value(fact) : "");
			any = true;
		}
	}
}

void report_series(const json_t *given, const char *dir, bool colour, struct text *out)
{
	auto_json json_t *series = report_plain(given);
	const json_t *cells = json_object_get(series, "cells");
	size_t i;
	json_t *c;

	table(series, colour, out);
	facts(cells, out);
	json_array_foreach (cells, i, c) {
		const char *o = json_word(c, "outcome");

		if (report_cut_short(c, NULL))
			continue; /* report_sums names them all in one line */
		if (!strcmp(o, "fail") || !strcmp(o, "broken"))
			one_failure(c, colour, out);
		else if (*json_word(c, "why"))
			text_printf(out, "\nSKIP   %s\n  %s\n", json_word(c, "name"), json_word(c, "why"));
	}
	text_printf(out, "\n");
	if (*json_word(series, "smallest"))
		text_printf(out, "the smallest that fails: %s\n", json_word(series, "smallest"));
	report_sums(cells, NULL, "cell", out);
	if (dir)
		text_printf(out, "kept in %s\n", dir);
}
