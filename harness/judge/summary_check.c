/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is no number is not 0, and what is no outcome did not pass. */
#include "judge/summary_check.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "judge/judged.h"

/* Whether the schema is one that is read; -ERANGE: newer. `what`: "baseline". */
static int check_schema(const json_t *j, const char *what, int newest, struct err *err)
{
	const json_t *schema = json_object_get(j, "schema");
	json_int_t n = json_integer_value(schema);

	if (!json_is_integer(schema) || n < 1)
		return err_set(err, -EINVAL, "is no %s: it has no schema", what);
	if (n > newest)
		return err_set(err, -ERANGE,
			       "is of schema %" JSON_INTEGER_FORMAT
			       ", this program reads up to %d: use the one that wrote it, or a newer one",
			       n, newest);
	return 0;
}

/* --- a result ----------------------------------------------------------------------------------------------------------- */
static int check_check(const json_t *c, size_t i, struct err *err)
{
	if (!*json_word(c, "name"))
		return err_set(err, -EINVAL, "check %zu has no name", i);
	if (outcome_find(json_word(c, "outcome")) < 0)
		return err_set(err, -EINVAL, "check %s: \"%s\" is no outcome", json_word(c, "name"),
			       json_word(c, "outcome"));
	return 0;
}

static int check_metric(const json_t *m, size_t i, struct err *err)
{
	const json_t *nid = json_object_get(m, "nid");

	if (!*json_word(m, "name"))
		return err_set(err, -EINVAL, "metric %zu has no name", i);
	if (!json_is_integer(json_object_get(m, "value")))
		return err_set(err, -EINVAL, "metric %s: its value is no integer", json_word(m, "name"));
	if (!json_is_null(nid) && !(json_is_integer(nid) && json_integer_value(nid) >= 0))
		return err_set(err, -EINVAL, "metric %s: its nid is neither a node nor null",
			       json_word(m, "name"));
	if (!json_is_string(json_object_get(m, "unit")) || !json_is_string(json_object_get(m, "better")) ||
	    !json_is_boolean(json_object_get(m, "timing")))
		return err_set(err, -EINVAL, "metric %s: lacks unit, better or timing", json_word(m, "name"));
	return 0;
}

static int check_entry(const json_t *w, size_t i, struct err *err)
{
	json_t *x;
	size_t k;

	if (!*json_word(w, "name"))
		return err_set(err, -EINVAL, "workload %zu has no name", i);
	if (outcome_find(json_word(w, "outcome")) < 0)
		return err_set(err, -EINVAL, "workload %s: \"%s\" is no outcome", json_word(w, "name"),
			       json_word(w, "outcome"));
	json_array_foreach (json_object_get(w, "checks"), k, x) {
		if (check_check(x, k, err))
			return err_prefix(err, "workload %s", json_word(w, "name"));
	}
	json_array_foreach (json_object_get(w, "metrics"), k, x) {
		if (check_metric(x, k, err))
			return err_prefix(err, "workload %s", json_word(w, "name"));
	}
	return 0;
}

int summary_check_result(const json_t *r, struct err *err)
{
	static const char *const objects[] = { "inputs", "plan", "topology", "kernel", "qemu", "knobs" };
	const json_t *lists[] = { json_object_get(r, "workloads"),
				  json_object_get(json_object_get(r, "trace"), "workloads") };
	json_t *w;
	size_t i;

	if (check_schema(r, "result.json", SUMMARY_RESULTS, err))
		return err->code;
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (!json_is_object(json_object_get(r, objects[i])))
			return err_set(err, -EINVAL, "is no result.json: it has no %s", objects[i]);
	if (!*json_word(r, "engine") ||
	    !json_is_object(json_object_get(json_object_get(r, "knobs"), "declared")) ||
	    !json_is_integer(json_object_get(json_object_get(r, "inputs"), "seed")) ||
	    !json_is_array(lists[0]))
		return err_set(
			err, -EINVAL,
			"is no result.json: it lacks one of engine, knobs.declared, inputs.seed and workloads");
	for (size_t k = 0; k < ARRAY_SIZE(lists); k++) {
		json_array_foreach (lists[k], i, w) {
			if (check_entry(w, i, err))
				return err_prefix(err, "%s", k ? "trace" : "is no result.json");
		}
	}
	return 0;
}

/* --- a summary ---------------------------------------------------------------------------------------------------------- */
/* A word, or how often each came in so many runs. */
static bool is_outcome(const json_t *v, size_t runs)
{
	json_int_t sum = 0;
	const char *key;
	json_t *n;

	if (json_is_string(v))
		return outcome_find(json_string_value(v)) >= 0;
	if (!json_is_object(v))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)v, key, n) {
		if (outcome_find(key) < 0 || !json_is_integer(n) || json_integer_value(n) < 1 ||
		    json_integer_value(n) > (json_int_t)runs)
			return false;
		sum += json_integer_value(n);
	}
	return sum >= 1 && sum <= (json_int_t)runs;
}

/* A number, or the least and the most. */
static bool is_value(const json_t *v)
{
	const json_t *least = json_array_get(v, 0), *most = json_array_get(v, 1);

	return json_is_integer(v) ||
	       (json_array_size(v) == 2 && json_is_integer(least) && json_is_integer(most) &&
		json_integer_value(least) <= json_integer_value(most));
}

static int check_sums(const char *name, const json_t *m, struct err *err)
{
	const json_t *nodes = json_object_get(m, "nodes");
	const char *key;
	json_t *v;

	if (!json_is_object(nodes) || !json_is_string(json_object_get(m, "better")) ||
	    !json_is_string(json_object_get(m, "unit")) || !json_is_boolean(json_object_get(m, "timing")))
		return err_set(err, -EINVAL, "metric %s: lacks nodes, unit, better or timing", name);
	json_object_foreach ((json_t *)(uintptr_t)nodes, key, v) {
		if (strcmp(key, "-") != 0 && (!*key || key[strspn(key, "0123456789")]))
			return err_set(err, -EINVAL, "metric %s: \"%s\" is no node", name, key);
		if (!is_value(v))
			return err_set(err, -EINVAL, "metric %s: node %s: want a number or two", name, key);
	}
	return 0;
}

static int check_workload(const char *name, const json_t *w, size_t runs, struct err *err)
{
	const char *key;
	json_t *v;

	if (!is_outcome(json_object_get(w, "outcome"), runs))
		return err_set(err, -EINVAL, "workload %s: has no valid outcome", name);
	json_object_foreach (json_object_get(w, "checks"), key, v) {
		if (!is_outcome(v, runs))
			return err_set(err, -EINVAL, "workload %s: check %s: has no valid outcome", name,
				       key);
	}
	json_object_foreach (json_object_get(w, "metrics"), key, v) {
		if (check_sums(key, v, err))
			return err_prefix(err, "workload %s", name);
	}
	return 0;
}

int summary_check(const json_t *j, struct err *err)
{
	static const char *const objects[] = { "workloads", "inputs", "plan", "declared", "topology" };
	const json_t *runs = json_object_get(j, "runs");
	const char *key;
	json_t *v;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (!json_is_object(json_object_get(j, objects[i])))
			return err_set(err, -EINVAL, "is no baseline: it has no %s", objects[i]);
	if (!json_array_size(runs) || !*json_word(j, "engine"))
		return err_set(err, -EINVAL, "is no baseline: it has no %s",
			       json_array_size(runs) ? "engine" : "runs");
	if (check_schema(j, "baseline", SUMMARY_SCHEMA, err))
		return err->code;
	json_array_foreach (runs, i, v) {
		/* a machine that did not come to its end leaves only the others' */
		if (!json_is_integer(json_object_get(v, "seed")) ||
		    (!*json_word(v, "records") && !json_is_object(json_object_get(v, "raws"))))
			return err_set(err, -EINVAL, "is no baseline: run %zu lacks its seed or records", i);
	}
	json_object_foreach (json_object_get(j, "workloads"), key, v) {
		if (check_workload(key, v, json_array_size(runs), err))
			return err_prefix(err, "is no baseline");
	}
	return 0;
}
