/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/judged_json.h"

#include <string.h>

json_t *judged_checks_json(const struct judged *j)
{
	json_t *a = json_array();

	for (size_t i = 0; i < j->checks; i++) {
		const struct judged_check *c = &j->check[i];

		json_array_append_new(a, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", c->expect->name,
						   "rows", c->expect->rows, "outcome",
						   outcome_name(c->verdict.outcome), "expected",
						   c->verdict.expected, "actual", c->verdict.actual, "why",
						   c->verdict.why[0] ? c->verdict.why : c->expect->about));
	}
	return a;
}

static const struct wl_metric *metric_row(const struct wl_metrics *table, const char *name)
{
	wl_foreach (m, table)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}

json_t *judged_metrics_json(const struct wl_metrics *table, const struct judged *j)
{
	static const char *const better[] = { "same", "lower", "higher" };
	json_t *a = json_array();

	for (size_t i = 0; i < j->values; i++) {
		const struct wl_metric *m = metric_row(table, j->value[i].name);

		json_array_append_new(
			a, json_pack("{s:s, s:I, s:s, s:o, s:s, s:b}", "name", m->name, "value",
				     (json_int_t)j->value[i].value, "unit", m->unit, "nid",
				     j->value[i].nid < 0 ? json_null() : json_integer(j->value[i].nid),
				     "better", better[m->better], "timing", m->timing));
	}
	return a;
}
