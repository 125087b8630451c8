/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "judge/summary.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/sha256.h"
#include "base/text.h"
#include "result/entries.h"

#define NAMED 4	      /* of many members that differ */
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
	return json_pack("{s:i, s:s, s:O, s:O, s:O, s:o, s:o, s:O, s:[], s:{}}", "schema", SUMMARY_SCHEMA,
			 "engine", json_word(r, "engine"), "kernel", json_object_get(r, "kernel"), "qemu",
			 json_object_get(r, "qemu"), "topology", json_object_get(r, "topology"), "inputs",
			 without(json_object_get(r, "inputs"), "seed"), "plan", plan_of(r), "declared",
			 json_object_get(json_object_get(r, "knobs"), "declared"), "runs", "workloads");
}

static void names_of(struct text *out, const char *prefix, const char *name)
{
	text_printf(out, "%s%s%s", out->len ? ", " : "", prefix, name);
}

/* Both absent is equal, too. */
static bool equal(const json_t *a, const json_t *b)
{
	return a && b ? json_equal(a, b) : a == b;
}

/* Members that are not the same in both, "inputs.kernel" as "kernel". */
static void members(const json_t *a, const json_t *b, const char *prefix, const char *skip, struct text *out)
{
	auto_json json_t *all = json_object();
	const char *key;
	unsigned n = 0;
	json_t *v;

	json_object_update(all, (json_t *)(uintptr_t)a);
	json_object_update(all, (json_t *)(uintptr_t)b);
	json_object_foreach (all, key, v) {
		if ((skip && !strcmp(key, skip)) || equal(json_object_get(a, key), json_object_get(b, key)))
			continue;
		if (n++ < NAMED)
			names_of(out, prefix, key);
	}
	if (n > NAMED)
		text_printf(out, " and %u more", n - NAMED);
}

static void one_differs(const json_t *a, const json_t *b, const char *name, struct text *out)
{
	const json_t *x = json_object_get(a, name), *y = json_object_get(b, name);

	if (equal(x, y))
		return;
	if (!strcmp(name, "topology")) {
		text_printf(out, "%stopology (%s, %s)", out->len ? ", " : "", json_word(x, "name"),
			    json_word(y, "name"));
	} else if (!strcmp(name, "plan")) {
		members(x, y, "", "workloads", out);
		members(json_object_get(x, "workloads"), json_object_get(y, "workloads"), "workload ", NULL,
			out);
	} else if (!strcmp(name, "declared")) {
		members(x, y, "declared ", NULL, out);
	} else if (json_is_string(x) && json_is_string(y)) {
		text_printf(out, "%s%s (%s, %s)", out->len ? ", " : "", name, json_string_value(x),
			    json_string_value(y));
	} else {
		names_of(out, "", name);
	}
}

void summary_differs(const json_t *a, const json_t *b, const char *const *names, struct text *out)
{
	for (; *names; names++) {
		const char *dot = strchr(*names, '.');

		if (!dot)
			one_differs(a, b, *names, out);
		else if (!equal(json_object_get(json_object_get(a, "inputs"), dot + 1),
				json_object_get(json_object_get(b, "inputs"), dot + 1)))
			names_of(out, "", dot + 1);
	}
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

/* Name to the beginning of the digest of what each of these was made from. */
/*
 * Whether the workload's machine came to its own end. One that was interrupted, or died, has as many records as it came to, and one
 * under gdb is whatever was done to it: neither says anything about exactness. A result without `host` is taken at its word.
 */
static bool came_to_its_end(const json_t *machines, const char *name)
{
	const json_t *m = json_object_get(machines, name);

	return !m || (!strcmp(json_word(m, "end"), "done") && !json_is_true(json_object_get(m, "gdb")));
}

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

/* --- as a file -------------------------------------------------------------------------------------------------------- */
/* Objects are spread over lines to this depth below each of these; all else stands on one. */
static unsigned spread(const char *key)
{
	return !strcmp(key, "workloads") ? 3
	       : !strcmp(key, "plan")
		       ? 2
		       : !strcmp(key, "runs") || !strcmp(key, "inputs") || !strcmp(key, "declared");
}

static void write_value(const json_t *v, unsigned deep, unsigned indent, struct text *out)
{
	auto_free char *flat =
		deep && (json_is_object(v) || json_is_array(v)) && json_array_size(v) + json_object_size(v)
			? NULL
			: json_dumps(v, JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	auto_json json_t *sorted = NULL;
	const char *sep = "\n", *key;
	json_t *m;
	size_t i;

	if (flat) {
		text_printf(out, "%s", flat);
		return;
	}
	if (json_is_array(v)) {
		text_printf(out, "[");
		json_array_foreach (v, i, m) {
			text_printf(out, "%s%*s", sep, (int)indent + 1, "");
			write_value(m, deep - 1, indent + 1, out);
			sep = ",\n";
		}
		text_printf(out, "\n%*s]", (int)indent, "");
		return;
	}
	/* jansson sorts while it dumps: read back it has them in that order */
	auto_free char *text = json_dumps(v, JSON_SORT_KEYS);
	sorted = json_loads(text, 0, NULL);
	text_printf(out, "{");
	json_object_foreach (sorted, key, m) {
		auto_json json_t *name = json_string(key);
		auto_free char *quoted = json_dumps(name, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

		text_printf(out, "%s%*s%s: ", sep, (int)indent + 1, "", quoted);
		write_value(m, indent ? deep - 1 : spread(key), indent + 1, out);
		sep = ",\n";
	}
	text_printf(out, "\n%*s}", (int)indent, "");
}

/* Without the members that are for this process only. */
static json_t *cleaned(const json_t *v)
{
	json_t *copy, *m;
	const char *key;
	size_t i;

	if (json_is_object(v)) {
		copy = json_object();
		json_object_foreach ((json_t *)(uintptr_t)v, key, m) {
			if (*key != '.')
				json_object_set_new(copy, key, cleaned(m));
		}
		return copy;
	}
	if (!json_is_array(v))
		return json_incref((json_t *)(uintptr_t)v);
	copy = json_array();
	json_array_foreach (v, i, m) {
		json_array_append_new(copy, cleaned(m));
	}
	return copy;
}

void summary_write(const json_t *summary, struct text *out)
{
	auto_json json_t *clean = cleaned(summary);

	write_value(clean, 1, 0, out);
	text_printf(out, "\n");
}
