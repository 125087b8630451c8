/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/compare_rows.h"

#include <stdint.h>
#include <string.h>

void comparing_add(struct comparing *c, enum compare_verdict v, json_t *row)
{
	json_t *n = json_object_get(c->counts, compare_name(v));

	json_integer_set(n, json_integer_value(n) + 1);
	c->verdict = v > c->verdict ? v : c->verdict;
	if (v == COMPARE_SAME) {
		json_decref(row);
		return;
	}
	json_object_set_new(row, "verdict", json_string(compare_name(v)));
	json_array_append_new(c->rows, row);
}

json_t *comparing_row(const char *workload, const char *what, const char *name, const json_t *was,
		      const json_t *is, const char *why)
{
	return json_pack("{s:s, s:s, s:s, s:n, s:s, s:b, s:O?, s:O?, s:s}", "workload", workload, "what",
			 what, "name", name, "nid", "unit", "", "timing", 0, "was", was, "is", is, "why",
			 why);
}

void comparing_one_sided(struct comparing *c, const char *workload, const char *what, const char *name,
			 const json_t *was, const json_t *is)
{
	bool outcome = !strcmp(what, "workload") || !strcmp(what, "check");
	bool wrong = outcome && was && comparing_worst(was) > OUTCOME_SKIP;

	comparing_add(c, is ? COMPARE_NEW : COMPARE_GONE,
		      comparing_row(workload, what, name, was, is,
				    wrong ? "was not right, and nobody looks any more: that is no improvement"
					  : ""));
}

json_t *comparing_both(const json_t *was, const json_t *is)
{
	json_t *all = json_object();

	json_object_update(all, (json_t *)(uintptr_t)was);
	json_object_update_missing(all, (json_t *)(uintptr_t)is);
	return all;
}

size_t comparing_runs(const json_t *summary)
{
	return json_array_size(json_object_get(summary, "runs"));
}
