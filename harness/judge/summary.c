/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/summary.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/sha256.h"
#include "base/text.h"
#include "judge/summary_check.h"
#include "judge/summary_differs.h"
#include "result/entries.h"

#define RAW_DIGITS 16 /* of a digest: that tells two apart */

/* --- what it was made of ------------------------------------------------------------------------------------------------ */
static json_t *without(const json_t *o, const char *key)
{
	json_t *copy = json_deep_copy(o);

	json_object_del(copy, key);
	return copy ? copy : json_object();
}

/* The workloads by name: what a diff shows then is the one that is new. */
static json_t *plan_of(const json_t *result)
{
	json_t *plan = without(json_object_get(result, "plan"), "seed");
	json_t *by_name = json_object(), *w;
	size_t i;

	json_array_foreach (json_object_get(plan, "workloads"), i, w) {
		json_object_set_new(by_name, json_word(w, "name"), without(w, "name"));
	}
	json_object_set_new(plan, "workloads", by_name);
	return plan;
}

static json_t *head_of(const json_t *r)
{
	return json_pack("{s:i, s:s, s:O, s:O, s:O, s:o, s:o, s:O, s:[], s:{}, s:O*}", "schema",
			 SUMMARY_SCHEMA, "engine", json_word(r, "engine"), "kernel",
			 json_object_get(r, "kernel"), "qemu", json_object_get(r, "qemu"), "topology",
			 json_object_get(r, "topology"), "inputs",
			 without(json_object_get(r, "inputs"), "seed"), "plan", plan_of(r), "declared",
			 json_object_get(json_object_get(r, "knobs"), "declared"), "runs", "workloads",
			 "packages", json_object_get(json_object_get(r, "host"), "packages"));
}

/* --- what came of it ------------------------------------------------------------------------------------------------- */
/* One more of `word` in the member: "pass", or {"pass": 4, "fail": 1} once they differ. `n` were before. */
static void count_outcome(json_t *o, const char *key, const char *word, size_t n)
{
	json_t *was = json_object_get(o, key);

	if (!was) {
		json_object_set_new(o, key, json_string(word));
		return;
	}
	if (json_is_string(was)) {
		if (!strcmp(json_string_value(was), word))
			return;
		json_object_set_new(o, key, json_pack("{s:I}", json_string_value(was), (json_int_t)n));
		was = json_object_get(o, key);
	}
	json_object_set_new(was, word, json_integer(json_integer_value(json_object_get(was, word)) + 1));
}

static char *node_key(const json_t *nid)
{
	return json_is_integer(nid) ? xasprintf("%" JSON_INTEGER_FORMAT, json_integer_value(nid))
				    : xstrdup("-");
}

static void widen(json_t *nodes, const json_t *nid, json_int_t value)
{
	auto_free char *key = node_key(nid);
	json_t *was = json_object_get(nodes, key);
	json_int_t least = value, most = value;

	if (json_is_array(was)) {
		least = json_integer_value(json_array_get(was, 0));
		most = json_integer_value(json_array_get(was, 1));
	} else if (was) {
		least = most = json_integer_value(was);
	}
	least = value < least ? value : least;
	most = value > most ? value : most;
	json_object_set_new(nodes, key,
			    least == most ? json_integer(least) : json_pack("[I, I]", least, most));
}

/* In one run more, if that was judged. */
static void seen(json_t *nodes, const json_t *nid, bool judged)
{
	auto_free char *key = node_key(nid);

	if (judged)
		json_object_set_new(nodes, key,
				    json_integer(json_integer_value(json_object_get(nodes, key)) + 1));
}

/* An object's member, made when it is not there. */
static json_t *member(json_t *o, const char *key)
{
	if (!json_object_get(o, key))
		json_object_set_new(o, key, json_object());
	return json_object_get(o, key);
}

static void add_workload(json_t *summary, const json_t *w, size_t before)
{
	json_t *sum = member(json_object_get(summary, "workloads"), json_word(w, "name"));
	json_t *checks = member(sum, "checks"), *metrics = member(sum, "metrics"), *why = member(sum, ".why");
	json_t *c, *m;
	size_t i;

	count_outcome(sum, "outcome", json_word(w, "outcome"), before);
	if (*json_word(w, "why"))
		json_object_set(why, "", json_object_get(w, "why"));
	json_array_foreach (json_object_get(w, "checks"), i, c) {
		count_outcome(checks, json_word(c, "name"), json_word(c, "outcome"), before);
		if (strcmp(json_word(c, "outcome"), "pass") != 0 && *json_word(c, "expected"))
			json_object_set_new(why, json_word(c, "name"),
					    json_sprintf("expected %s, actual %s", json_word(c, "expected"),
							 json_word(c, "actual")));
	}
	json_array_foreach (json_object_get(w, "metrics"), i, m) {
		json_t *sums = member(metrics, json_word(m, "name"));

		if (!json_object_get(sums, "nodes"))
			json_object_update_new(sums, json_pack("{s:O, s:O, s:O, s:{}}", "unit",
							       json_object_get(m, "unit"), "better",
							       json_object_get(m, "better"), "timing",
							       json_object_get(m, "timing"), "nodes"));
		widen(json_object_get(sums, "nodes"), json_object_get(m, "nid"),
		      json_integer_value(json_object_get(m, "value")));
		seen(member(sums, ".seen"), json_object_get(m, "nid"),
		     json_array_size(json_object_get(w, "checks")));
	}
	json_object_set_new(sum, ".judged",
			    json_integer(json_integer_value(json_object_get(sum, ".judged")) +
					 (json_array_size(json_object_get(w, "checks")) > 0)));
}

/* A range says nothing of the runs that came to checks and did not measure it: they are counted. */
static void count_missing(json_t *summary)
{
	const char *workload, *metric, *node;
	json_t *w, *m, *v;

	json_object_foreach (json_object_get(summary, "workloads"), workload, w) {
		json_int_t judged = json_integer_value(json_object_get(w, ".judged"));

		json_object_foreach (json_object_get(w, "metrics"), metric, m) {
			json_object_foreach (json_object_get(m, "nodes"), node, v) {
				json_int_t n = json_integer_value(
					json_object_get(json_object_get(m, ".seen"), node));

				if (n < judged)
					json_object_set_new(member(m, "missing"), node,
							    json_integer(judged - n));
			}
		}
	}
}

/*
 * Whether the workload's machine came to its own end. One that was interrupted, or died, has as many records as it came to, and one
 * under gdb is whatever was done to it: neither says anything about exactness. A result without `host` is taken at its word.
 */
static bool came_to_its_end(const json_t *machines, const char *name)
{
	const json_t *m = json_object_get(machines, name);

	return !m || (!strcmp(json_word(m, "end"), "done") && !json_is_true(json_object_get(m, "gdb")));
}

/* Name to the beginning of the digest of what each of these was made from. */
static json_t *raws_of(const json_t *workloads, const json_t *machines, bool *all)
{
	json_t *raws = json_object(), *w;
	size_t i;

	json_array_foreach (workloads, i, w) {
		if (!came_to_its_end(machines, json_word(w, "name"))) {
			*all = false;
			continue;
		}
		json_object_set_new(raws, json_word(w, "name"),
				    json_sprintf("%.*s", RAW_DIGITS, json_word(w, "raw")));
	}
	return raws;
}

static void add_run(json_t *summary, const json_t *r)
{
	json_t *runs = json_object_get(summary, "runs"), *w;
	const json_t *workloads = json_object_get(r, "workloads"), *trace = json_object_get(r, "trace");
	const json_t *machines = json_object_get(json_object_get(r, "host"), "machines");
	auto_json json_t *entries = result_entries(r);
	auto_text struct text lines = { 0 };
	struct sha256 records;
	bool all = true;
	size_t i;

	json_array_foreach (entries, i, w) {
		add_workload(summary, w, json_array_size(runs));
	}
	json_array_foreach (workloads, i, w) {
		text_printf(&lines, "%s %s\n", json_word(w, "name"), json_word(w, "raw"));
	}
	sha256_bytes(text_str(&lines), lines.len, &records);
	json_t *one = json_pack("{s:I, s:s, s:s, s:{s:o}}", "seed",
				json_integer_value(json_object_get(json_object_get(r, "inputs"), "seed")),
				"digest", json_word(r, "digest"), "records", records.hex, "raws", "records",
				raws_of(workloads, machines, &all));
	if (json_object_get(trace, "digest")) {
		json_object_set(one, "trace", json_object_get(trace, "digest"));
		json_object_set(one, "plugin", json_object_get(trace, "plugin"));
		json_object_set_new(json_object_get(one, "raws"), "trace",
				    raws_of(json_object_get(trace, "workloads"), machines, &all));
	}
	if (!all) { /* of all workloads together nothing can be said */
		json_object_del(one, "records");
		json_object_del(one, "trace");
	}
	json_array_append_new(runs, one);
}

int summary_make(const json_t *results, json_t **out, struct err *err)
{
	static const char *const all[] = { "engine", "kernel", "qemu",	   "topology",
					   "inputs", "plan",   "declared", NULL };
	json_t *r;
	size_t i;

	*out = NULL;
	json_array_foreach (results, i, r) {
		auto_json json_t *head = summary_check_result(r, err) ? NULL : head_of(r);
		auto_text struct text differs = { 0 };

		if (!head)
			; /* err is set */
		else if (!*out)
			*out = json_incref(head);
		else
			summary_differs(*out, head, all, &differs);
		if (differs.len)
			err_set(err, -EINVAL, "its runs differ in %s", differs.s);
		if (err->code) {
			json_decref(*out);
			*out = NULL;
			return err->code;
		}
		add_run(*out, r);
	}
	count_missing(*out);
	return *out ? 0 : err_set(err, -EINVAL, "has no runs");
}
