/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/whole.h"

#include "base/auto.h"
#include "report/nids.h"
#include "report/plain.h"
#include "report/trace.h"
#include "report/sums.h"

void report_head(const json_t *given, struct text *out)
{
	auto_json json_t *r = report_plain(given);
	auto_text struct text nids = { 0 };

	text_printf(out, "%s on Linux %s, engine %s, QEMU %s, seed %" JSON_INTEGER_FORMAT "\n",
		    json_word(json_object_get(r, "topology"), "name"),
		    json_word(json_object_get(r, "kernel"), "release"), json_word(r, "engine"),
		    json_word(json_object_get(r, "qemu"), "version"),
		    json_integer_value(json_object_get(json_object_get(r, "inputs"), "seed")));
	report_nids(json_object_get(r, "nids"), &nids);
	text_printf(out, "%s%s\n", text_str(&nids), nids.len ? "\n" : "");
}

void report_end(const json_t *result, const char *dir, const struct report_how *how, struct text *out)
{
	const json_t *trace = json_object_get(result, "trace");

	if (how->level == REPORT_USUAL || (trace && how->level == REPORT_FULL))
		text_printf(out, "\n");
	if (trace && how->level != REPORT_BRIEF)
		report_trace(trace, how->regions, how->level, how->colour, out);
	report_sums(json_object_get(result, "workloads"), json_object_get(result, "host"), "workload", out);
	if (trace) /* a verdict of its own, which the exit code has, too */
		report_sums(json_object_get(trace, "workloads"), NULL, "trace", out);
	auto_json json_t *digest = report_plain(json_object_get(result, "digest"));
	text_printf(out, "digest %s\n", json_string_value(digest) ? json_string_value(digest) : "");
	if (dir)
		text_printf(out, "kept in %s\n", dir);
}

void report_result(const json_t *result, const char *dir, const struct report_how *how, struct text *out)
{
	size_t i;
	json_t *w;

	report_head(result, out);
	json_array_foreach (json_object_get(result, "workloads"), i, w) {
		report_workload(w, json_object_get(result, "host"), json_object_get(result, "nids"),
				how->level, how->colour, out);
	}
	report_end(result, dir, how, out);
}
