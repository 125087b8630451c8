/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "report/nids.h"
#include "report/plain.h"
#include "report/text.h"
#include "wire/procfs.h"
#include "workloads/workload.h"
#include "report/sums.h"

#define COLUMN 9

void report_outcome(const char *outcome, bool colour, struct text *out)
{
	static const struct {
		const char *outcome, *colour;
	} colours[] = {
		{ "pass", "32" }, { "xfail", "33" }, { "skip", "36" }, { "fail", "31" }, { "broken", "35" }
	};
	char word[16];
	size_t n = strnlen(outcome, sizeof(word) - 1);

	for (size_t i = 0; i < n; i++)
		word[i] = (char)toupper((unsigned char)outcome[i]);
	word[n] = 0;
	for (size_t i = 0; colour && i < ARRAY_SIZE(colours); i++)
		if (!strcmp(colours[i].outcome, outcome)) {
			text_printf(out, "\033[%sm%-6s\033[0m", colours[i].colour, word);
			return;
		}
	text_printf(out, "%-6s", word);
}

static const char *about(const char *name)
{
	size_t n = strcspn(name, "#");

	for (const struct workload_entry *e = workload_table; e->name; e++)
		if (strlen(e->name) == n && !memcmp(e->name, name, n))
			return e->w->about;
	return "a program of the user's";
}

/* The nodes that any metric of the workload names. */
static void nodes_of(const json_t *metrics, struct idset *nodes)
{
	size_t i;
	json_t *m;

	memset(nodes, 0, sizeof(*nodes));
	json_array_foreach (metrics, i, m) {
		json_t *nid = json_object_get(m, "nid");

		if (json_is_integer(nid))
			idset_add(nodes, (unsigned)json_integer_value(nid));
	}
}

/* The values of one metric, from its first entry on; returns the position behind its last. */
static size_t metric_line(const json_t *metrics, size_t i, const struct idset *nodes, struct text *out)
{
	json_t *first = json_array_get(metrics, i);
	const char *name = json_word(first, "name");
	auto_text struct text cells = { 0 };
	size_t from = i;
	json_t *m;

	if (!json_is_integer(json_object_get(first, "nid"))) {
		text_printf(out, "  %-22s %-8s %*" JSON_INTEGER_FORMAT "%s\n", name, json_word(first, "unit"),
			    COLUMN - 1, json_integer_value(json_object_get(first, "value")),
			    json_is_true(json_object_get(first, "timing")) ? "  (depends on timing)" : "");
		return i + 1;
	}
	idset_foreach (nid, nodes) {
		m = json_array_get(metrics, i);
		if (m && !strcmp(json_word(m, "name"), name) &&
		    json_integer_value(json_object_get(m, "nid")) == (json_int_t)nid) {
			text_printf(&cells, " %*" JSON_INTEGER_FORMAT, COLUMN - 1,
				    json_integer_value(json_object_get(m, "value")));
			i++;
		} else {
			text_printf(&cells, "%*s", COLUMN, "-");
		}
	}
	text_printf(out, "  %-22s %-8s%s\n", name, json_word(first, "unit"), text_str(&cells));
	return i > from ? i : i + 1; /* a node that no set holds: of a file that is not ours */
}

static void metrics_table(const json_t *metrics, const json_t *nids, struct text *out)
{
	struct idset nodes;

	nodes_of(metrics, &nodes);
	if (idset_count(&nodes)) {
		text_printf(out, "  %-22s %-8s", "", "");
		idset_foreach (nid, &nodes) {
			text_printf(out, "%*s%3u", COLUMN - 3, "node", nid);
		}
		text_printf(out, "\n");
		report_nids_row(nids, &nodes, 33, COLUMN, out);
	}
	for (size_t i = 0; i < json_array_size(metrics);)
		i = metric_line(metrics, i, &nodes, out);
}

/* "again on node 0 is 128, expected 0" */
static bool tells_both(const char *why, const char *actual)
{
	auto_free char *is = xasprintf(" is %s, expected ", actual);

	return strstr(why, is) != NULL;
}

void report_fact(const json_t *check, struct text *out)
{
	const char *why = json_word(check, "why"), *expected = json_word(check, "expected"),
		   *actual = json_word(check, "actual");

	text_printf(out, "%s", why);
	/* of other outcomes the words are those of a comparison that holds, which is not the reason */
	if (!strcmp(json_word(check, "outcome"), "fail") && *expected && !tells_both(why, actual))
		text_printf(out, "%sis %s, expected %s", *why ? ": " : "", actual, expected);
}

/* Of `full` all of them: those of no row are every workload's, one line for all that pass. Else those that do not pass. */
static void checks_lines(const json_t *checks, bool full, bool colour, struct text *out)
{
	auto_text struct text sound = { 0 };
	size_t i;
	json_t *c;

	json_array_foreach (checks, i, c) {
		bool passes = !strcmp(json_word(c, "outcome"), "pass");

		if (passes && !full)
			continue;
		if (passes && !*json_word(c, "rows")) {
			text_printf(&sound, "%s%s", sound.len ? ", " : "", json_word(c, "name"));
			continue;
		}
		text_printf(out, "  ");
		report_outcome(json_word(c, "outcome"), colour, out);
		text_printf(out, " %-22s %-9s ", json_word(c, "name"), json_word(c, "rows"));
		report_fact(c, out);
		text_printf(out, "\n");
	}
	if (sound.len) {
		text_printf(out, "  ");
		report_outcome("pass", colour, out);
		text_printf(out, " %s\n", sound.s);
	}
}

void report_judged(const json_t *w, const json_t *nids, enum report_level level, bool colour,
		   struct text *out)
{
	if (level == REPORT_FULL)
		metrics_table(json_object_get(w, "metrics"), nids, out);
	if (level != REPORT_BRIEF)
		checks_lines(json_object_get(w, "checks"), level == REPORT_FULL, colour, out);
}

void report_facts(const json_t *w, const char *indent, struct text *out)
{
	json_int_t cut = json_integer_value(json_object_get(w, "output_cut_bytes")),
		   kept = json_integer_value(json_object_get(w, "output_bytes"));
	size_t i;
	json_t *k;

	json_array_foreach (json_object_get(w, "knobs_differ"), i, k) {
		if (*json_word(k, "why"))
			text_printf(out, "%sknob %s: %s\n", indent, json_word(k, "name"),
				    json_word(k, "why"));
		else
			text_printf(out, "%sknob %s was set to %s and reads %s\n", indent,
				    json_word(k, "name"), json_word(k, "asked"), json_word(k, "got"));
	}
	if (cut)
		text_printf(out,
			    "%sits output was cut: %" JSON_INTEGER_FORMAT
			    " bytes of it were kept, which is the limit, and %" JSON_INTEGER_FORMAT
			    " more were dropped\n",
			    indent, kept, cut);
	if (json_is_true(json_object_get(w, "kernel_log_cut")))
		text_printf(out,
			    "%sthe kernel's log was cut: its first 256 KiB were kept, which is the limit\n",
			    indent);
}

static void took(const json_t *w, const json_t *host, struct text *out)
{
	const json_t *machine = json_object_get(json_object_get(host, "machines"), json_word(w, "name"));
	double wall = (double)json_integer_value(json_object_get(machine, "wall_ns")) / 1e9;
	double virt = (double)json_integer_value(json_object_get(w, "virtual_ns")) / 1e9;
	json_int_t insns = json_integer_value(json_object_get(w, "instructions"));

	text_printf(out, "  took %.2f s", wall);
	if (insns)
		text_printf(out, " (%.2f s of virtual time, %.1f M instructions)", virt, (double)insns / 1e6);
	text_printf(out, "\n\n");
}

static void all_of_it(const json_t *w, const json_t *host, const json_t *nids, bool colour, struct text *out)
{
	report_outcome(json_word(w, "outcome"), colour, out);
	text_printf(out, " %s: %s\n", json_word(w, "name"), about(json_word(w, "name")));
	if (*json_word(w, "why"))
		text_printf(out, "  %s\n", json_word(w, "why"));
	report_facts(w, "  ", out);
	report_judged(w, nids, REPORT_FULL, colour, out);
	took(w, host, out);
}

static void one_line(const json_t *w, const json_t *host, bool colour, struct text *out)
{
	const json_t *machine = json_object_get(json_object_get(host, "machines"), json_word(w, "name"));
	const json_t *wall = json_object_get(machine, "wall_ns");
	const char *why = json_word(w, "why");
	bool skip = !strcmp(json_word(w, "outcome"), "skip");

	report_outcome(json_word(w, "outcome"), colour, out);
	text_printf(out, " %-22s ", json_word(w, "name"));
	if (wall)
		text_printf(out, "%6.2f s", (double)json_integer_value(wall) / 1e9);
	else
		text_printf(out, "%8s", "");
	text_printf(out, "  %s\n", skip && *why ? why : about(json_word(w, "name")));
	if (*why && !skip)
		text_printf(out, "  %s\n", why);
	report_facts(w, "  ", out);
	report_judged(w, NULL, REPORT_USUAL, colour, out);
}

void report_workload(const json_t *given, const json_t *given_host, const json_t *nids,
		     enum report_level level, bool colour, struct text *out)
{
	auto_json json_t *w = report_plain(given), *host = report_plain(given_host);

	if (report_cut_short(w, host))
		return; /* report_end names them all in one line */
	if (level == REPORT_FULL)
		all_of_it(w, host, nids, colour, out);
	else if (level == REPORT_USUAL)
		one_line(w, host, colour, out);
}
