/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/mission.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "judge/judge.h"
#include "report/plain.h"
#include "report/mission_rows.h"

#define SCHEMA 1

bool mission_names(const char *rows, const char *id)
{
	size_t n = strlen(id);

	for (const char *at = rows; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == n && !memcmp(at, id, n))
			return true;
	return false;
}

static bool proves(const struct workload *w, const char *id)
{
	wl_foreach (e, &w->expects)
		if (mission_names(e->rows, id))
			return true;
	return false;
}

/* "bind#2" is the second entry of bind. */
static bool is_of(const json_t *entry, const char *workload)
{
	const char *name = json_word(entry, "name");
	size_t n = strlen(workload);

	return !strncmp(name, workload, n) && (!name[n] || name[n] == '#');
}

struct found {
	bool any;
	enum outcome outcome;
	int checks;
	json_t *number; /* borrowed: the metric's entry */
};

static void join(struct found *f, const char *outcome)
{
	int o = outcome_find(outcome);

	f->outcome = f->any  ? outcome_join(f->outcome, o < 0 ? OUTCOME_BROKEN : (enum outcome)o)
		     : o < 0 ? OUTCOME_BROKEN
			     : (enum outcome)o;
	f->any = true;
}

static void take_number(struct found *f, const json_t *entry, const char *metric)
{
	json_t *m;
	size_t i;

	json_array_foreach (json_object_get(entry, "metrics"), i, m) {
		if (strcmp(json_word(m, "name"), metric) != 0)
			continue;
		if (!f->number || json_integer_value(json_object_get(m, "value")) >
					  json_integer_value(json_object_get(f->number, "value")))
			f->number = m;
	}
}

/* What one workload of one result says of a row. Without checks (skipped, broken) it is the workload's own outcome. */
static void take_entry(struct found *f, const json_t *entry, const struct mission_row *row)
{
	json_t *checks = json_object_get(entry, "checks"), *c;
	size_t i;

	if (!json_array_size(checks))
		join(f, json_word(entry, "outcome"));
	json_array_foreach (checks, i, c) {
		if (!mission_names(json_word(c, "rows"), row->id))
			continue;
		join(f, json_word(c, "outcome"));
		f->checks++;
	}
	if (is_of(entry, row->workload))
		take_number(f, entry, row->metric);
}

static json_t *row_on(const json_t *results, const char *kernel, const struct mission_row *row)
{
	struct found f = { .outcome = OUTCOME_SKIP };
	json_t *r, *entry;
	size_t i, k;

	json_array_foreach (results, i, r) {
		if (strcmp(json_word(r, "kernel"), kernel) != 0)
			continue;
		json_array_foreach (json_object_get(json_object_get(r, "result"), "workloads"), k, entry) {
			for (const struct workload_entry *e = workload_table; e->name; e++)
				if (is_of(entry, e->name) && proves(e->w, row->id))
					take_entry(&f, entry, row);
		}
	}
	/* what nobody ran is not what the kernel lacks */
	json_t *o = json_pack("{s:s, s:i}", "outcome", outcome_name(f.any ? f.outcome : OUTCOME_BROKEN),
			      "checks", f.checks);
	if (f.number)
		json_object_set_new(o, "number",
				    json_pack("{s:s, s:s, s:O, s:O}", "metric", json_word(f.number, "name"),
					      "unit", json_word(f.number, "unit"), "nid",
					      json_object_get(f.number, "nid"), "value",
					      json_object_get(f.number, "value")));
	return o;
}

/* Each kernel once, in the order it came, with what was run on it. */
static json_t *kernels_of(const json_t *results)
{
	json_t *all = json_array(), *r, *k;
	size_t i, j;

	json_array_foreach (results, i, r) {
		json_t *result = json_object_get(r, "result"), *mine = NULL;

		json_array_foreach (all, j, k) {
			if (!strcmp(json_word(k, "name"), json_word(r, "kernel")))
				mine = k;
		}
		if (!mine) {
			mine = json_pack("{s:s, s:s, s:[]}", "name", json_word(r, "kernel"), "release",
					 json_word(json_object_get(result, "kernel"), "release"), "runs");
			json_array_append_new(all, mine);
		}
		json_array_append_new(json_object_get(mine, "runs"),
				      json_pack("{s:s, s:s}", "topology",
						json_word(json_object_get(result, "topology"), "name"),
						"digest", json_word(result, "digest")));
	}
	return all;
}

json_t *mission_make(const json_t *results)
{
	json_t *kernels = kernels_of(results), *rows = json_array(), *k;
	size_t i;

	for (const struct mission_row *row = mission_rows; row->id; row++) {
		json_t *by = json_object(), *workloads = json_array();

		for (const struct workload_entry *e = workload_table; e->name; e++)
			if (proves(e->w, row->id))
				json_array_append_new(workloads, json_string(e->name));
		json_array_foreach (kernels, i, k) {
			json_object_set_new(by, json_word(k, "name"),
					    row_on(results, json_word(k, "name"), row));
		}
		json_array_append_new(rows, json_pack("{s:s, s:s, s:o, s:o}", "row", row->id, "statement",
						      row->statement, "workloads", workloads, "kernels", by));
	}
	return json_pack("{s:i, s:o, s:o}", "schema", SCHEMA, "kernels", kernels, "rows", rows);
}

enum outcome mission_outcome(const json_t *mission)
{
	enum outcome worst = OUTCOME_PASS;
	json_t *row, *on;
	const char *kernel;
	size_t i;

	json_array_foreach (json_object_get(mission, "rows"), i, row) {
		enum outcome all = OUTCOME_SKIP;

		json_object_foreach (json_object_get(row, "kernels"), kernel, on) {
			int o = outcome_find(json_word(on, "outcome"));

			all = outcome_join(all, o < 0 ? OUTCOME_BROKEN : (enum outcome)o);
		}
		worst = outcome_join(worst, all == OUTCOME_SKIP ? OUTCOME_FAIL : all);
	}
	return worst;
}

/* --- views ---------------------------------------------------------------------------------------------------------- */
static void upper(const char *word, struct text *out)
{
	for (; *word; word++)
		text_printf(out, "%c", toupper((unsigned char)*word));
}

static void workload_names(const json_t *row, struct text *out)
{
	const char *sep = "";
	json_t *w;
	size_t i;

	json_array_foreach (json_object_get(row, "workloads"), i, w) {
		text_printf(out, "%s%s", sep, json_string_value(w));
		sep = ", ";
	}
}

/* The number of the last kernel that has one: the newest of those named first to last. */
static void number(const json_t *row, struct text *out)
{
	json_t *on, *n = NULL;
	const char *kernel, *of = "";

	json_object_foreach (json_object_get(row, "kernels"), kernel, on) {
		json_t *has = json_object_get(on, "number");

		if (json_is_integer(json_object_get(has, "value")) && (!n || strcmp(kernel, "lab") != 0)) {
			n = has;
			of = kernel;
		}
	}
	if (!n)
		return;
	text_printf(out, "%s %" JSON_INTEGER_FORMAT, json_word(n, "metric"),
		    json_integer_value(json_object_get(n, "value")));
	if (strcmp(json_word(n, "unit"), "1") != 0)
		text_printf(out, " %s", json_word(n, "unit"));
	if (json_is_integer(json_object_get(n, "nid")))
		text_printf(out, " on node %" JSON_INTEGER_FORMAT,
			    json_integer_value(json_object_get(n, "nid")));
	text_printf(out, " (%s)", of);
}

void mission_text(const json_t *given, bool colour, struct text *out)
{
	auto_json json_t *mission = report_plain(given);
	json_t *row, *k;
	size_t i, j;

	text_printf(out, "%-4s", "row");
	json_array_foreach (json_object_get(mission, "kernels"), j, k) {
		text_printf(out, " %-7s", json_word(k, "name"));
	}
	text_printf(out, " statement\n");
	json_array_foreach (json_object_get(mission, "rows"), i, row) {
		auto_text struct text names = { 0 }, value = { 0 };

		text_printf(out, "%-4s", json_word(row, "row"));
		json_array_foreach (json_object_get(mission, "kernels"), j, k) {
			const char *o = json_word(
				json_object_get(json_object_get(row, "kernels"), json_word(k, "name")),
				"outcome");
			bool bad = !strcmp(o, "fail") || !strcmp(o, "broken");
			auto_text struct text word = { 0 };

			upper(strcmp(o, "skip") ? o : "-", &word);
			text_printf(out, " %s%-7s%s", colour && bad ? "\033[31m" : "", text_str(&word),
				    colour && bad ? "\033[0m" : "");
		}
		workload_names(row, &names);
		number(row, &value);
		text_printf(out, " %s\n%*s%s: %s\n", json_word(row, "statement"),
			    5 + 8 * (int)json_array_size(json_object_get(mission, "kernels")), "",
			    text_str(&names), text_str(&value));
	}
}

void mission_markdown(const json_t *given, struct text *out)
{
	auto_json json_t *mission = report_plain(given);
	json_t *row, *k;
	size_t i, j;

	text_printf(
		out,
		"# What the suite shows\n\nMade by `make mission`; do not edit. PASS: so it is. XFAIL: so it is, "
		"and it breaks what a user asked for.\nA dash: the kernel has not what it takes. The number is one "
		"metric of the run, the largest over the nodes.\n\n");
	text_printf(out, "| row | statement | workloads |");
	json_array_foreach (json_object_get(mission, "kernels"), j, k) {
		text_printf(out, " %s |", json_word(k, "name"));
	}
	text_printf(out, " number |\n|---|---|---|");
	for (j = 0; j < json_array_size(json_object_get(mission, "kernels")); j++)
		text_printf(out, "---|");
	text_printf(out, "---|\n");
	json_array_foreach (json_object_get(mission, "rows"), i, row) {
		text_printf(out, "| %s | %s | ", json_word(row, "row"), json_word(row, "statement"));
		workload_names(row, out);
		text_printf(out, " |");
		json_array_foreach (json_object_get(mission, "kernels"), j, k) {
			const char *o = json_word(
				json_object_get(json_object_get(row, "kernels"), json_word(k, "name")),
				"outcome");

			text_printf(out, " ");
			upper(strcmp(o, "skip") ? o : "-", out);
			text_printf(out, " |");
		}
		text_printf(out, " ");
		number(row, out);
		text_printf(out, " |\n");
	}
	text_printf(out, "\nRun on:\n\n");
	json_array_foreach (json_object_get(mission, "kernels"), j, k) {
		json_t *r;

		json_array_foreach (json_object_get(k, "runs"), i, r) {
			text_printf(out, "- %s (%s), %s: digest %s\n", json_word(k, "name"),
				    json_word(k, "release"), json_word(r, "topology"),
				    json_word(r, "digest"));
		}
	}
}
